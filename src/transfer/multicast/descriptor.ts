import type { Socket } from 'node:dgram'
import { readSync, writeSync } from 'node:fs'

/** What Node has behind a UDP socket on systems with descriptors. It is not public: everything about it is asked before it is used. */
interface Handle {
  fd: number
  recvStop: () => number
}

/**
 * A UDP socket by its descriptor, for those who read or write tens of thousands of datagrams a second: read(2) and write(2) carry one datagram
 * each (udp(7)), and cost a third of what an event with new memory, the sender's address and a turn of the event loop does.
 */
export class Descriptor {
  readonly #handle: Handle
  readonly #number: number

  private constructor(handle: Handle) {
    this.#handle = handle
    this.#number = handle.fd
  }

  /** That of an open socket; `undefined` where Node shows none, as on Windows. It must not be used once the socket is closed. */
  static of(socket: Socket): Descriptor | undefined {
    const state = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'state symbol')
    const { handle } = (state ? Reflect.get(socket, state) : {}) as { handle?: Partial<Handle> | null }
    return isHandle(handle) ? new Descriptor(handle) : undefined
  }

  /** From now on the socket tells nothing of what comes. @returns whether it obeys */
  stopEvents(): boolean {
    return this.#handle.recvStop() === 0
  }

  /** Reads a datagram. @returns its length; `undefined` when none waits. @throws the system's error */
  read(into: Uint8Array): number | undefined {
    return unlessBusy(() => readSync(this.#number, into, 0, into.length, null))
  }

  /** Sends a datagram to whom the socket is connected. @returns whether the system had room for it. @throws the system's error */
  write(datagram: Uint8Array): boolean {
    return unlessBusy(() => writeSync(this.#number, datagram)) !== undefined
  }
}

function isHandle(handle: Partial<Handle> | null | undefined): handle is Handle {
  return typeof handle?.fd === 'number' && handle.fd >= 0 && typeof handle.recvStop === 'function'
}

/** `undefined` when the call would have to wait. */
function unlessBusy(call: () => number): number | undefined {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0 // that nothing waits is said by an error each time: where it was made costs more to find out than to read a datagram
  try {
    return call()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined
    throw error
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}
