import { DecodeError } from '../bytes.ts'
import { HANDSHAKE_LENGTH, decodeHandshake, decodePeerMessage, type Handshake, type PeerFault, type PeerMessage } from './peer-messages.ts'

/**
 * Cuts what a peer sends into its handshake and its messages. It never holds more than one message, and one that says it is longer than a
 * message may be is refused before any of it is kept.
 */
export class PeerMessageReader {
  /** Bytes that a message may have. */
  limit: number
  #kept: Uint8Array[] = []
  #held = 0
  /** Bytes that are needed before anything can be read. */
  #wanted = 4

  constructor(limit = 0) {
    this.limit = limit
  }

  /**
   * What a first chunk brings; only a whole handshake is read.
   * @returns undefined until there is enough of it
   * @throws DecodeError `not-bittorrent`
   */
  handshake(chunk: Uint8Array): Handshake | undefined {
    this.#keep(chunk)
    if (this.#held < HANDSHAKE_LENGTH) return undefined
    const bytes = this.#join()
    const handshake = decodeHandshake(bytes.subarray(0, HANDSHAKE_LENGTH))
    this.#keep(bytes.subarray(HANDSHAKE_LENGTH))
    return handshake
  }

  /**
   * The messages that are whole now. Those that view bytes (blocks) are good until the next call.
   * @throws DecodeError `PeerFault`; the stream is lost then
   */
  *messages(chunk: Uint8Array): Generator<PeerMessage> {
    this.#keep(chunk)
    if (this.#held < this.#wanted) return
    const bytes = this.#join()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    for (this.#wanted = 4; bytes.length - at >= 4; ) {
      const length = view.getUint32(at)
      if (length > this.limit) throw new DecodeError<PeerFault>('too-long', `${length} bytes`)
      this.#wanted = 4 + length
      if (bytes.length - at < this.#wanted) break
      yield decodePeerMessage(bytes.subarray(at + 4, at + this.#wanted))
      at += this.#wanted
      this.#wanted = 4
    }
    this.#keep(bytes.subarray(at))
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#kept.push(bytes)
    this.#held += bytes.length
  }

  /** All that is held, which is then held no more. */
  #join(): Uint8Array {
    const [first, ...others] = this.#kept
    let bytes = first ?? new Uint8Array(0)
    if (others.length > 0) {
      bytes = new Uint8Array(this.#held)
      let at = 0
      for (const part of this.#kept) {
        bytes.set(part, at)
        at += part.length
      }
    }
    this.#kept = []
    this.#held = 0
    return bytes
  }
}
