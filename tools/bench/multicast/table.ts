import { median } from '../measure.ts'
import { SIDES, type Lap, type Side } from './contest.ts'

/** One setting of the network and how each side did in it, lap by lap. */
export interface Round {
  receivers: number
  loss: number
  rate: number
  megabytes: number
  laps: Record<Side, Lap[]>
}

export interface Standing {
  side: Side
  seconds: number
  megabytesPerSecond: number
  /** Of what the line carries, with all headers. */
  ofLine: number
}

/** What the figures are held against: share of the line without loss, times udpcast at 1 %, time of eight receivers to that of one. */
const GOALS = { ofLine: 0.95, atLoss: 1.2, eightToOne: 1.15 }

export function standings({ rate, megabytes, laps }: Round): Standing[] {
  return SIDES.filter((side) => laps[side].length > 0).map((side) => {
    const seconds = median(laps[side].map((lap) => lap.seconds))
    return { side, seconds, megabytesPerSecond: megabytes / seconds, ofLine: (megabytes * 8) / (seconds * rate) }
  })
}

/** How many times the peer's time ours is the shorter: above 1 we are faster. */
export function ratio(round: Round): number | undefined {
  const [ours, peer] = standings(round)
  return ours?.side === 'clonaula' && peer?.side === 'udpcast' ? peer.seconds / ours.seconds : undefined
}

/** The lines that a run of one setting ends with. */
export function roundLines(round: Round): string[] {
  const { receivers, loss, rate, megabytes } = round
  const times = ratio(round)
  return [
    `${megabytes} MB to ${receivers} receivers at ${rate} Mbit/s and ${loss} % loss`,
    ...standings(round).map(({ side, seconds, megabytesPerSecond, ofLine }) =>
      `  ${side.padEnd(18)} ${seconds.toFixed(2).padStart(8)} s ${megabytesPerSecond.toFixed(1).padStart(7)} MB/s ${(ofLine * 100).toFixed(1).padStart(5)} % of the line`
      + (side === 'clonaula' ? lineGoal(round) : '')),
    ...(times === undefined ? [] : [`  ratio ${times.toFixed(2)} × udpcast${ratioGoal(round)}`]),
  ]
}

/** The table of docs/benchmarks.md. */
export function roundsTable(rounds: readonly Round[]): string {
  const head = ['line', 'receivers', 'stream', 'loss', 'Clonaula', 'udpcast', 'with OpenGnsys\' settings', 'ratio', 'of the line', 'repaired']
  const rows = rounds.map((round) => {
    const cell = (side: Side): string => {
      const standing = standings(round).find((one) => one.side === side)
      return standing ? `${standing.seconds.toFixed(1)} s, ${standing.megabytesPerSecond.toFixed(1)} MB/s` : '–'
    }
    const repaired = median(round.laps.clonaula.map((lap) => lap.repaired ?? 0))
    return [
      `${round.rate} Mbit/s`, String(round.receivers), `${round.megabytes} MB`, `${round.loss} %`, cell('clonaula'), cell('udpcast'), cell('udpcast-opengnsys'),
      `${ratio(round)?.toFixed(2) ?? '–'}${ratioGoal(round)}`, `${standings(round)[0]?.ofLine.toFixed(3)}${lineGoal(round)}`,
      `${(repaired * 100).toFixed(1)} %`,
    ]
  })
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ...eightToOne(rounds)].join('\n')
}

/** Whether the goal for the share of the line is reached, in a setting that has it. */
function lineGoal(round: Round): string {
  return round.loss === 0 && round.rate === 100 ? verdict(standings(round)[0]?.ofLine ?? 0, GOALS.ofLine) : ''
}

function ratioGoal(round: Round): string {
  return round.loss === 1 ? verdict(ratio(round) ?? 0, GOALS.atLoss) : ''
}

function verdict(value: number, goal: number): string {
  return ` (goal ${goal}: ${value >= goal ? 'reached' : 'missed'})`
}

function eightToOne(rounds: readonly Round[]): string[] {
  const sentences = rounds.filter(({ receivers }) => receivers === 8).flatMap((eight) => {
    const one = rounds.find(({ receivers, loss, rate }) => receivers === 1 && loss === eight.loss && rate === eight.rate)
    if (!one) return []
    const times = (standings(eight)[0]?.seconds ?? 0) / (standings(one)[0]?.seconds ?? 1)
    const goal = `goal ${GOALS.eightToOne}: ${times <= GOALS.eightToOne ? 'reached' : 'missed'}`
    return [`Eight receivers took ${times.toFixed(2)} times as long as one at ${eight.rate} Mbit/s and ${eight.loss} % loss (${goal}).`]
  })
  return sentences.length > 0 ? ['', sentences.join('\n')] : []
}
