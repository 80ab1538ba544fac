import { TFTP_ERROR, type TftpOptions, type TftpPacket } from '#shared/wire/tftp.ts'
import type { TransferOutcome } from '../tree/file-event.ts'
import type { TransferTerms } from './negotiate.ts'

/** Sent this many times without an answer: the client is gone. */
const MAX_ATTEMPTS = 6

/** What the machine wants done after an event, in this order. */
export interface TransferStep {
  send: readonly TftpPacket[]
  /** Bytes of the file to hand over next with `supply`; 0: none for now. */
  want: number
  /** Present: it is over; nothing that comes later counts. */
  outcome?: TransferOutcome
}

export interface TransferPlan {
  size: number
  terms: TransferTerms
  /** For the OACK; empty: none is sent. */
  accepted: TftpOptions
}

/** Milliseconds that no wait between two attempts need be longer than, unless the client asked for it. */
const LONGEST_WAIT = 8000

const IDLE: TransferStep = { send: [], want: 0 }

/**
 * One read transfer, as a state machine with no socket, clock or file: events go in, steps come out.
 * RFC 1350, with options (RFC 2347) and windows (RFC 7440).
 *
 * Blocks are counted from 1 without end; on the wire the number is that modulo 65536, so that after
 * block 65535 comes 0 (RFC 1350 is silent; every client in use does it so).
 *
 *     begin ──(options)──► OACK ──ACK 0──► window ──ACK n──► window … ──ACK last──► complete
 *       └────(no options)──────────────────▲
 */
export class TftpTransfer {
  readonly #size: number
  readonly #terms: TransferTerms
  readonly #accepted: TftpOptions
  readonly #lastBlock: number
  /** Highest block that the client has, with all before it. */
  #acknowledged = 0
  /** Blocks after `#acknowledged` that were read and not yet acknowledged. */
  #window: Uint8Array[] = []
  #negotiating: boolean
  #wanted = 0
  #attempts = 0
  /** An old ACK came twice since the window was sent: answered once, or two copies would breed for ever. */
  #resentOnDuplicate = false
  #outcome: TransferOutcome | undefined

  constructor({ size, terms, accepted }: TransferPlan) {
    this.#size = size
    this.#terms = terms
    this.#accepted = accepted
    // A file that fills its last block exactly ends with an empty one.
    this.#lastBlock = Math.floor(size / terms.blockSize) + 1
    this.#negotiating = accepted.size > 0
  }

  /** Bytes that the client has confirmed. */
  get delivered(): number {
    return Math.min(this.#size, this.#acknowledged * this.#terms.blockSize)
  }

  /** Milliseconds after which, with nothing heard, `expire` is due. Doubles with each attempt, up to 8 s. */
  get patience(): number {
    const { timeout } = this.#terms
    return Math.min(timeout * 2 ** Math.max(0, this.#attempts - 1), Math.max(timeout, LONGEST_WAIT))
  }

  begin(): TransferStep {
    this.#attempts = 1
    return this.#negotiating ? { send: [this.#optionPacket()], want: 0 } : this.#fill()
  }

  /** The bytes that the last step wanted, all of them. */
  supply(bytes: Uint8Array): TransferStep {
    if (this.#outcome !== undefined) return IDLE
    if (bytes.length !== this.#wanted) return this.#finish('failed', [readFailure()])
    const first = this.#acknowledged + this.#window.length + 1
    const { blockSize } = this.#terms
    const last = Math.min(this.#lastBlock, this.#acknowledged + this.#terms.windowSize)
    for (let block = first; block <= last; block++) {
      const start = (block - first) * blockSize
      this.#window.push(bytes.slice(start, start + blockSize))
    }
    this.#wanted = 0
    return this.#sendWindow()
  }

  /** The file could not be read. */
  fail(): TransferStep {
    return this.#outcome === undefined ? this.#finish('failed', [readFailure()]) : IDLE
  }

  receive(packet: TftpPacket): TransferStep {
    if (this.#outcome !== undefined) return IDLE
    if (packet.op === 'error') return this.#finish('aborted')
    if (packet.op === 'ack') return this.#onAcknowledgement(packet.block)
    // A repeated request is the client's retransmission: the timer answers it.
    return IDLE
  }

  /** Nothing was heard for `patience`. */
  expire(): TransferStep {
    if (this.#outcome !== undefined) return IDLE
    // While the file is being read, the silence is ours.
    if (this.#wanted > 0) return IDLE
    if (this.#attempts >= MAX_ATTEMPTS) return this.#finish('timed-out')
    this.#attempts += 1
    return this.#negotiating ? { send: [this.#optionPacket()], want: 0 } : this.#sendWindow()
  }

  #onAcknowledgement(wireBlock: number): TransferStep {
    // The next bytes are on their way, and the window with them: that repairs whatever this says.
    if (this.#wanted > 0) return IDLE
    if (this.#negotiating) {
      if (wireBlock !== 0) return IDLE
      this.#negotiating = false
      return this.#fill()
    }
    const advance = (wireBlock - this.#acknowledged) & 0xffff
    if (advance > this.#window.length) return IDLE
    if (advance === 0) return this.#onDuplicate()
    this.#acknowledged += advance
    this.#window.splice(0, advance)
    if (this.#acknowledged === this.#lastBlock) return this.#finish('complete')
    return this.#fill()
  }

  /**
   * The block before the window, once more. With a window of one this is a late copy, and answering it
   * would double every packet from here on (the sorcerer's apprentice, RFC 1123 §4.2.3.1). With a larger
   * one it is how a client says that the window's first block was lost (RFC 7440 §4).
   */
  #onDuplicate(): TransferStep {
    if (this.#terms.windowSize === 1 || this.#resentOnDuplicate || this.#window.length === 0) return IDLE
    this.#resentOnDuplicate = true
    return this.#sendWindow()
  }

  /** Asks for what the window has room for; what is still unacknowledged goes again with it. */
  #fill(): TransferStep {
    this.#attempts = 1
    this.#resentOnDuplicate = false
    const { blockSize, windowSize } = this.#terms
    const from = this.#acknowledged + this.#window.length
    const until = Math.min(this.#lastBlock, this.#acknowledged + windowSize)
    this.#wanted = Math.min(this.#size, until * blockSize) - Math.min(this.#size, from * blockSize)
    return this.#wanted === 0 ? this.supply(new Uint8Array(0)) : { send: [], want: this.#wanted }
  }

  #sendWindow(): TransferStep {
    const first = this.#acknowledged + 1
    return { send: this.#window.map((data, index) => ({ op: 'data', block: (first + index) & 0xffff, data })), want: 0 }
  }

  #optionPacket(): TftpPacket {
    return { op: 'options', options: this.#accepted }
  }

  #finish(outcome: TransferOutcome, send: readonly TftpPacket[] = []): TransferStep {
    this.#outcome = outcome
    this.#window = []
    return { send, want: 0, outcome }
  }
}

function readFailure(): TftpPacket {
  return { op: 'error', code: TFTP_ERROR.undefined, message: 'the file cannot be read' }
}
