import type { Socket } from 'node:net'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { encodeNbdReply, decodeNbdRequest, MAX_NBD_PAYLOAD, NBD_COMMAND, NBD_COMMAND_FLAG, NBD_ERROR, NBD_REQUEST_LENGTH, type NbdRequest } from '#shared/wire/nbd.ts'
import { isWritable, type ReadDevice, type WriteDevice } from './block-device.ts'
import { ExactReader } from './exact-reader.ts'
import { shakeHands, type NbdExport } from './handshake.ts'

/** Requests, and bytes of their data, that one client may have under way. */
const MAX_REQUESTS = 16
const MAX_BYTES = 2 * MAX_NBD_PAYLOAD

/** Milliseconds that a client may take to say which export it wants. */
const PATIENCE = 10_000

export interface ConnectionOptions {
  exports: readonly NbdExport[]
  /** What a request failed with; the client is told a number and no more. */
  onError?: ((error: unknown) => void) | undefined
}

/**
 * Serves one client until it leaves. Whatever breaks the protocol ends the connection and nothing else.
 * Settles, always well, when no request of it is under way any more.
 */
export async function serveConnection(socket: Socket, options: ConnectionOptions): Promise<void> {
  socket.on('error', () => undefined) // a reset; the reader sees the end
  const reader = new ExactReader(socket)
  const timer = setTimeout(() => socket.destroy(), PATIENCE)
  try {
    const chosen = await shakeHands(reader, (bytes) => send(socket, bytes), options.exports)
    clearTimeout(timer)
    if (chosen) await new Transmission(socket, reader, chosen.device, options).run()
    socket.destroySoon() // the last replies may still be on their way
  } catch {
    socket.destroy() // malformed, or gone in the middle: there is nobody to tell
  } finally {
    clearTimeout(timer)
  }
}

/** The transmission phase with one client. */
class Transmission {
  readonly #socket: Socket
  readonly #reader: ExactReader
  readonly #device: ReadDevice | WriteDevice
  readonly #options: ConnectionOptions
  readonly #pending = new Set<Promise<void>>()
  #bytes = 0
  /** Replies leave one after another: a reply and its data belong together. */
  #sending: Promise<void> = Promise.resolve()

  constructor(socket: Socket, reader: ExactReader, device: ReadDevice | WriteDevice, options: ConnectionOptions) {
    this.#socket = socket
    this.#reader = reader
    this.#device = device
    this.#options = options
  }

  async run(): Promise<void> {
    try {
      for (;;) {
        const header = await this.#reader.read(NBD_REQUEST_LENGTH)
        if (!header) return
        const request = decodeNbdRequest(header)
        if (request.command === NBD_COMMAND.disconnect) return
        if (!await this.#take(request)) return
      }
    } finally {
      await Promise.all(this.#pending)
      await this.#sending
    }
  }

  /** Starts a request. @returns false when the client has to go */
  async #take(request: NbdRequest): Promise<boolean> {
    const isWrite = request.command === NBD_COMMAND.write
    const carries = isWrite || request.command === NBD_COMMAND.read
    if (isWrite && request.length > MAX_NBD_PAYLOAD) return false // its data cannot be told from the next request
    const length = carries && request.length <= MAX_NBD_PAYLOAD ? request.length : 0
    while (this.#pending.size >= MAX_REQUESTS || (this.#pending.size > 0 && this.#bytes + length > MAX_BYTES)) {
      await Promise.race(this.#pending)
    }
    this.#bytes += length
    const data = isWrite ? await this.#reader.read(length) : Buffer.alloc(0)
    if (!data) return false
    const work = this.#answer(request, data).finally(() => {
      this.#pending.delete(work)
      this.#bytes -= length
    })
    this.#pending.add(work)
    return true
  }

  async #answer(request: NbdRequest, data: Buffer): Promise<void> {
    const { cookie } = request
    let error: number = NBD_ERROR.none
    let answer: Uint8Array = Buffer.alloc(0)
    try {
      error = this.#refusal(request)
      if (error === NBD_ERROR.none) answer = await this.#perform(request, data)
    } catch (cause) {
      error = errorNumber(cause)
      this.#options.onError?.(cause)
    }
    const reply = encodeNbdReply({ error, cookie })
    this.#sending = this.#sending.then(() => send(this.#socket, reply, ...(error === NBD_ERROR.none ? [answer] : [])))
    await this.#sending
  }

  #refusal({ command, flags, offset, length }: NbdRequest): number {
    const known = Object.values<number>(NBD_COMMAND).includes(command)
    const allowed = NBD_COMMAND_FLAG.fua | (command === NBD_COMMAND.writeZeroes ? NBD_COMMAND_FLAG.noHole : 0)
    if (!known || (flags & ~allowed) !== 0) return NBD_ERROR.invalid
    const changes = command !== NBD_COMMAND.read && command !== NBD_COMMAND.flush
    if (changes && !isWritable(this.#device)) return NBD_ERROR.notPermitted
    if (command === NBD_COMMAND.flush) return NBD_ERROR.none
    if (command === NBD_COMMAND.read && length > MAX_NBD_PAYLOAD) return NBD_ERROR.overflow
    const beyond = offset + BigInt(length) > BigInt(this.#device.size)
    return beyond ? (changes ? NBD_ERROR.noSpace : NBD_ERROR.invalid) : NBD_ERROR.none
  }

  /** @returns what a read reads */
  async #perform({ command, flags, offset, length }: NbdRequest, data: Buffer): Promise<Uint8Array> {
    const device = this.#device
    const at = Number(offset)
    if (command === NBD_COMMAND.read) {
      const into = Buffer.allocUnsafe(length)
      await device.read(into, at)
      return into
    }
    if (isWritable(device)) {
      if (command === NBD_COMMAND.write) await device.write(data, at)
      else if (command !== NBD_COMMAND.flush) await device.zero(at, length)
      if (command === NBD_COMMAND.flush || (flags & NBD_COMMAND_FLAG.fua) !== 0) await device.flush()
    }
    return Buffer.alloc(0)
  }
}

function errorNumber(cause: unknown): number {
  if (!(cause instanceof ClonaulaError)) return NBD_ERROR.io
  return cause.result === 'noSpace' ? NBD_ERROR.noSpace : NBD_ERROR.io
}

/** Writes all of it, and waits where the client does not read; returns also when the client is gone. */
async function send(socket: Socket, ...parts: readonly Uint8Array[]): Promise<void> {
  if (socket.destroyed) return
  socket.cork()
  const room = parts.map((part) => socket.write(part)).every(Boolean)
  socket.uncork()
  if (room) return
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done)
      resolve()
    }
    socket.on('drain', done).on('close', done)
  })
}
