/** Names from a pattern: `pc-##` and 7 → `pc-07`. The console adopts by the same patterns (classrooms.enrol). */
import { HostName } from '#shared/domain/ids.ts'

const PATTERN = /^[a-z0-9-]*#{1,4}[a-z0-9-]*$/

export function isNamePattern(pattern: string): boolean {
  return PATTERN.test(pattern) && HostName.safeParse(nameFromPattern(pattern, 1)).success
}

export function nameFromPattern(pattern: string, number: number): string {
  return pattern.replace(/#+/, (digits) => String(number).padStart(digits.length, '0'))
}

/** `count` names, from number `first` on, that are not taken. */
export function namesFromPattern(pattern: string, first: number, count: number, taken: ReadonlySet<string>): string[] {
  const names: string[] = []
  for (let number = first; names.length < count; number += 1) {
    const name = nameFromPattern(pattern, number)
    if (!taken.has(name)) names.push(name)
  }
  return names
}
