/**
 * `npm run bench:p2p [-- --clients N] [--megabytes N] [--rate MBIT] [--runs N] [--json FILE]`: a console and N clients,
 * each in a network namespace with a line of its own, against aria2 alone in the same run. With `--table` all settings
 * of docs/benchmarks.md, which it then writes.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { needRoot, runNetworkBench } from './network.ts'
import { PROGRAMS, SIDES, runLap, type Contest, type Lap, type Side } from './p2p/contest.ts'
import { makeBenchImage } from './p2p/image.ts'
import { Lan } from './p2p/lan.ts'
import { ratio, roundLines, roundsTable, standing, type Round } from './p2p/table.ts'
import { makePrograms } from './programs.ts'

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
    json: { type: 'string' },
    table: { type: 'boolean', default: false },
  },
})
const [clients, megabytes, rate, runs] = [values.clients, values.megabytes, values.rate, values.runs].map(Number) as [number, number, number, number]
if ([clients, megabytes, rate, runs].some((value) => !Number.isInteger(value) || value < 1) || clients > 200) {
  console.error('usage: npm run bench:p2p -- [--clients N] [--megabytes N] [--rate MBIT] [--runs N] [--json FILE] [--table]')
  process.exit(2)
}
needRoot('p2p')

await runNetworkBench({
  name: 'p2p', settings: values.table ? TABLE : [{ clients, rate, megabytes }], runs, runRound,
  lines: roundLines,
  summary: (round) => ({ ...round, clonaula: standing(round, 'clonaula'), aria2: standing(round, 'aria2'), ratio: ratio(round) }),
  table: roundsTable,
}, values)

/** Both sides in turns, as often as is wanted. */
async function runRound(setting: Setting, data: string, signal: AbortSignal): Promise<Round> {
  const bytes = setting.megabytes * 1_000_000
  const folder = join(data, 'image')
  await rm(folder, { recursive: true, force: true })
  const image = await makeBenchImage(folder, bytes, `http://${Lan.address(0)}:${TRACKER_PORT}/announce`)
  const programs = await makePrograms(join(data, 'programs'), PROGRAMS)
  const contest: Contest = { clients: setting.clients, rate: setting.rate, image, programs, work: join(data, 'work'), signal }
  const laps: Record<Side, Lap[]> = { clonaula: [], aria2: [] }
  for (let run = 0; run < runs; run += 1) for (const side of SIDES) laps[side].push(await runLap(side, contest, bytes))
  return { ...setting, laps }
}
