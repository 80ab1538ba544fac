import { ClonaulaError } from '#shared/domain/errors.ts'
import { malformed } from '#shared/formats/bytes.ts'

/** Bytes that there is room for at first. */
const FIRST_ROOM = 256 * 1024

/** A decompressor: pieces of plain bytes, each in memory of its own. @throws `corruptImage` */
export type Decompressor = (input: ByteSource) => Generator<Uint8Array, void>

/**
 * Compressed bytes, pulled one after another without waiting: decompressors run in a thread of their own, and are
 * simple and fast because nothing in them is asynchronous.
 */
export class ByteSource {
  readonly #refill: () => Uint8Array
  readonly #what: string
  #bytes: Uint8Array = new Uint8Array()
  #at = 0
  #before = 0

  /** @param refill the next bytes; none at the end @param what the format, for errors */
  constructor(refill: () => Uint8Array, what: string) {
    this.#refill = refill
    this.#what = what
  }

  /** Bytes that were taken. */
  get position(): number {
    return this.#before + this.#at
  }

  get ended(): boolean {
    return this.#at === this.#bytes.length && !this.#more()
  }

  /** The next byte, which stays. */
  peek(): number | undefined {
    return this.ended ? undefined : this.#bytes[this.#at]
  }

  u8(): number {
    if (this.#at === this.#bytes.length && !this.#more()) throw this.fail('ends too early')
    return this.#bytes[this.#at++]!
  }

  /** Least significant byte first. */
  u16(): number {
    return this.u8() | (this.u8() << 8)
  }

  u32(): number {
    return (this.u16() | (this.u16() << 16)) >>> 0
  }

  /** @throws also beyond 2^53: no image is that long */
  u64(): number {
    const low = this.u32()
    const value = low + this.u32() * 2 ** 32
    if (!Number.isSafeInteger(value)) throw this.fail('number out of range')
    return value
  }

  /** Most significant byte first. */
  u16be(): number {
    return (this.u8() << 8) | this.u8()
  }

  u32be(): number {
    return ((this.u16be() << 16) | this.u16be()) >>> 0
  }

  /** A copy; memory is taken for what comes, not for what should. */
  take(length: number): Uint8Array {
    let taken = new Uint8Array(Math.min(length, FIRST_ROOM))
    for (let done = 0; done < length; ) {
      if (this.#at === this.#bytes.length && !this.#more()) throw this.fail('ends too early')
      if (done === taken.length) taken = grown(taken, length)
      const piece = this.#bytes.subarray(this.#at, this.#at + taken.length - done)
      taken.set(piece, done)
      this.#at += piece.length
      done += piece.length
    }
    return taken
  }

  fail(problem: string): ClonaulaError {
    return malformed(this.#what, `${problem} (at byte ${this.position})`)
  }

  #more(): boolean {
    this.#before += this.#bytes.length
    this.#bytes = this.#refill()
    this.#at = 0
    return this.#bytes.length > 0
  }
}

/** Twice as long, and `most` at most. */
function grown(bytes: Uint8Array, most: number): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(Math.min(most, bytes.length * 2))
  longer.set(bytes)
  return longer
}
