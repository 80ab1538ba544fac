import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { ClonaulaError } from '#shared/domain/errors.ts'

export interface GroupAddress {
  /** IPv4 multicast group, and UDP port. */
  group: string
  port: number
  /** Own IPv4 address of the network card to use; by default the system chooses. */
  interface?: string | undefined
}

export interface SendingOptions extends GroupAddress {
  /** Routers that datagrams may pass (IP TTL). */
  ttl: number
  /** Whether receivers on this computer hear them too. */
  loopback: boolean
}

/** Bytes that the system may keep until this process looks; it gives less where it is not allowed so much. */
const RECEIVE_BUFFER = 4 * 1024 * 1024
/** Bytes that the system may keep until the card has sent them: enough for the line to stay busy while this process waits for its turn. */
const SEND_BUFFER = 1024 * 1024

/** A socket from which `send` goes to the group. @throws `multicastSender` */
export async function openSendingSocket({ group, port, ttl, loopback, interface: card }: SendingOptions): Promise<Socket> {
  const socket = createSocket('udp4')
  try {
    await opened(socket, 'listening', () => socket.bind(0, card))
    socket.setSendBufferSize(SEND_BUFFER)
    socket.setMulticastTTL(ttl)
    socket.setMulticastLoopback(loopback)
    if (card !== undefined) socket.setMulticastInterface(card)
    await opened(socket, 'connect', () => socket.connect(port, group))
  } catch (cause) {
    socket.close()
    throw failure('multicastSender', `cannot send to ${group}:${port}`, cause)
  }
  return socket
}

/** A socket that hears the group. @throws `multicastJoin` */
export async function openReceivingSocket({ group, port, interface: card }: GroupAddress): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  try {
    // Bound to the group where the system can: other groups' datagrams to the same port stay outside.
    await opened(socket, 'listening', () => socket.bind(port, process.platform === 'win32' ? undefined : group))
    socket.addMembership(group, card)
    socket.setRecvBufferSize(RECEIVE_BUFFER)
  } catch (cause) {
    socket.close()
    throw failure('multicastJoin', `cannot join ${group}:${port}`, cause)
  }
  return socket
}

/**
 * Says once more that this computer is in the group (IGMP, RFC 3376): a switch that snoops forgets those who are not asked, and without a
 * querier nobody asks. A computer tells of what changes alone, so it leaves, and joins at once: of the two Linux says only that it is a
 * member. Where a querier speaks IGMPv2 it says both, within some ten milliseconds.
 */
export function renewMembership(socket: Socket, { group, interface: card }: Pick<GroupAddress, 'group' | 'interface'>): void {
  for (const change of ['dropMembership', 'addMembership'] as const) {
    try {
      socket[change](group, card)
    } catch {
      // The card, or its address, is gone: whoever listens notices that nothing comes. It may be back the next time.
    }
  }
}

async function opened(socket: Socket, event: 'listening' | 'connect', open: () => void): Promise<void> {
  const done = once(socket, event)
  open()
  await done
}

function failure(result: 'multicastSender' | 'multicastJoin', what: string, cause: unknown): ClonaulaError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new ClonaulaError(result, `${what}: ${why}`, {}, { cause })
}
