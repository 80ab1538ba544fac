/** The last thing that a lab says: a line for each computer. Pure. */
import type { ComputerReport, LabReport, OperationReport, TransferReport } from './report.ts'

const HEADINGS = ['computer', 'live system', 'operation', 'method', 'received', 'data', 'rate', 'CACHE', 'own system', 'it says', 'result']

export function table({ computers, transfer }: LabReport): string {
  const rows = [HEADINGS, ...computers.map(cells)]
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd())
  return [...lines, ...(transfer ? ['', traffic(transfer)] : [])].join('\n')
}

/** `MULTICAST-DIRECT, 94 MB to 2 computers: the console sent 97 MB, the computers 1 MB` */
function traffic({ method, computers, image, sent }: TransferReport): string {
  return `${method}, ${megabytes(image)} to ${computers} computer${computers === 1 ? '' : 's'}: `
    + `the console sent ${megabytes(sent.console)}, the computers ${megabytes(sent.computers)}`
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}

function cells({ name, boots, operations, cache, system, failure }: ComputerReport): string[] {
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
    main?.method ?? '-',
    main?.kind === 'restore' ? megabytes(main.bytesReceived) : '-',
    main ? megabytes(moved) : '-',
    main ? rate(main, moved) : '-',
    cache ? `${cache.images.join(', ')} (${megabytes(cache.free)} free)` : '-',
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
