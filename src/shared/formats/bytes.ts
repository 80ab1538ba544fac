import { ClonaulaError } from '../domain/errors.ts'

/** What the codecs of image files throw for anything malformed: code 33, with what was being read. */
export function malformed(what: string, problem: string): ClonaulaError {
  return new ClonaulaError('corruptImage', `${what}: ${problem}`, { what })
}

/**
 * Little-endian reader over bytes that nobody has checked yet. Every read is bounded by what is
 * really there, and throws `corruptImage` instead of reading past it.
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #what: string
  #at = 0

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  get remaining(): number {
    return this.#bytes.length - this.#at
  }

  /** A view, not a copy. */
  take(length: number): Uint8Array {
    if (length > this.remaining) throw this.fail('ends too early')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  u8(): number {
    const value = this.#bytes[this.#at]
    if (value === undefined) throw this.fail('ends too early')
    this.#at += 1
    return value
  }

  u16(): number {
    return this.u8() | (this.u8() << 8)
  }

  u32(): number {
    return (this.u8() | (this.u8() << 8) | (this.u8() << 16) | (this.u8() << 24)) >>> 0
  }

  /** Up to 2^53 − 1: nothing that is counted here has more. */
  u64(): number {
    const low = this.u32()
    const value = low + this.u32() * 2 ** 32
    if (!Number.isSafeInteger(value)) throw this.fail('number out of range')
    return value
  }

  /** LEB128, unsigned, up to 2^53 − 1, in its shortest form only: one value has one encoding. */
  varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (!Number.isSafeInteger(value)) throw this.fail('number out of range')
      if (byte < 0x80) {
        if (byte === 0 && scale > 1) throw this.fail('number with needless zeros')
        return value
      }
    }
  }

  /** Refuses what is left over. */
  end(): void {
    if (this.remaining > 0) throw this.fail(`${this.remaining} bytes too many`)
  }

  fail(problem: string): ClonaulaError {
    return malformed(this.#what, `${problem} (at byte ${this.#at})`)
  }
}

/** The reader's counterpart: grows as it is written to. */
export class ByteWriter {
  #bytes = new Uint8Array(1024)
  #length = 0

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  u8(value: number): this {
    this.#room(1)
    this.#bytes[this.#length++] = value
    return this
  }

  u16(value: number): this {
    return this.u8(value).u8(value >>> 8)
  }

  u32(value: number): this {
    return this.u8(value).u8(value >>> 8).u8(value >>> 16).u8(value >>> 24)
  }

  u64(value: number): this {
    return this.u32(value >>> 0).u32(Math.floor(value / 2 ** 32))
  }

  varint(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not an unsigned integer: ${value}`)
    let rest = value
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    return this.u8(rest)
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #room(length: number): void {
    const needed = this.#length + length
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

/** Signed → unsigned with small values first: 0, −1, 1, −2 … become 0, 1, 2, 3 … */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

export function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}
