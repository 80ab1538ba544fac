import { HostName } from './ids.ts'

/** What rooms are numbered by when nobody says otherwise. */
export const DEFAULT_NAME_PATTERN = 'pc-##'

/**
 * The first free name of a pattern whose `#`s stand for a number from 1, with at least as many digits:
 * `pc-##` → pc-01 … pc-99, pc-100. Undefined when the pattern cannot make a host name (RFC 1123).
 */
export function nextName(pattern: string, taken: Iterable<string>): HostName | undefined {
  const used = new Set(Array.from(taken, (name) => name.toLowerCase()))
  // One more number than there are names: one of them is free.
  for (let number = 1; number <= used.size + 1; number += 1) {
    const name = HostName.safeParse(pattern.replace(/#+/, (digits) => String(number).padStart(digits.length, '0')))
    if (!name.success) return undefined
    if (!used.has(name.data)) return name.data
  }
  return undefined
}
