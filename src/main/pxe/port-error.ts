import { ClonaulaError, type ErrorParams } from '#shared/domain/errors.ts'
import type { ResultName } from '#shared/domain/result-codes.ts'

/** Where a service wanted to listen. */
export interface Endpoint {
  protocol: 'UDP' | 'TCP'
  address: string
  port: number
}

const RESULTS: Readonly<Record<string, ResultName>> = {
  EADDRINUSE: 'portTaken',
  EACCES: 'portNotPermitted',
  EPERM: 'portNotPermitted',
  EADDRNOTAVAIL: 'networkMissing',
}

/**
 * What the operating system's error means for a service that wanted `endpoint`, and what a person can do about it.
 * @returns `portTaken` · `portNotPermitted` · `networkMissing` · `generic` any other, under the system's own name for it
 */
export function portError(error: unknown, endpoint: Endpoint, platform: NodeJS.Platform = process.platform): ClonaulaError {
  if (error instanceof ClonaulaError) return error
  const code = systemCode(error)
  const result = RESULTS[code] ?? 'generic'
  const { protocol, address, port } = endpoint
  const where = `${protocol} ${address}:${port}`
  return new ClonaulaError(result, `${where}: ${code || String(error)}`, params(result, endpoint, code, platform), { cause: error })
}

/** `EADDRINUSE`; empty when it is no error of the system's. */
function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function params(result: ResultName, { protocol, address, port }: Endpoint, code: string, platform: NodeJS.Platform): ErrorParams {
  if (result === 'networkMissing') return { wanted: address }
  if (result === 'generic') return { problem: `${protocol} ${address}:${port}${code === '' ? '' : `, ${code}`}` }
  const command = result === 'portTaken'
    ? `sudo ss -${protocol === 'UDP' ? 'u' : 't'}lpn sport = :${port}`
    // Not a capability on the executable: Electron's would then not find its own libraries, and it takes a new start.
    : `sudo sysctl net.ipv4.ip_unprivileged_port_start=${Math.min(port, 67)}`
  return { protocol, port, ...(platform === 'linux' && { command }) }
}
