/** Reports of labs as lines of the two tables in docs/lab.md: `node tools/lab/story/measured.ts REPORT…` */
import { readFile } from 'node:fs/promises'
import type { BootReport, ComputerReport, LabReport, OperationReport } from './report.ts'

/**
 * Times in seconds. Those of the start are since power-on and of the computer that is restored (of the only one, if
 * there is none): its script fetched by the loader, the network up under the live kernel, its root there and checked,
 * the agent connected.
 */
const HEADINGS = [
  'firmware', 'disk', 'network card', 'computers', 'load', 'loader', 'kernel', 'root', 'agent', 'capture', 'restore',
  'own system', 'whole lab',
]

/** Of the computers that get the image, the slowest; what was sent, as the switch counted it. */
const METHOD_HEADINGS = [
  'method', 'computers', 'load', 'restore', 'received by each', 'sent by the console', 'sent by the computers', 'again', 'own system', 'whole lab',
]

export function measuredTable(reports: readonly LabReport[]): string {
  return lines(HEADINGS, reports.map(measuredRow))
}

export function methodsTable(reports: readonly LabReport[]): string {
  return lines(METHOD_HEADINGS, reports.map(methodRow))
}

function lines(headings: readonly string[], rows: readonly string[][]): string {
  return [headings, headings.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function methodRow({ options, host, computers, transfer, seconds }: LabReport): string[] {
  const others = computers.slice(1)
  const restores = others.map(({ operations }) => operations.filter(({ kind }) => kind === 'restore'))
  const slowest = (which: number): string => most(restores.map((all) => all[which]?.seconds), ' s')
  const own = others.map(({ boots }) => boots.find(({ into }) => into === 'own disk')?.seconds)
  const sent = (bytes: number | undefined): string => most([bytes === undefined ? undefined : bytes / 1e6], ' MB')
  return [
    options.method, String(computers.length), host.load.toFixed(1), slowest(0),
    most(restores.map(([first]) => (first ? first.bytesReceived / 1e6 : undefined)), ' MB'),
    sent(transfer?.sent.console), sent(transfer?.sent.computers), slowest(1), most(own, ' s'), `${seconds.toFixed(0)} s`,
  ]
}

function most(values: readonly (number | undefined)[], unit: string): string {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? '–' : `${Math.max(...known).toFixed(0)}${unit}`
}

function measuredRow({ options, host, computers, seconds }: LabReport): string[] {
  const [reference, other = reference] = computers
  const live = other?.boots.find(({ into }) => into === 'live system')
  const own = other?.boots.find(({ into }) => into === 'own disk')
  const phases = ['menu', 'kernel', 'root', 'agent'].map((phase) => reached(live, phase))
  return [
    options.firmware, options.disk, options.nic, String(computers.length), host.load.toFixed(1), ...phases,
    moved(reference, 'capture', 'bytesRead'), moved(other, 'restore', 'bytesWritten'),
    own ? own.seconds.toFixed(0) : '–', seconds.toFixed(0),
  ]
}

/** The last event of a phase: the first `kernel` and `root` are the loader's and stage 1's requests for the files. */
function reached(boot: BootReport | undefined, phase: string): string {
  const at = boot?.phases.findLast((step) => step.phase === phase)?.seconds
  return at === undefined ? '–' : at.toFixed(0)
}

/** `36 s, 326 MB, 9.1 MB/s` */
function moved(
  computer: ComputerReport | undefined, kind: OperationReport['kind'], figure: 'bytesRead' | 'bytesWritten',
): string {
  const operation = computer?.operations.find((candidate) => candidate.kind === kind)
  if (!operation) return '–'
  const megabytes = operation[figure] / 1e6
  const rate = (megabytes / operation.seconds).toFixed(1)
  return `${operation.seconds.toFixed(0)} s, ${megabytes.toFixed(0)} MB, ${rate} MB/s`
}

if (import.meta.main) {
  const texts = await Promise.all(process.argv.slice(2).map((path) => readFile(path, 'utf8')))
  const reports = texts.map((text) => JSON.parse(text) as LabReport)
  console.log(`${measuredTable(reports)}\n\n${methodsTable(reports)}`)
}
