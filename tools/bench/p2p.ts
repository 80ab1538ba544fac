/**
 * `npm run bench:p2p [-- --clients N] [--megabytes N] [--rate MBIT] [--runs N] [--json FILE]`: a console and N clients,
 * each in a network namespace with a line of its own, against aria2 alone in the same run. With `--table` all settings
 * of docs/benchmarks.md, which it then writes.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { SIDES, runLap, type Contest, type Lap, type Side } from './p2p/contest.ts'
import { makeBenchImage } from './p2p/image.ts'
import { Lan } from './p2p/lan.ts'
import { ratio, roundLines, roundsTable, standing, type Round } from './p2p/table.ts'
import { describeMachine, replaceSection } from './report.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const TRACKER_PORT = 2999
type Setting = Pick<Round, 'clients' | 'rate' | 'megabytes'>
const TABLE: readonly Setting[] = [
  { clients: 1, rate: 100, megabytes: 200 }, { clients: 8, rate: 100, megabytes: 200 }, { clients: 8, rate: 1000, megabytes: 400 },
]

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '8' },
    megabytes: { type: 'string', default: '200' },
    rate: { type: 'string', default: '100' },
    runs: { type: 'string', default: '1' },
    json: { type: 'string', default: join(ROOT, '.cache/bench/p2p.json') },
    table: { type: 'boolean', default: false },
  },
})
const [clients, megabytes, rate, runs] = [values.clients, values.megabytes, values.rate, values.runs].map(Number) as [number, number, number, number]
if ([clients, megabytes, rate, runs].some((value) => !Number.isInteger(value) || value < 1) || clients > 200) {
  console.error('usage: npm run bench:p2p -- [--clients N] [--megabytes N] [--rate MBIT] [--runs N] [--json FILE] [--table]')
  process.exit(2)
}
if (process.getuid?.() !== 0) {
  console.error('bench:p2p needs root: network namespaces')
  process.exit(2)
}

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

const settings: readonly Setting[] = values.table ? TABLE : [{ clients, rate, megabytes }]
const rounds: Round[] = []
const data = await mkdtemp(join(tmpdir(), 'clonaula-bench-p2p-'))
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
  rounds: rounds.map((round) => ({ ...round, clonaula: standing(round, 'clonaula'), aria2: standing(round, 'aria2'), ratio: ratio(round) })),
}
await mkdir(dirname(values.json), { recursive: true })
await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`)
if (values.table && rounds.length === settings.length) {
  const text = `Measured on ${report.date}: ${report.machine}; medians of ${runs} runs, the sides in turns.\n\n${roundsTable(rounds)}`
  await replaceSection(join(ROOT, 'docs/benchmarks.md'), 'p2p', text)
}

/** Both sides in turns, as often as is wanted. */
async function runRound(setting: Setting): Promise<Round> {
  const bytes = setting.megabytes * 1_000_000
  const folder = join(data, 'image')
  await rm(folder, { recursive: true, force: true })
  const image = await makeBenchImage(folder, bytes, `http://${Lan.address(0)}:${TRACKER_PORT}/announce`)
  const contest: Contest = { clients: setting.clients, rate: setting.rate, image, work: join(data, 'work'), signal: stop.signal }
  const laps: Record<Side, Lap[]> = { clonaula: [], aria2: [] }
  for (let run = 0; run < runs; run += 1) for (const side of SIDES) laps[side].push(await runLap(side, contest, bytes))
  return { ...setting, laps }
}
