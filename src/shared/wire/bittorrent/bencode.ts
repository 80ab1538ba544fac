import { DecodeError, bytesToText, textToBytes } from '../bytes.ts'

/**
 * Bencoding (BEP 3): integers `i42e`, byte strings `4:spam`, lists `l…e`, dictionaries `d…e` with their keys in order.
 * There is one way to write each value and no other is read, so that what is decoded and encoded again is the same
 * bytes: an infohash can be taken of either.
 */
export type Bencoded = number | Uint8Array | readonly Bencoded[] | BencodedDictionary

/** Keys are byte strings, a character each byte (`bytesToText`). */
export type BencodedDictionary = ReadonlyMap<string, Bencoded>

export type BencodeFault = 'truncated' | 'malformed' | 'not-canonical' | 'too-deep' | 'too-large' | 'trailing-bytes'

/** Lists within lists: a stack has an end, and no message of ours goes deeper than five. */
const MAX_DEPTH = 16

/** ASCII. */
const INTEGER = 0x69
const LIST = 0x6c
const DICTIONARY = 0x64
const END = 0x65
const COLON = 0x3a
const MINUS = 0x2d
const ZERO = 0x30

/** @throws RangeError for a number that is not a safe integer */
export function encodeBencode(value: Bencoded): Uint8Array {
  const parts: Uint8Array[] = []
  write(value, parts)
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function write(value: Bencoded, parts: Uint8Array[]): void {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not a safe integer`)
    parts.push(textToBytes(`i${value}e`))
  } else if (value instanceof Uint8Array) {
    parts.push(textToBytes(`${value.length}:`), value)
  } else if (value instanceof Map) {
    parts.push(textToBytes('d'))
    for (const [key, item] of [...(value as BencodedDictionary)].toSorted(([a], [b]) => byBytes(a, b))) {
      write(textToBytes(key), parts)
      write(item, parts)
    }
    parts.push(textToBytes('e'))
  } else {
    parts.push(textToBytes('l'))
    for (const item of value as readonly Bencoded[]) write(item, parts)
    parts.push(textToBytes('e'))
  }
}

/** Characters up to U+00FF are ordered as their bytes are. */
function byBytes(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Byte strings are views of `bytes`. @throws DecodeError `BencodeFault` */
export function decodeBencode(bytes: Uint8Array): Bencoded {
  const reader = new BencodeReader(bytes)
  const value = reader.value(0)
  reader.end()
  return value
}

class BencodeReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  value(depth: number): Bencoded {
    if (depth > MAX_DEPTH) throw fault('too-deep')
    const kind = this.#peek()
    if (kind === INTEGER) return this.#integer()
    if (kind === LIST) return this.#list(depth)
    if (kind === DICTIONARY) return this.#dictionary(depth)
    return this.#string()
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw fault('trailing-bytes')
  }

  #integer(): number {
    this.#at += 1
    const negative = this.#peek() === MINUS
    if (negative) this.#at += 1
    const magnitude = this.#digits(END)
    if (negative && magnitude === 0) throw fault('not-canonical')
    return negative ? -magnitude : magnitude
  }

  #string(): Uint8Array {
    const length = this.#digits(COLON)
    if (length > this.#bytes.length - this.#at) throw fault('truncated')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #list(depth: number): Bencoded[] {
    const items: Bencoded[] = []
    for (this.#at += 1; this.#peek() !== END; ) items.push(this.value(depth + 1))
    this.#at += 1
    return items
  }

  #dictionary(depth: number): BencodedDictionary {
    const entries = new Map<string, Bencoded>()
    let last: string | undefined
    for (this.#at += 1; this.#peek() !== END; ) {
      const key = bytesToText(this.#string())
      if (last !== undefined && key <= last) throw fault('not-canonical')
      entries.set(key, this.value(depth + 1))
      last = key
    }
    this.#at += 1
    return entries
  }

  /** A decimal number and the byte that ends it. */
  #digits(end: number): number {
    const first = this.#at
    let value = 0
    for (let byte = this.#peek(); byte !== end; byte = this.#peek()) {
      const digit = byte - ZERO
      if (digit < 0 || digit > 9) throw fault('malformed')
      value = value * 10 + digit
      if (!Number.isSafeInteger(value)) throw fault('too-large')
      this.#at += 1
    }
    const digits = this.#at - first
    if (digits === 0) throw fault('malformed')
    if (digits > 1 && this.#bytes[first] === ZERO) throw fault('not-canonical')
    this.#at += 1
    return value
  }

  #peek(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw fault('truncated')
    return byte
  }
}

function fault(reason: BencodeFault): DecodeError<BencodeFault> {
  return new DecodeError(reason)
}
