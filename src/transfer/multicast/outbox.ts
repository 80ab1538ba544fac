import type { Socket } from 'node:dgram'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Datagram } from './datagram-writer.ts'
import { Descriptor } from './descriptor.ts'

/** Datagrams that Node may have and the system not have taken yet; where Node is asked only when the system has no room, one says when it has. */
const WAITING = 32
const WAITING_FOR_ROOM = 1

/**
 * Gives datagrams to the system, by the socket's descriptor if there is one. What could not be sent is lost like any other datagram; when
 * nothing can be sent for long, that is told.
 */
export class Outbox {
  readonly #socket: Socket
  readonly #descriptor: Descriptor | undefined
  readonly #most: number
  #waiting = 0
  #failingSince: number | undefined
  #problem: Error | undefined
  #tellRoom = (): void => undefined

  /** @param socket connected to whom datagrams go */
  constructor(socket: Socket) {
    this.#socket = socket
    this.#descriptor = Descriptor.of(socket)
    this.#most = this.#descriptor ? WAITING_FOR_ROOM : WAITING
    socket.on('error', (error) => { this.#problem = error })
  }

  /** Whether `room` has to be waited for before more is sent. */
  get isFull(): boolean {
    return this.#waiting >= this.#most
  }

  send({ bytes, release }: Datagram): void {
    if (this.#waiting === 0 && this.#write(bytes)) return release()
    this.#waiting += 1
    this.#socket.send(bytes, (error) => {
      this.#waiting -= 1
      release()
      this.#note(error ?? undefined)
      if (this.#waiting <= this.#most / 2) this.#tellRoom()
    })
  }

  /** Waits while the system has enough to send. @throws `multicastSender` when it takes nothing for so many milliseconds · AbortError */
  async room(patience: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#tellRoom = resolve
    const stop = (): void => reject(signal.reason)
    const timer = setTimeout(() => reject(new ClonaulaError('multicastSender', 'the network card takes nothing')), patience)
    signal.addEventListener('abort', stop)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }

  /** @throws `multicastSender` when every datagram failed to be sent for so many milliseconds */
  throwIfFailing(patience: number): void {
    if (this.#failingSince === undefined || performance.now() - this.#failingSince < patience) return
    throw new ClonaulaError('multicastSender', `nothing can be sent: ${this.#problem?.message ?? ''}`, {}, { cause: this.#problem })
  }

  /** @returns whether Node has nothing to do with it any more: it is sent, or cannot be */
  #write(datagram: Uint8Array): boolean {
    try {
      if (!this.#descriptor?.write(datagram)) return false
      this.#note(undefined)
    } catch (error) {
      this.#note(error instanceof Error ? error : new Error(String(error)))
    }
    return true
  }

  #note(error: Error | undefined): void {
    this.#failingSince = error ? this.#failingSince ?? performance.now() : undefined
    this.#problem = error
  }
}
