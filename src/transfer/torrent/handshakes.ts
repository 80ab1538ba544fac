import { once } from 'node:events'
import type { PeerMessageReader } from '#shared/wire/bittorrent/frames.ts'
import type { Handshake } from '#shared/wire/bittorrent/peer-messages.ts'
import type { PeerAddress } from '#shared/wire/bittorrent/tracker.ts'
import { Line } from './line.ts'

/** Milliseconds for a connection, and for a handshake. */
const PATIENCE = 10_000

/** @param from our address to call from. @throws Error, AbortError */
export async function dial({ host, port }: PeerAddress, from: string | undefined, signal: AbortSignal): Promise<Line> {
  const line = Line.call({ host, port, noDelay: true, ...(from === undefined ? {} : { localAddress: from }) })
  const { socket } = line
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]) })
    socket.on('error', () => undefined) // it is closed then, which is all that matters
    return line
  } catch (cause) {
    socket.on('error', () => undefined)
    socket.destroy()
    throw cause
  }
}

/**
 * Reads until the handshake is there; nothing more is read then.
 * @throws DecodeError · Error when it closes or says nothing
 */
export function receiveHandshake(line: Line, reader: PeerMessageReader): Promise<Handshake> {
  const { socket } = line
  const { promise, resolve, reject } = Promise.withResolvers<Handshake>()
  const onBytes = (chunk: Uint8Array): void => {
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
  socket.on('close', onClose)
  line.listen(onBytes)
  return promise.finally(() => {
    clearTimeout(timer)
    socket.off('close', onClose)
  })
}

/** The IPv4 address that a socket's address is, also where it is written as one of IPv6 (RFC 4291 § 2.5.5.2). */
export function ipv4Of(address: string | undefined): string | undefined {
  const plain = address?.replace(/^::ffff:/i, '')
  return plain?.includes(':') ? undefined : plain
}
