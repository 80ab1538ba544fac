/** One start of a computer, told by the console's timeline and by what the serial console showed. Pure. */
import type { BootEvent } from '#shared/domain/computer.ts'
import type { TimedLine } from '../host/line-log.ts'
import type { BootReport } from './report.ts'

/** What on the serial console says that a stage has begun. */
const MARKS: readonly [RegExp, string][] = [
  [/^SeaBIOS \(version/, 'firmware'],
  [/^BdsDxe: (?:loading|starting) /, 'firmware'],
  [/^iPXE \d/, 'ipxe'],
  [/Welcome to GRUB/, 'grub'],
  [/^Loading Linux/, 'kernel from disk'],
  [/CLONAULA-SYSTEM /, 'system'],
]

export interface BootFacts {
  into: BootReport['into']
  /** Milliseconds since the epoch: power-on or the restart's request, and when what was waited for was there. */
  from: number
  to: number
  /** Of this computer. */
  events: readonly BootEvent[]
  lines: readonly TimedLine[]
}

export function bootReport({ into, from, to, events, lines }: BootFacts): BootReport {
  const seconds = (at: number): number => Math.round((at - from) / 100) / 10
  const during = ({ at }: { at: number }): boolean => at >= from && at <= to
  const seen = new Set<string>()
  const marks = lines.filter(during).flatMap(({ at, text }) => {
    const phase = MARKS.find(([pattern]) => pattern.test(text))?.[1]
    if (phase === undefined || seen.has(phase)) return []
    seen.add(phase)
    return [{ at, phase: `serial: ${phase}`, detail: text.slice(0, 120) }]
  })
  const phases = [...events.filter(during), ...marks]
    .sort((a, b) => a.at - b.at)
    .map(({ at, phase, detail }) => ({ seconds: seconds(at), phase, detail }))
  return { into, seconds: seconds(to), phases }
}
