import { median } from '../measure.ts'
import type { Lap, Side } from './contest.ts'

/** What is held against the last client of aria2 with 8 clients. */
const GOAL = 1

export interface Round {
  clients: number
  /** Mbit/s of each line. */
  rate: number
  megabytes: number
  laps: Record<Side, readonly Lap[]>
}

export interface Standing {
  /** Seconds; medians of the laps. */
  last: number
  mean: number
  /** MB/s of the last client. */
  speed: number
}

export function standing({ megabytes, laps }: Round, side: Side): Standing {
  const last = median(laps[side].map((lap) => Math.max(...lap)))
  const mean = median(laps[side].map((lap) => lap.reduce((sum, seconds) => sum + seconds, 0) / lap.length))
  return { last, mean, speed: megabytes / last }
}

/** Our last client's time by aria2's. */
export function ratio(round: Round): number {
  return standing(round, 'clonaula').last / standing(round, 'aria2').last
}

/** What no exchange can be faster than: a line has to carry the whole image once. Seconds. */
export function bound({ megabytes, rate }: Pick<Round, 'megabytes' | 'rate'>): number {
  return (megabytes * 8) / rate
}

export function roundLines(round: Round): string[] {
  const { clients, rate, megabytes } = round
  const side = (name: Side): string => {
    const { last, mean, speed } = standing(round, name)
    return `  ${name.padEnd(9)} last client ${last.toFixed(1)} s, mean ${mean.toFixed(1)} s, ${speed.toFixed(1)} MB/s`
  }
  return [
    `${clients} clients, ${megabytes} MB, lines of ${rate} Mbit/s (no less than ${bound(round).toFixed(1)} s)`, side('clonaula'), side('aria2'),
    `  ratio ${ratio(round).toFixed(2)} (goal ${GOAL}: ${ratio(round) <= GOAL ? 'reached' : 'missed'})`,
  ]
}

export function roundsTable(rounds: readonly Round[]): string {
  const head = ['clients', 'line', 'image', 'the line needs', 'Clonaula: last', 'mean', 'MB/s', 'aria2: last', 'mean', 'MB/s', 'ratio']
  const rows = rounds.map((round) => {
    const cells = (['clonaula', 'aria2'] as const).flatMap((side) => {
      const { last, mean, speed } = standing(round, side)
      return [`${last.toFixed(1)} s`, `${mean.toFixed(1)} s`, speed.toFixed(1)]
    })
    const verdict = `${ratio(round).toFixed(2)} (goal ${GOAL}: ${ratio(round) <= GOAL ? 'reached' : 'missed'})`
    return [`${round.clients}`, `${round.rate} Mbit/s`, `${round.megabytes} MB`, `${bound(round).toFixed(1)} s`, ...cells, verdict]
  })
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
