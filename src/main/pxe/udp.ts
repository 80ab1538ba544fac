import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { portError } from './port-error.ts'

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
 * @throws ClonaulaError as `portError` says
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
    throw portError(error, { protocol: 'UDP', address: options.address, port: options.port })
  }
  socket.on('error', onError)
  return socket
}

/** Whether nobody has a UDP port, on no address of this machine: `shared` sockets would not notice each other. */
export async function isUdpPortFree(port: number): Promise<boolean> {
  try {
    await closeUdp(await bindUdp({ address: '0.0.0.0', port }, () => {}))
    return true
  } catch (error) {
    return !(error instanceof ClonaulaError && error.result === 'portTaken')
  }
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
