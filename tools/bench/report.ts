import { readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg, totalmem } from 'node:os'
import { median } from './measure.ts'
import type { CaptureRestoreResult, Duel } from './steps/capture-restore.ts'
import type { RedeployResult } from './steps/redeploy.ts'
import type { RevisionSize } from './steps/revisions.ts'
import type { SecondMachineResult } from './steps/second-machine.ts'

export interface ImageReport {
  date: string
  machine: string
  runs: number
  captureRestore: CaptureRestoreResult[]
  redeploy?: RedeployResult
  revisions?: RevisionSize[]
  secondMachine?: SecondMachineResult
}

export function describeMachine(): string {
  const [first] = cpus()
  return `${cpus().length} cores of ${first?.model.trim() ?? '?'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)} before`
}

/** What the figures are held against; `memory` in bytes. */
const GOALS = { time: 0.9, redeploy: 0.08, revisions: 0.35, secondMachine: 0.25, memory: 400e6 }

/** The tables of docs/benchmarks.md. */
export function imageTables(report: ImageReport): string {
  const { captureRestore, redeploy, revisions, secondMachine } = report
  return [
    `Measured on ${report.date}: ${report.machine}; medians of ${report.runs} runs, the two sides in turns.`,
    ...(captureRestore.length > 0 ? [timesTable(captureRestore)] : []),
    ...(redeploy ? [redeployTable(redeploy)] : []),
    ...(revisions ? [revisionsTable(revisions)] : []),
    ...(secondMachine ? [secondMachineTable(secondMachine)] : []),
  ].join('\n\n')
}

function timesTable(results: readonly CaptureRestoreResult[]): string {
  const row = (work: string, used: number, { ours, peer, ratio, memory }: Duel): string[] => [
    work, `${mb(used)} MB`, seconds(median(ours.seconds)), seconds(median(peer.seconds)), verdict(ratio, GOALS.time),
    `${mb(used / median(ours.seconds))} MB/s`, `${seconds(median(ours.cpu))}, ${seconds(median(peer.cpu))}`, verdict(memory / 1e6, GOALS.memory / 1e6, ' MB'),
  ]
  const stored = results.map(({ filesystem, stored: { ours, peer } }) =>
    `${filesystem}: ${mb(ours)} MB in the repository, ${mb(peer)} MB as partclone's stream (${(ours / peer).toFixed(2)}).`)
  return [
    table(['work', 'in use', 'Clonaula', 'partclone + zstd', 'ratio', 'rate', 'processor time of each', 'memory at most'], results.flatMap(({ filesystem, used, capture, restore }) => [
      row(`capture ${filesystem}`, used, capture), row(`restore ${filesystem}`, used, restore),
    ])),
    '', ...stored,
  ].join('\n')
}

function redeployTable({ used, changed, received, written, freshReceived, seconds: took }: RedeployResult): string {
  return table(['redeploy', 'received', 'of a fresh restore', 'written', 'of what is in use', 'time'], [[
    `${(changed / used * 100).toFixed(1)} % changed`, `${mb(received)} MB`, verdict(received / freshReceived, GOALS.redeploy),
    `${mb(written)} MB`, verdict(written / used, GOALS.redeploy), seconds(median(took)),
  ]])
}

function revisionsTable(sizes: readonly RevisionSize[]): string {
  let monolithic = 0
  return table(['revision', 'new data', 'repository', 'monolithic images', 'ratio'], sizes.map((size, index) => {
    monolithic += size.monolithic
    const ratio = size.repository / monolithic
    const last = index === sizes.length - 1
    return [size.name, `${mb(size.newBytes)} MB`, `${mb(size.repository)} MB`, `${mb(monolithic)} MB`, last ? verdict(ratio, GOALS.revisions) : ratio.toFixed(2)]
  }))
}

function secondMachineTable({ used, newBytes, grown, monolithic }: SecondMachineResult): string {
  return table(['second machine', 'new bytes', 'of its bytes', 'repository grew by', 'monolithic image'], [[
    `${mb(used)} MB in use`, `${mb(newBytes)} MB`, verdict(newBytes / used, GOALS.secondMachine), `${mb(grown)} MB`, `${mb(monolithic)} MB`,
  ]])
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** The figure and the goal, and whether it is reached. */
function verdict(value: number, goal: number, unit = ''): string {
  const digits = unit === '' ? 3 : 0
  return `${value.toFixed(digits)}${unit} (goal ${goal}${unit}: ${value <= goal ? 'reached' : 'missed'})`
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(0)
const seconds = (value: number): string => `${value.toFixed(1)} s`

/** Puts text between two marks of a document, and leaves the rest alone. */
export async function replaceSection(file: string, name: string, text: string): Promise<void> {
  const document = await readFile(file, 'utf8')
  const begin = `<!-- ${name}: begin -->`
  const end = `<!-- ${name}: end -->`
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new Error(`${file} has no section ${name}`)
  await writeFile(file, `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`)
}
