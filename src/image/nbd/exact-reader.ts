import { once } from 'node:events'
import type { Socket } from 'node:net'

/** Reads a socket in pieces of exactly the length that is asked for; the socket's own buffer bounds what waits. */
export class ExactReader {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** @returns `undefined` where the other side has hung up, also in the middle of a piece */
  async read(length: number): Promise<Buffer | undefined> {
    if (length === 0) return Buffer.alloc(0)
    const socket = this.#socket
    for (;;) {
      const bytes = socket.read(length) as Buffer | null
      // At its end a stream gives what is left, however little that is.
      if (bytes !== null) return bytes.length === length ? bytes : undefined
      if (socket.readableEnded || socket.destroyed) return undefined
      await this.#more()
    }
  }

  async #more(): Promise<void> {
    const over = new AbortController()
    const { signal } = over
    try {
      await Promise.race(['readable', 'end', 'close'].map((event) => once(this.#socket, event, { signal })))
    } finally {
      over.abort()
    }
  }
}
