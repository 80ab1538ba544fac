import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { PeerMessageReader } from '#shared/wire/bittorrent/frames.ts'
import type { Handshake } from '#shared/wire/bittorrent/peer-messages.ts'
import type { PeerAddress } from '#shared/wire/bittorrent/tracker.ts'

/** Milliseconds for a connection, and for a handshake. */
const PATIENCE = 10_000

/** @param from our address to call from. @throws Error, AbortError */
export async function dial({ host, port }: PeerAddress, from: string | undefined, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true, ...(from === undefined ? {} : { localAddress: from }) })
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) })
    socket.on('error', () => undefined) // it is closed then, which is all that matters
    return socket
  } catch (cause) {
    socket.on('error', () => undefined)
    socket.destroy()
    throw cause
  }
}

/**
 * Reads a socket until its handshake is there; it is paused then.
 * @throws DecodeError · Error when it closes or says nothing
 */
export function receiveHandshake(socket: Socket, reader: PeerMessageReader): Promise<Handshake> {
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>()
  const onData = (chunk: Buffer): void => {
    try {
      const handshake = reader.handshake(chunk)
      if (!handshake) return
      socket.pause()
      resolve(handshake)
    } catch (cause) {
      reject(cause)
    }
  }
  const onClose = (): void => reject(new Error('the connection was closed'))
  const timer = setTimeout(() => reject(new Error('no handshake came')), PATIENCE)
  socket.on('data', onData)
  socket.on('close', onClose)
  return promise.finally(() => {
    clearTimeout(timer)
    socket.off('data', onData)
    socket.off('close', onClose)
  })
}

/** The IPv4 address that a socket's address is, also where it is written as one of IPv6 (RFC 4291 § 2.5.5.2). */
export function ipv4Of(address: string | undefined): string | undefined {
  const plain = address?.replace(/^::ffff:/i, '')
  return plain?.includes(':') ? undefined : plain
}
