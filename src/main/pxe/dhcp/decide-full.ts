import { UNSPECIFIED, type Ipv4 } from '#shared/wire/addresses.ts'
import type { BootInstruction, BootRefusal } from './boot-instruction.ts'
import { instruct } from './boot-instruction.ts'
import type { ProxyContext } from './decide-proxy.ts'
import { drop, type Decision } from './decision.ts'
import type { LeaseTable } from './leases.ts'
import type { ClientRequest } from './request.ts'

export interface FullContext extends ProxyContext {
  leases: LeaseTable
  leaseSeconds: number
  /** Milliseconds since the epoch. */
  now: number
}

/**
 * The DHCP server of a closed classroom (RFC 2131 §4.3): addresses for everybody, and what to boot for
 * those who ask. A computer that the policy ignores still gets its address: nobody else would give it one.
 */
export function decideFull(request: ClientRequest, context: FullContext): Decision {
  if (request.packet.relayAddress !== UNSPECIFIED) return drop('relayed', request.packet.relayAddress)
  switch (request.packet.options.messageType) {
    case 'discover':
      return onDiscover(request, context)
    case 'request':
      return onRequest(request, context)
    case 'inform':
      return { action: 'ack', ...bootPart(request, context) }
    case 'release':
      context.leases.release(request.mac, request.packet.clientAddress, context.now)
      return drop('noted', 'release')
    case 'decline':
      context.leases.decline(request.mac, request.packet.options.requestedAddress ?? UNSPECIFIED, context.now)
      return drop('noted', 'decline')
    case 'offer':
    case 'ack':
    case 'nak':
    default:
      return drop('unexpected-message', request.packet.options.messageType)
  }
}

function onDiscover(request: ClientRequest, context: FullContext): Decision {
  const { leases, leaseSeconds, now } = context
  const address = leases.offer(request.mac, request.packet.options.requestedAddress, now)
  if (address === undefined) return drop('pool-exhausted', request.mac)
  return { action: 'offer', grant: { address, leaseSeconds }, ...bootPart(request, context) }
}

/** The four kinds of REQUEST are told apart by what they carry (RFC 2131 §4.3.6, table 4). */
function onRequest(request: ClientRequest, context: FullContext): Decision {
  const { clientAddress, options: { requestedAddress, serverId } } = request.packet
  if (serverId !== undefined && serverId !== context.address) {
    if (requestedAddress !== undefined) context.leases.release(request.mac, requestedAddress, context.now)
    return drop('for-another-server', serverId)
  }
  if (serverId !== undefined) return grant(request, requestedAddress ?? clientAddress, context) // SELECTING
  if (requestedAddress === undefined) return grant(request, clientAddress, context) // RENEWING, REBINDING
  // INIT-REBOOT: silence for a client that this server has no record of.
  return context.leases.of(request.mac) === undefined
    ? drop('unknown-lease', requestedAddress)
    : grant(request, requestedAddress, context)
}

function grant(request: ClientRequest, address: Ipv4, context: FullContext): Decision {
  const { leases, leaseSeconds, now } = context
  if (!leases.mayHave(request.mac, address, now)) return { action: 'nak', message: `${address} is not available` }
  leases.bind(request.mac, address, leaseSeconds, now)
  return { action: 'ack', grant: { address, leaseSeconds }, ...bootPart(request, context) }
}

function bootPart(request: ClientRequest, context: FullContext): { boot?: BootInstruction | BootRefusal } {
  return request.boot === undefined ? {} : { boot: instruct(request.boot, context.policy, context.httpBase) }
}
