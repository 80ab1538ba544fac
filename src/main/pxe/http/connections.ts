import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Long enough for the slowest loader to take what the system's send buffer still holds when Node is done writing. */
const IDLE_MS = 600_000

/**
 * The TCP connections that boot files went over, so that nothing of one boot is left in the way of the next.
 *
 * GRUB 2.12 opens its connections from the same ports at every boot (21550, 21551, …), and jumps into the
 * kernel without closing the last one. If the computer starts again with the same address, its SYN meets
 * the old connection; the system answers with a challenge ACK (RFC 5961 §4.2), to which GRUB does not
 * send the RST that would clear it, and the boot ends in "connection timeout". An ordinary close does not help: its FIN
 * is never acknowledged, and the remains last for minutes. So these connections are ended by RST, which
 * leaves nothing: when the client closes, when the next boot of that address begins, and at the end of the service.
 */
export class BootConnections {
  readonly #byAddress = new Map<string, Set<Socket>>()

  /** Takes charge of a request's connection. */
  track({ socket }: IncomingMessage, response: ServerResponse): void {
    // Node sets its own, short keep-alive timeout when a response is over, just before this.
    response.once('finish', () => { socket.setTimeout(IDLE_MS) })
    const address = socket.remoteAddress ?? ''
    const sockets = this.#byAddress.get(address) ?? new Set()
    if (sockets.has(socket)) return
    this.#byAddress.set(address, sockets.add(socket))
    // Before Node's own listeners, which would close in the ordinary way.
    socket.prependOnceListener('end', () => { socket.resetAndDestroy() })
    socket.prependOnceListener('timeout', () => { socket.resetAndDestroy() })
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) this.#byAddress.delete(address)
    })
  }

  /** The computer with this address starts anew: what it had open is of the boot before. */
  reset(address: string): void {
    for (const socket of [...(this.#byAddress.get(address) ?? []), ...(this.#byAddress.get(`::ffff:${address}`) ?? [])]) {
      socket.resetAndDestroy()
    }
  }

  resetAll(): void {
    for (const sockets of this.#byAddress.values()) for (const socket of sockets) socket.resetAndDestroy()
  }
}
