/** The last thing that a lab says: a line for each computer. Pure. */
import type { ComputerReport, LabReport, OperationReport } from './report.ts'

const HEADINGS = ['computer', 'live system', 'operation', 'data', 'rate', 'own system', 'it says', 'result']

export function table({ computers }: LabReport): string {
  const rows = [HEADINGS, ...computers.map(cells)]
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}

function cells({ name, boots, operations, system, failure }: ComputerReport): string[] {
  const main = operations.find(({ kind }) => kind === 'capture' || kind === 'restore')
  const moved = main ? Math.max(main.bytesRead, main.bytesWritten) : 0
  const boot = (into: string): string => {
    const found = boots.find((report) => report.into === into)
    return found ? `${found.seconds.toFixed(1)} s` : '-'
  }
  return [
    name,
    boot('live system'),
    main ? `${main.kind} ${main.seconds.toFixed(1)} s` : '-',
    main ? `${Math.round(moved / 1e6)} MB` : '-',
    main ? rate(main, moved) : '-',
    boot('own disk'),
    system?.hostName ?? '-',
    result(system, failure),
  ]
}

function result(system: ComputerReport['system'], failure: ComputerReport['failure']): string {
  if (failure) return `FAILED at ${failure.step}: ${failure.message}`
  return system ? 'ok' : 'unfinished'
}

function rate({ seconds }: OperationReport, bytes: number): string {
  return seconds > 0 ? `${(bytes / seconds / 1e6).toFixed(1)} MB/s` : '-'
}
