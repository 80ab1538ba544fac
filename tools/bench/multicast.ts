/**
 * `npm run bench:multicast [-- --receivers N] [--loss PERCENT] [--rate MBIT] [--megabytes N] [--runs N] [--json FILE]`: one sender and N
 * receivers in network namespaces, against udpcast in the same run. With `--table` all settings of docs/benchmarks.md, which it then writes.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { joinPacks, runLap, SIDES, type Contest } from './multicast/contest.ts'
import { fillPackFolder } from './multicast/pack-folder.ts'
import { ratio, roundLines, roundsTable, standings, type Round } from './multicast/table.ts'
import { describeMachine, replaceSection } from './report.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** What the table has: 1, 8 and 32 receivers at each loss on each line, and how many megabytes a line gets. */
const TABLE = { receivers: [1, 8, 32], loss: [0, 1, 5], lines: [{ rate: 100, megabytes: 100 }, { rate: 1000, megabytes: 400 }] }
const USAGE = 'usage: npm run bench:multicast -- [--receivers N] [--loss PERCENT] [--rate MBIT] [--megabytes N] [--runs N] [--json FILE] [--table]'

const { values } = parseArgs({
  options: {
    receivers: { type: 'string', default: '4' },
    loss: { type: 'string', default: '0' },
    rate: { type: 'string', default: '100' },
    megabytes: { type: 'string', default: '100' },
    runs: { type: 'string', default: '1' },
    json: { type: 'string', default: join(ROOT, '.cache/bench/multicast.json') },
    table: { type: 'boolean', default: false },
  },
})
const [receivers, loss, rate, megabytes, runs] = [values.receivers, values.loss, values.rate, values.megabytes, values.runs].map(Number) as
  [number, number, number, number, number]
const whole = [receivers, rate, megabytes, runs]
if (whole.some((value) => !Number.isInteger(value) || value < 1) || !(loss >= 0 && loss < 100) || receivers > 200) {
  console.error(USAGE)
  process.exit(2)
}
if (process.getuid?.() !== 0) {
  console.error('bench:multicast needs root: network namespaces')
  process.exit(2)
}

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

const settings: Omit<Round, 'laps'>[] = values.table
  ? TABLE.lines.flatMap((line) => TABLE.loss.flatMap((lost) => TABLE.receivers.map((count) => ({ ...line, loss: lost, receivers: count }))))
  : [{ receivers, loss, rate, megabytes }]

const rounds: Round[] = []
const data = await mkdtemp(join(tmpdir(), 'clonaula-bench-multicast-'))
try {
  for (const setting of settings) {
    const round = await runRound(setting)
    rounds.push(round)
    console.log(roundLines(round).join('\n'))
  }
} catch (error) {
  if (!stop.signal.aborted) throw error
  console.error('bench: stopped')
  process.exitCode = 1
} finally {
  await rm(data, { recursive: true, force: true })
}

const report = {
  date: new Date().toISOString().slice(0, 10), machine: describeMachine(), runs,
  rounds: rounds.map((round) => ({ ...round, standings: standings(round), ratio: ratio(round) })),
}
await mkdir(dirname(values.json), { recursive: true })
await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`)
if (values.table && rounds.length === settings.length) {
  const text = `Measured on ${report.date}: ${report.machine}; medians of ${runs} runs, the sides in turns.\n\n${roundsTable(rounds)}`
  await replaceSection(join(ROOT, 'docs/benchmarks.md'), 'multicast', text)
}

/** Every side in turns, as often as is wanted. */
async function runRound(setting: Omit<Round, 'laps'>): Promise<Round> {
  const bytes = setting.megabytes * 1_000_000
  const folder = join(data, String(setting.megabytes))
  const file = join(data, `${setting.megabytes}.img`)
  const segments = await fillPackFolder(folder, bytes)
  await joinPacks(folder, segments, file)
  const contest: Contest = { ...setting, folder, segments, file, bytes, signal: stop.signal }
  const round: Round = { ...setting, laps: { clonaula: [], udpcast: [], 'udpcast-opengnsys': [] } }
  for (let run = 0; run < runs; run += 1) for (const side of SIDES) round.laps[side].push(await runLap(side, contest))
  return round
}
