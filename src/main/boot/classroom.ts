/**
 * The console's side of one classroom network: boot services and plain HTTP, on one address. HTTP carries
 * boot scripts and live system, the images under `/repo/`, and what computers ask about swarms under `/torrent/`.
 */
import type { BootEvent } from '#shared/domain/computer.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import { admitByAddress } from '../platform/address-quota.ts'
import type { Log } from '../platform/log.ts'
import type { NetworkCard } from '../platform/network.ts'
import { hears, portHolders } from '../platform/port-holders.ts'
import type { Service } from '../platform/services.ts'
import type { Settings } from '../platform/settings.ts'
import {
  composeTrees, createBootServices, createScriptTree, HttpService,
  type BootServices, type FullDhcpSettings, type HttpHandler, type ServiceStatus,
} from '../pxe/index.ts'
import { createBootScripts } from './boot-scripts.ts'
import { decideBoot, type KnownComputer } from './decide.ts'
import type { LeaseFile } from './leases.ts'
import type { LiveFolder } from './live-system.ts'
import type { LoaderFolder } from './loaders.ts'

type BootServiceName = ServiceStatus['service']

/** Where images are, on the HTTP port. */
export const REPOSITORY_PREFIX = '/repo'
/** Where torrent files and the tracker are. */
const TORRENT_PREFIX = '/torrent'
/** An agent has four, a boot loader two or three; a router may hide some computers behind one address. */
const HTTP_PER_ADDRESS = 64

export interface ClassroomParts {
  ports: Settings['ports']
  dhcp: Settings['dhcp']
  /** SHA-256 of the console's certificate. */
  certificate: string
  live: LiveFolder
  loaders: LoaderFolder
  leases: LeaseFile
  computerOf: (mac: MacAddress) => KnownComputer | undefined
  issueToken: (mac: MacAddress, address: string) => string
  /** Answers what comes under `REPOSITORY_PREFIX`. */
  repository: HttpHandler
  /** Answers what comes under `/torrent`. */
  torrents: HttpHandler
  onEvent: (event: BootEvent) => void
  log: Log
}

export interface Classroom {
  card: NetworkCard
  /** Where agents find images. */
  repositoryUrl: string
  /** Where they find torrent files and the tracker. */
  torrentUrl: string
  boot: BootServices
  services: Record<'http' | 'tftp' | 'dhcp', Service>
}

export function createClassroom(card: NetworkCard, parts: ClassroomParts): Classroom {
  const { ports, live, loaders, computerOf, log } = parts
  const { address } = card
  const httpBase = `http://${address}:${ports.http}`
  const onError = (error: Error): void => log.warn({ err: error }, 'boot service')
  const contextFor = createBootScripts({
    httpBase,
    consoleUrl: `wss://${address}:${ports.agents}`,
    certificate: parts.certificate,
    live,
    computerOf,
    issueToken: parts.issueToken,
    onRefused: (mac, reason) => log.warn({ mac, reason }, 'no boot script'),
    onLocalDisk: (mac) => boot.record({ mac, phase: 'local', detail: '', at: Date.now() }),
  })
  const boot = createBootServices({
    address,
    // 255.255.255.255 (RFC 2131, 4.1): a firmware without an address takes nothing else (EDK2 drops the network's own
    // broadcast). Only macOS would send that out of its default card, whatever the socket is bound to.
    ...(process.platform === 'darwin' && { broadcast: card.broadcast }),
    ports,
    httpBase,
    tree: composeTrees(createScriptTree({ httpBase, contextFor }), live.tree, loaders.tree),
    policy: {
      decide: ({ mac, stage }) => decideBoot(computerOf(mac), {
        live: live.current() !== undefined,
        loaders: stage === 'ipxe' || loaders.missing().length === 0,
      }),
    },
    async dhcpRivals(port) {
      const holders = await portHolders('UDP', port)
      return holders?.filter((holder) => hears(holder, card)).map(({ program }) => program)
    },
    onEvent: parts.onEvent,
    onDrop: (drop) => log.debug(drop, 'datagram not answered'),
    onError,
    ...dhcpMode(card, parts),
  })
  const handlerOf = (url: string): HttpHandler => {
    if (url.startsWith(`${REPOSITORY_PREFIX}/`)) return parts.repository
    return url.startsWith(`${TORRENT_PREFIX}/`) ? parts.torrents : boot.handler
  }
  const http = new HttpService({
    address,
    port: ports.http,
    admit: admitByAddress(HTTP_PER_ADDRESS),
    handler(request, response) {
      return handlerOf(request.url ?? '')(request, response)
    },
    onError,
  })
  const part = (name: 'tftp' | 'dhcp', which: readonly BootServiceName[], listens: string): Service => ({
    name,
    async start() {
      if (name === 'dhcp' && parts.dhcp.mode === 'off') return undefined
      const statuses = await boot.start(which)
      const own = statuses.filter(({ service }) => which.includes(service))
      const failed = own.find((status) => status.state === 'failed')
      if (failed) {
        await boot.stop(which)
        throw failed.error
      }
      const [warning] = own.flatMap((status) => (status.state === 'running' && status.warning ? [status.warning] : []))
      return { listens, warning }
    },
    stop: () => boot.stop(which),
  })
  return {
    card,
    repositoryUrl: httpBase + REPOSITORY_PREFIX,
    torrentUrl: httpBase + TORRENT_PREFIX,
    boot,
    services: {
      http: {
        name: 'http',
        async start() {
          await http.start()
          return { listens: `${address}:${http.port}` }
        },
        stop: () => http.stop(),
      },
      tftp: part('tftp', ['tftp'], `${address}:${ports.tftp}`),
      dhcp: part('dhcp', ['dhcp', 'proxy'], `${address}:${ports.dhcp}`),
    },
  }
}

type DhcpOptions = { mode: 'proxy' } | { mode: 'full'; full: FullDhcpSettings }

function dhcpMode(card: NetworkCard, { dhcp, leases }: ClassroomParts): DhcpOptions {
  const { mode, pool } = dhcp
  if (mode !== 'full' || !pool) return { mode: 'proxy' }
  return {
    mode: 'full',
    full: {
      netmask: card.netmask,
      ...(pool.router !== undefined && { router: pool.router }),
      nameServers: pool.dns,
      pool: { first: pool.first, last: pool.last },
      leaseSeconds: pool.lease,
      leases: leases.load(),
      onLeases: (all) => leases.save(all),
    },
  }
}
