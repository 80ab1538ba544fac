/**
 * `npm run bench:multicast [-- --receivers N] [--loss PERCENT] [--rate MBIT] [--megabytes N] [--runs N] [--json FILE]`: one sender and N
 * receivers in network namespaces, against udpcast in the same run. With `--table` all settings of docs/benchmarks.md, which it then writes.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { joinPacks, runLap, SIDES, type Contest } from './multicast/contest.ts'
import { fillPackFolder } from './multicast/pack-folder.ts'
import { PROGRAMS } from './multicast/session.ts'
import { ratio, roundLines, roundsTable, standings, type Round } from './multicast/table.ts'
import { needRoot, runNetworkBench } from './network.ts'
import { makePrograms } from './programs.ts'

type Setting = Omit<Round, 'laps'>
/**
 * What the table has: 1, 8 and 32 receivers at each loss on each line, and how many megabytes each gets. A crowd gets as many on both: of
 * 100 MB it would spend a third on the starts of its processes, and on V8 finding out what is hot in each of them.
 */
const TABLE = { receivers: [1, 8, 32], loss: [0, 1, 5], lines: [{ rate: 100, megabytes: 100 }, { rate: 1000, megabytes: 400 }] }
const CROWD = { receivers: 32, megabytes: 400 }
const USAGE = 'usage: npm run bench:multicast -- [--receivers N] [--loss PERCENT] [--rate MBIT] [--megabytes N] [--runs N] [--json FILE] [--table]'

const { values } = parseArgs({
  options: {
    receivers: { type: 'string', default: '4' },
    loss: { type: 'string', default: '0' },
    rate: { type: 'string', default: '100' },
    megabytes: { type: 'string', default: '100' },
    runs: { type: 'string', default: '1' },
    json: { type: 'string' },
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
needRoot('multicast')

const settings: Setting[] = values.table
  ? TABLE.lines.flatMap(({ rate: line, megabytes: most }) => TABLE.loss.flatMap((lost) => TABLE.receivers.map((count) => ({
    rate: line, loss: lost, receivers: count, megabytes: count < CROWD.receivers ? most : CROWD.megabytes,
  }))))
  : [{ receivers, loss, rate, megabytes }]

await runNetworkBench({
  name: 'multicast', settings, runs, runRound,
  lines: roundLines,
  summary: (round) => ({ ...round, standings: standings(round), ratio: ratio(round) }),
  table: roundsTable,
}, values)

/** Every side in turns, as often as is wanted. */
async function runRound(setting: Setting, data: string, signal: AbortSignal): Promise<Round> {
  const bytes = setting.megabytes * 1_000_000
  const folder = join(data, String(setting.megabytes))
  const file = join(data, `${setting.megabytes}.img`)
  const segments = await fillPackFolder(folder, bytes)
  await joinPacks(folder, segments, file)
  const programs = await makePrograms(join(data, 'programs'), PROGRAMS)
  const contest: Contest = { ...setting, folder, segments, file, bytes, programs, signal }
  const round: Round = { ...setting, laps: { clonaula: [], udpcast: [], 'udpcast-opengnsys': [] } }
  for (let run = 0; run < runs; run += 1) for (const side of SIDES) round.laps[side].push(await runLap(side, contest))
  return round
}
