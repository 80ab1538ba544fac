export type ServiceFailure = 'port-taken' | 'not-permitted' | 'no-such-address' | 'other'

const FAILURES: Readonly<Record<string, ServiceFailure>> = {
  EADDRINUSE: 'port-taken',
  EACCES: 'not-permitted',
  EPERM: 'not-permitted',
  EADDRNOTAVAIL: 'no-such-address',
}

export interface Endpoint {
  protocol: 'udp' | 'tcp'
  address: string
  port: number
}

/** A boot service that could not start: why, on which port, and what a person can do about it. */
export class BootServiceError extends Error {
  override readonly name = 'BootServiceError'
  readonly failure: ServiceFailure
  readonly endpoint: Endpoint
  /** In English, for logs and as the last resort on screens; `failure` names the translated sentence. */
  readonly hint: string

  constructor(failure: ServiceFailure, endpoint: Endpoint, options?: ErrorOptions) {
    super(`${failure}: ${endpoint.protocol} ${endpoint.address}:${endpoint.port}`, options)
    this.failure = failure
    this.endpoint = endpoint
    this.hint = hintFor(failure, endpoint, process.platform)
  }

  /** What the operating system's error means for a service that wanted `endpoint`. */
  static from(error: unknown, endpoint: Endpoint): BootServiceError {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
    return new BootServiceError(FAILURES[code] ?? 'other', endpoint, { cause: error })
  }
}

export function hintFor(failure: ServiceFailure, endpoint: Endpoint, platform: NodeJS.Platform): string {
  const { protocol, address, port } = endpoint
  switch (failure) {
    case 'port-taken':
      return platform === 'linux'
        ? `another program uses ${protocol} port ${port}: "sudo ss -${protocol === 'udp' ? 'u' : 't'}lpn sport = :${port}" shows which`
        : `another program (a DHCP, WDS or TFTP server?) uses ${protocol} port ${port}: stop it`
    case 'not-permitted':
      return platform === 'linux'
        ? `ports below 1024 need permission: "sudo setcap cap_net_bind_service=+ep ${process.execPath}", `
          + `or for every program "sudo sysctl net.ipv4.ip_unprivileged_port_start=${Math.min(port, 67)}"`
        : `the system does not let this program use ${protocol} port ${port}: start it as administrator`
    case 'no-such-address':
      return `no network card of this computer has the address ${address}: is the cable plugged in?`
    case 'other':
    default:
      return `${protocol} ${address}:${port} cannot be used`
  }
}
