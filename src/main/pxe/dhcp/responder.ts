import { LIMITED_BROADCAST, type Ipv4 } from '#shared/wire/addresses.ts'
import { DecodeError } from '#shared/wire/bytes.ts'
import { encodeDhcp, type DhcpPacket } from '#shared/wire/dhcp.ts'
import type { HttpBase } from './boot-instruction.ts'
import { decideFull } from './decide-full.ts'
import { decideProxy, type ProxyContext } from './decide-proxy.ts'
import { drop, type Decision, type DhcpPort, type Drop } from './decision.ts'
import { LeaseTable, type AddressPool, type Lease } from './leases.ts'
import { buildReply, destinationOf, type NetworkSettings, type ServerIdentity, type UdpAddress } from './reply.ts'
import { parseRequest, type ClientRequest, type RequestFault } from './request.ts'
import type { BootPolicy } from '../policy.ts'

/** The DHCP server of a closed classroom. */
export interface FullDhcpSettings extends NetworkSettings {
  pool: AddressPool
  leaseSeconds: number
  /** Leases of an earlier run, to go on with. */
  leases?: readonly Lease[]
  /** Told all leases whenever one changes, so that they can be kept. */
  onLeases?: (leases: readonly Lease[]) => void
}

export interface ResponderSettings {
  address: Ipv4
  /** Where replies to clients without an address go; 255.255.255.255 unless said. */
  broadcast?: Ipv4
  httpBase: HttpBase
  policy: BootPolicy
  /** Present: full mode. Absent: ProxyDHCP. */
  full?: FullDhcpSettings
}

export interface Arrival {
  port: DhcpPort
  from: UdpAddress
  /** Milliseconds since the epoch. */
  now: number
}

export interface Outcome {
  /** Absent when the message could not be read. */
  request?: ClientRequest
  decision: Decision
  reply?: { bytes: Uint8Array; to: UdpAddress }
}

/** Ethernet's payload less the headers of IPv4 and UDP. */
const LARGEST_REPLY = 1472
/** What every client takes: 576 bytes of IP (RFC 2131 §2) less its headers. */
const SMALLEST_REPLY = 548
const IP_UDP_HEADERS = 28

/** From one datagram to what becomes of it: parse → validate → decide → reply. Opens no socket and reads no clock. */
export class DhcpResponder {
  readonly #settings: ResponderSettings
  readonly #server: ServerIdentity
  readonly #leases: LeaseTable | undefined

  constructor(settings: ResponderSettings) {
    const { address, full } = settings
    this.#settings = settings
    this.#server = { address, ...(full && { network: full }) }
    const never = [address, ...(full?.router === undefined ? [] : [full.router])]
    this.#leases = full && new LeaseTable(full.pool, { never, leases: full.leases ?? [] })
  }

  respond(bytes: Uint8Array, arrival: Arrival): Outcome {
    const request = parsed(bytes)
    if ('action' in request) return { decision: request }
    const decision = this.#decide(request, arrival)
    if (decision.action === 'drop') return { request, decision }
    const reply = buildReply(request, decision, this.#server)
    const encoded = encodedWithin(reply, roomFor(request))
    if (encoded === undefined) return { request, decision: drop('reply-too-long') }
    const to = destinationOf(reply, arrival, this.#settings.broadcast ?? LIMITED_BROADCAST)
    return { request, decision, reply: { bytes: encoded, to } }
  }

  #decide(request: ClientRequest, { port, now }: Arrival): Decision {
    const { full } = this.#settings
    const context: ProxyContext = this.#settings
    if (full === undefined || this.#leases === undefined || port === 'proxy') return decideProxy(request, port, context)
    const decision = decideFull(request, { ...context, leases: this.#leases, leaseSeconds: full.leaseSeconds, now })
    const changed = decision.action === 'ack' || (decision.action === 'drop' && decision.reason === 'noted')
    if (changed) full.onLeases?.(this.#leases.snapshot())
    return decision
  }
}

function parsed(bytes: Uint8Array): ClientRequest | Drop {
  try {
    return parseRequest(bytes)
  } catch (error) {
    if (error instanceof DecodeError) return drop((error as DecodeError<RequestFault>).reason, error.message)
    throw error
  }
}

/** Undefined when the options do not fit: what is echoed (option 82) is of the sender's size. */
function encodedWithin(reply: DhcpPacket, room: number): Uint8Array | undefined {
  try {
    return encodeDhcp(reply, room)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function roomFor({ packet }: ClientRequest): number {
  const { maxMessageSize = LARGEST_REPLY + IP_UDP_HEADERS } = packet.options
  return Math.min(LARGEST_REPLY, Math.max(SMALLEST_REPLY, maxMessageSize - IP_UDP_HEADERS))
}
