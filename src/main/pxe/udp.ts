import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { BootServiceError } from './service-error.ts'

export interface UdpOptions {
  address: string
  /** 0: any free port. */
  port: number
  /** Share the port with sockets on other addresses (SO_REUSEADDR). */
  shared?: boolean
  broadcast?: boolean
}

/**
 * A bound IPv4 socket. Errors after this (ICMP unreachable, a card that went away) go to `onError`: an
 * `error` event without a listener would end the process.
 *
 * @throws BootServiceError
 */
export async function bindUdp(options: UdpOptions, onError: (error: Error) => void): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', reuseAddr: options.shared ?? false, lookup: takeLiterally })
  try {
    const listening = once(socket, 'listening')
    socket.bind({ address: options.address, port: options.port, exclusive: true })
    await listening
    socket.setBroadcast(options.broadcast ?? false)
  } catch (error) {
    socket.close()
    throw BootServiceError.from(error, { protocol: 'udp', address: options.address, port: options.port })
  }
  socket.on('error', onError)
  return socket
}

/**
 * Every address here is a number already. Node would look it up, which puts each packet off to the next
 * tick: too late for one that is sent just before its socket is closed.
 */
function takeLiterally(
  address: string, _options: unknown, done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  done(null, address, 4)
}

export async function closeUdp(socket: Socket): Promise<void> {
  socket.close()
  await once(socket, 'close')
}
