import type { Socket } from 'node:net'

/** Reads a socket in pieces of exactly the length that is asked for; the socket's own buffer bounds what waits. */
export class ExactReader {
  readonly #socket: Socket
  #wake: (() => void) | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    // For good: a stream tells a listener that comes anew at once of what it holds already, enough or not.
    for (const event of ['readable', 'end', 'close']) socket.on(event, () => this.#wake?.())
  }

  /** One piece at a time. @returns `undefined` where the other side has hung up, also in the middle of a piece */
  async read(length: number): Promise<Buffer | undefined> {
    if (length === 0) return Buffer.alloc(0)
    const socket = this.#socket
    for (;;) {
      const bytes = socket.read(length) as Buffer | null
      // At its end a stream gives what is left, however little that is.
      if (bytes !== null) return bytes.length === length ? bytes : undefined
      if (socket.readableEnded || socket.destroyed) return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
