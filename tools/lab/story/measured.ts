/** Reports of labs as lines of the table in docs/lab.md: `node tools/lab/story/measured.ts REPORT…` */
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

export function measuredTable(reports: readonly LabReport[]): string {
  const rows = [HEADINGS, HEADINGS.map(() => '---'), ...reports.map(measuredRow)]
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n')
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
  console.log(measuredTable(texts.map((text) => JSON.parse(text) as LabReport)))
}
