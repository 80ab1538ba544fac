import type { RemoteInfo, Socket } from 'node:dgram'
import { encodeTftp, decodeTftp, TFTP_ERROR } from '#shared/wire/tftp.ts'
import { DecodeError } from '#shared/wire/bytes.ts'
import type { BootFile } from '../tree/boot-tree.ts'
import type { TransferOutcome } from '../tree/file-event.ts'
import type { Negotiated } from './negotiate.ts'
import { SequentialReader } from './sequential-reader.ts'
import { TftpTransfer, type TransferStep } from './transfer.ts'

export interface TransferRunOptions extends Negotiated {
  file: BootFile
  /** The transfer's own; closed at the end. */
  socket: Socket
  client: Pick<RemoteInfo, 'address' | 'port'>
}

export interface TransferResult {
  outcome: TransferOutcome
  delivered: number
}

/** Ties the state machine of one transfer to its socket, its file and the clock. */
export class TransferRun {
  readonly finished: Promise<TransferResult>
  readonly #options: TransferRunOptions
  readonly #transfer: TftpTransfer
  readonly #reader: SequentialReader
  readonly #finish: (result: TransferResult) => void
  #timer: NodeJS.Timeout | undefined
  #ended = false
  #answered = false

  constructor(options: TransferRunOptions) {
    const { file, socket, terms, accepted } = options
    const { promise, resolve } = Promise.withResolvers<TransferResult>()
    this.finished = promise
    this.#finish = resolve
    this.#options = options
    this.#transfer = new TftpTransfer({ size: file.size, terms, accepted })
    this.#reader = new SequentialReader(file.read(0, file.size))
    socket.on('message', (bytes, from) => { this.#onDatagram(bytes, from) })
    socket.on('error', () => { this.#end('failed') })
    this.#apply(this.#transfer.begin())
  }

  /** Whether the client was heard since it asked: before that its address may be somebody else's. */
  get answered(): boolean {
    return this.#answered
  }

  /** The service stops, or has no room for it. */
  cancel(): void {
    this.#end('failed')
  }

  #onDatagram(bytes: Uint8Array, from: RemoteInfo): void {
    const { client, socket } = this.#options
    if (from.address !== client.address || from.port !== client.port) {
      // RFC 1350 §4: tell the stranger, leave the transfer alone.
      const stranger = encodeTftp({ op: 'error', code: TFTP_ERROR.unknownTransfer, message: 'unknown transfer' })
      if (from.port !== 0) socket.send(stranger, from.port, from.address)
      return
    }
    this.#answered = true
    try {
      this.#apply(this.#transfer.receive(decodeTftp(bytes)))
    } catch (error) {
      // A packet that cannot be read is as good as lost: the timer repairs it.
      if (!(error instanceof DecodeError)) throw error
    }
  }

  #apply(step: TransferStep): void {
    if (this.#ended) return
    const { socket, client } = this.#options
    for (const packet of step.send) socket.send(encodeTftp(packet), client.port, client.address)
    if (step.outcome !== undefined) {
      this.#end(step.outcome)
      return
    }
    if (step.want > 0) this.#read(step.want)
    if (step.send.length > 0) this.#restartTimer()
  }

  #read(length: number): void {
    clearTimeout(this.#timer)
    this.#reader.next(length).then(
      (bytes) => { this.#apply(this.#transfer.supply(bytes)) },
      () => { this.#apply(this.#transfer.fail()) },
    )
  }

  #restartTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => { this.#apply(this.#transfer.expire()) }, this.#transfer.patience)
  }

  #end(outcome: TransferOutcome): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    this.#reader.close()
    this.#options.socket.close()
    this.#finish({ outcome, delivered: this.#transfer.delivered })
  }
}
