import type { Socket } from 'node:dgram'
import { Descriptor } from './descriptor.ts'

export interface DatagramListener {
  /** A datagram came. Its memory is used again for the next one. */
  datagram: (bytes: Uint8Array) => void
  failed: (error: Error) => void
}

/**
 * Milliseconds between two looks at what came. A process that is woken for each datagram spends most of its time on waking up; a gigabit
 * brings 860 small ones meanwhile.
 */
const LOOK_EVERY = 10
/** Bytes that the system has to keep for the socket between two looks, and some that come late: a gigabit brings 1.2 MB in one, which take twice that there. */
const ROOM = 4 * 1024 * 1024
/** Datagrams after which others on the event loop have their turn. */
const AT_ONCE = 256
const LONGEST_DATAGRAM = 65_536

/** Hands on what comes to an open socket, until the function that it returns is called; only then it may be closed. */
export function listen(socket: Socket, { datagram, failed }: DatagramListener): () => void {
  socket.on('error', failed)
  const descriptor = Descriptor.of(socket)
  if (descriptor && socket.getRecvBufferSize() >= ROOM && descriptor.stopEvents()) {
    const look = new Look(descriptor, { datagram, failed })
    return () => look.end()
  }
  socket.on('message', datagram)
  return () => socket.off('message', datagram)
}

/** Looks every few milliseconds at what came. */
class Look {
  readonly #descriptor: Descriptor
  readonly #listener: DatagramListener
  readonly #memory = Buffer.allocUnsafeSlow(LONGEST_DATAGRAM)
  readonly #timer: NodeJS.Timeout
  #isOver = false

  constructor(descriptor: Descriptor, listener: DatagramListener) {
    this.#descriptor = descriptor
    this.#listener = listener
    this.#timer = setTimeout(() => this.#turn(), LOOK_EVERY)
  }

  end(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  #turn(): void {
    for (let count = 0; count < AT_ONCE; count += 1) {
      if (this.#isOver) return
      const length = this.#read()
      if (length === undefined) return this.#wait()
      this.#listener.datagram(this.#memory.subarray(0, length))
    }
    setImmediate(() => this.#turn())
  }

  #read(): number | undefined {
    try {
      return this.#descriptor.read(this.#memory)
    } catch (error) {
      this.#listener.failed(error instanceof Error ? error : new Error(String(error)))
      return undefined
    }
  }

  #wait(): void {
    if (!this.#isOver) this.#timer.refresh()
  }
}
