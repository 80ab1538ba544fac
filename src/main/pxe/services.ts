import type { BootEvent } from '#shared/domain/computer.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Ipv4 } from '#shared/wire/addresses.ts'
import type { DropReason } from './dhcp/decision.ts'
import { DhcpResponder, type FullDhcpSettings, type Outcome } from './dhcp/responder.ts'
import { addressOf } from './dhcp/request.ts'
import { DhcpService } from './dhcp/service.ts'
import { BootConnections } from './http/connections.ts'
import { createBootHandler, type HttpHandler } from './http/handler.ts'
import { PhaseObserver } from './phases.ts'
import type { BootPolicy } from './policy.ts'
import { TftpService, type TftpDropReason } from './tftp/service.ts'
import { BootTimelines } from './timeline.ts'
import type { BootTree } from './tree/boot-tree.ts'
import type { FileEvent } from './tree/file-event.ts'

export interface BootPorts {
  dhcp: number
  proxy: number
  tftp: number
}

/** RFC 2131 §4.1, PXE 2.1, RFC 1350 §4. */
export const STANDARD_PORTS: BootPorts = { dhcp: 67, proxy: 4011, tftp: 69 }

/** A datagram that was not answered. */
export interface DropReport {
  service: ServiceName
  reason: DropReason | TftpDropReason
  detail: string
}

export type BootServicesOptions = {
  /** Of the network card that faces the classroom. */
  address: Ipv4
  /** Where DHCP replies to clients without an address go: the network's own broadcast where 255.255.255.255 takes another card. */
  broadcast?: Ipv4
  ports?: Partial<BootPorts>
  /** `http://ADDRESS:PORT` of whatever serves `handler`. */
  httpBase: string
  tree: BootTree
  policy: BootPolicy
  /** Programs of this machine that hear DHCP on this card too, by name or an empty name; undefined when nobody can tell. */
  dhcpRivals?: (port: number) => Promise<readonly string[] | undefined>
  /** Each step of a computer's boot. */
  onEvent?: (event: BootEvent) => void
  /** Each file asked for over TFTP or HTTP. */
  onFile?: (event: FileEvent) => void
  onDrop?: (drop: DropReport) => void
  /** A service that runs met an error and goes on. */
  onError?: (error: Error) => void
} & ({ mode: 'proxy' } | { mode: 'full'; full: FullDhcpSettings })

export type ServiceName = 'dhcp' | 'proxy' | 'tftp'

export type ServiceStatus =
  | { service: ServiceName; state: 'stopped' }
  | { service: ServiceName; state: 'running'; warning?: ClonaulaError }
  | { service: ServiceName; state: 'failed'; error: ClonaulaError }

export interface BootServices {
  /** Starts what is not running, of `which` where given. One that cannot start says why in its status, and does not keep the others from it. */
  start(which?: readonly ServiceName[]): Promise<ServiceStatus[]>
  stop(which?: readonly ServiceName[]): Promise<void>
  status(): ServiceStatus[]
  /** The boot tree over HTTP, to be mounted where `httpBase` says. */
  readonly handler: HttpHandler
  readonly timelines: BootTimelines
  /** A step that was seen elsewhere: the agent's connection, a start from the local disk. */
  record(event: BootEvent): void
  /** Datagrams not answered since the beginning, by reason. */
  drops(): ReadonlyMap<DropReport['reason'], number>
}

interface Service {
  /** What is in its way although it runs. */
  readonly warning?: ClonaulaError | undefined
  start(): Promise<void>
  stop(): Promise<void>
}

export function createBootServices(options: BootServicesOptions): BootServices {
  const { address, tree, policy, httpBase, onEvent, onFile, onDrop, onError = () => {} } = options
  const ports = { ...STANDARD_PORTS, ...options.ports }
  const timelines = new BootTimelines()
  const observer = new PhaseObserver()
  const connections = new BootConnections()
  const drops = new Map<DropReport['reason'], number>()

  function record(event: BootEvent): void {
    timelines.record(event)
    onEvent?.(event)
  }
  function recordIfAny(event: BootEvent | undefined): void {
    if (event !== undefined) record(event)
  }
  function countDrop(drop: DropReport): void {
    drops.set(drop.reason, (drops.get(drop.reason) ?? 0) + 1)
    onDrop?.(drop)
  }
  function onFileEvent(event: FileEvent): void {
    // Firmware and loaders fetch over TFTP before anything over HTTP.
    if (event.kind === 'started' && event.requester.protocol === 'tftp') connections.reset(event.requester.address)
    recordIfAny(observer.fromFile(event, Date.now()))
    onFile?.(event)
  }

  const responder = new DhcpResponder({
    address, httpBase, policy,
    ...(options.broadcast !== undefined && { broadcast: options.broadcast }),
    ...(options.mode === 'full' && { full: options.full }),
  })
  const dhcpService = (role: 'dhcp' | 'proxy') => new DhcpService({
    address, role, responder, onError, port: ports[role],
    alone: options.mode === 'full',
    ...(options.dhcpRivals && { rivals: options.dhcpRivals }),
    onOutcome: (outcome: Outcome) => {
      const starting = addressAtBoot(outcome)
      if (starting !== undefined) connections.reset(starting)
      recordIfAny(observer.fromDhcp(outcome, Date.now()))
      const { decision } = outcome
      if (decision.action === 'drop') countDrop({ service: role, reason: decision.reason, detail: decision.detail })
    },
  })
  const services: Record<ServiceName, Service> = {
    dhcp: dhcpService('dhcp'),
    proxy: dhcpService('proxy'),
    tftp: new TftpService({
      address, port: ports.tftp, tree, onError, onEvent: onFileEvent,
      onDrop: ({ reason, detail, from }) => { countDrop({ service: 'tftp', reason, detail: `${from} ${detail}` }) },
    }),
  }
  const { start, stop, status } = manage(services)
  return {
    start,
    status,
    async stop() {
      connections.resetAll()
      await stop()
    },
    handler: createBootHandler({ tree, connections, onEvent: onFileEvent }),
    timelines,
    record,
    drops: () => drops,
  }
}

/** The address that a firmware or a loader is about to use; operating systems, which renew leases while they work, are no boot clients. */
function addressAtBoot({ request }: Outcome): Ipv4 | undefined {
  return request?.boot !== undefined && request.packet.options.messageType === 'request' ? addressOf(request) : undefined
}

/** Starts and stops each service by itself, and remembers how it went. */
function manage(services: Record<ServiceName, Service>): Pick<BootServices, 'start' | 'stop' | 'status'> {
  const names: readonly ServiceName[] = ['dhcp', 'proxy', 'tftp']
  const statuses = new Map<ServiceName, ServiceStatus>()
  const status = () => names.map((service) => statuses.get(service) ?? { service, state: 'stopped' as const })

  async function startOne(service: ServiceName): Promise<void> {
    if (statuses.get(service)?.state === 'running') return
    try {
      await services[service].start()
      const { warning } = services[service]
      statuses.set(service, { service, state: 'running', ...(warning && { warning }) })
    } catch (error) {
      if (!(error instanceof ClonaulaError)) throw error
      statuses.set(service, { service, state: 'failed', error })
    }
  }
  return {
    status,
    async start(which = names) {
      await Promise.all(which.map(startOne))
      return status()
    },
    async stop(which = names) {
      await Promise.all(which.map((service) => services[service].stop()))
      for (const service of which) statuses.delete(service)
    },
  }
}
