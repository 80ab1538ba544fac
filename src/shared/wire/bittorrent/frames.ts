import { DecodeError } from '../bytes.ts'
import { HANDSHAKE_LENGTH, decodeHandshake, decodePeerMessage, type Handshake, type PeerFault, type PeerMessage } from './peer-messages.ts'

/** Bytes of the length in front of a message. */
const LENGTH = 4
const NOTHING = new Uint8Array(0)

/**
 * Cuts what a peer sends into its handshake and its messages. It never keeps more than one message, and one that says
 * it is longer than a message may be is refused before any of it is kept. Messages that came in one chunk are not
 * copied.
 */
export class PeerMessageReader {
  /** Bytes that a message may have. */
  limit: number
  /** The start of a message (or of the handshake) whose end has not come, with its length in front. */
  #partial = new Uint8Array(HANDSHAKE_LENGTH)
  #filled = 0
  /** What came in one chunk with the handshake. */
  #early = NOTHING

  constructor(limit = 0) {
    this.limit = limit
  }

  /**
   * What a first chunk brings; only a whole handshake is read.
   * @returns undefined until there is enough of it
   * @throws DecodeError `not-bittorrent`
   */
  handshake(chunk: Uint8Array): Handshake | undefined {
    const taken = this.#fill(chunk, HANDSHAKE_LENGTH)
    if (this.#filled < HANDSHAKE_LENGTH) return undefined
    this.#filled = 0
    this.#early = Uint8Array.from(chunk.subarray(taken)) // a copy, also of a Buffer: its memory is read into again
    return decodeHandshake(this.#partial.slice(0, HANDSHAKE_LENGTH))
  }

  /**
   * The messages that are whole now. What one views (a block) is good until the next one is taken.
   * @throws DecodeError `PeerFault`; the stream is lost then
   */
  *messages(chunk: Uint8Array): Generator<PeerMessage> {
    const early = this.#early
    this.#early = NOTHING
    if (early.length > 0) yield* this.#cut(early)
    yield* this.#cut(chunk)
  }

  *#cut(chunk: Uint8Array): Generator<PeerMessage> {
    let at = 0
    if (this.#filled > 0) {
      at = this.#fill(chunk, LENGTH)
      if (this.#filled < LENGTH) return
      const whole = LENGTH + this.#lengthAt(this.#partial, 0)
      at += this.#fill(chunk.subarray(at), whole)
      if (this.#filled < whole) return
      this.#filled = 0
      yield decodePeerMessage(this.#partial.subarray(LENGTH, whole))
    }
    for (; chunk.length - at >= LENGTH; ) {
      const end = at + LENGTH + this.#lengthAt(chunk, at)
      if (end > chunk.length) break
      yield decodePeerMessage(chunk.subarray(at + LENGTH, end))
      at = end
    }
    this.#fill(chunk.subarray(at), LENGTH + this.limit)
  }

  /** Adds to the start of a message until it has so many bytes. @returns how many were taken */
  #fill(bytes: Uint8Array, wanted: number): number {
    const taken = bytes.subarray(0, Math.max(0, wanted - this.#filled))
    if (taken.length === 0) return 0
    if (this.#filled + taken.length > this.#partial.length) {
      const larger = new Uint8Array(LENGTH + this.limit)
      larger.set(this.#partial.subarray(0, this.#filled))
      this.#partial = larger
    }
    this.#partial.set(taken, this.#filled)
    this.#filled += taken.length
    return taken.length
  }

  #lengthAt(bytes: Uint8Array, at: number): number {
    const length = new DataView(bytes.buffer, bytes.byteOffset + at, LENGTH).getUint32(0)
    if (length > this.limit) throw new DecodeError<PeerFault>('too-long', `${length} bytes`)
    return length
  }
}
