/**
 * `npm run bench:image [-- --runs N] [--only STEP,…] [--json FILE] [--data FOLDER]`: the image engine against partclone and zstd, on
 * a real Debian and a real NTFS, in the same run and on the same devices. Writes the tables into docs/benchmarks.md.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { BenchContext } from './context.ts'
import { installedMachine, upgradedMachine } from './data/debian.ts'
import { filledNtfs } from './data/ntfs.ts'
import { UPGRADES } from './data/recipe.ts'
import { describeMachine, imageTables, replaceSection, type ImageReport } from './report.ts'
import { benchCaptureRestore } from './steps/capture-restore.ts'
import { benchRedeploy } from './steps/redeploy.ts'
import { benchRevisions } from './steps/revisions.ts'
import { benchSecondMachine } from './steps/second-machine.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const STEPS = ['ext4', 'ntfs', 'redeploy', 'revisions', 'second-machine'] as const
type Step = (typeof STEPS)[number]
/** Fewer are no median worth the name; the tables are written with at least so many. */
const WORTHY_RUNS = 5

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: String(WORTHY_RUNS) },
    only: { type: 'string', default: STEPS.join(',') },
    json: { type: 'string', default: join(ROOT, '.cache/bench/image.json') },
    data: { type: 'string', default: join(ROOT, '.cache/bench') },
  },
})
const runs = Number(values.runs)
const chosen = values.only.split(',')
const unknown = chosen.filter((step) => !STEPS.some((known) => known === step))
if (unknown.length > 0 || !Number.isInteger(runs) || runs < 1) {
  console.error(`usage: npm run bench:image [-- --runs N] [--only ${STEPS.join(',')}] [--json FILE] [--data FOLDER]`)
  process.exit(2)
}
if (process.getuid?.() !== 0) {
  console.error('bench:image needs root: loop devices, mounts')
  process.exit(2)
}

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())
const { signal } = stop
const log = (text: string): void => console.log(`bench: ${text}`)
const context: BenchContext = { signal, runs, work: join(values.data, 'work'), log }
const file = (name: string): string => join(values.data, `${name}.img`)
const wants = (...steps: Step[]): boolean => steps.some((step) => chosen.includes(step))

const report: ImageReport = { date: new Date().toISOString().slice(0, 10), machine: describeMachine(), runs, captureRestore: [] }
try {
  log('preparing the data (once; it is kept)')
  await installedMachine('first', file('first'), signal)
  if (wants('ntfs')) await filledNtfs(file('ntfs'), file('first'), signal)
  if (wants('second-machine')) await installedMachine('second', file('second'), signal)
  if (wants('ext4')) report.captureRestore.push(await benchCaptureRestore(context, 'ext4', file('first')))
  if (wants('ntfs')) report.captureRestore.push(await benchCaptureRestore(context, 'ntfs', file('ntfs')))
  if (wants('redeploy')) report.redeploy = await benchRedeploy(context, file('first'))
  if (wants('revisions')) report.revisions = await benchRevisions(context, await upgradedStates())
  if (wants('second-machine')) report.secondMachine = await benchSecondMachine(context, file('first'), file('second'))
} finally {
  await rm(context.work, { recursive: true, force: true })
}
/** The first machine, and what it is after each upgrade. */
async function upgradedStates(): Promise<{ name: string; volume: string }[]> {
  const states = [{ name: 'as installed', volume: file('first') }]
  for (const [at, { name, packages }] of UPGRADES.entries()) {
    const volume = file(`upgraded-${at + 1}`)
    await upgradedMachine(states[at]!.volume, volume, packages, signal)
    states.push({ name, volume })
  }
  return states
}

const tables = imageTables(report)
console.log(`\n${tables}\n`)
await mkdir(join(values.json, '..'), { recursive: true })
await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`)
if (runs >= WORTHY_RUNS && wants('ext4') && wants('ntfs') && chosen.length === STEPS.length) {
  await replaceSection(join(ROOT, 'docs/benchmarks.md'), 'image', tables)
  log('docs/benchmarks.md is up to date')
} else log('docs/benchmarks.md is left as it is: that takes all steps and five runs')
