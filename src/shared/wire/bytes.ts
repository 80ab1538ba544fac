/**
 * A message from a wire that does not have the form its protocol asks for. `reason` is a stable word
 * to count and to branch on; `message` adds what a person needs to find the fault.
 */
export class DecodeError<Reason extends string = string> extends Error {
  override readonly name = 'DecodeError'
  readonly reason: Reason

  constructor(reason: Reason, detail = '') {
    super(detail === '' ? reason : `${reason}: ${detail}`)
    this.reason = reason
  }
}

/**
 * Reads big-endian (network order) fields one after the other. A read beyond the end gives zeros and
 * sets `overrun`, which stays set: a decoder reads a whole header and checks once.
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #offset = 0
  #overrun = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get overrun(): boolean {
    return this.#overrun
  }

  get remaining(): number {
    return this.#overrun ? 0 : this.#bytes.length - this.#offset
  }

  u8(): number {
    const at = this.#take(1)
    return at === undefined ? 0 : this.#view.getUint8(at)
  }

  u16(): number {
    const at = this.#take(2)
    return at === undefined ? 0 : this.#view.getUint16(at)
  }

  u32(): number {
    const at = this.#take(4)
    return at === undefined ? 0 : this.#view.getUint32(at)
  }

  u64(): bigint {
    const at = this.#take(8)
    return at === undefined ? 0n : this.#view.getBigUint64(at)
  }

  /** The next `length` bytes, copied: receive buffers are used again. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length)
    return at === undefined ? new Uint8Array(0) : this.#bytes.slice(at, at + length)
  }

  /** Everything that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining)
  }

  /** The bytes up to the next NUL, which is consumed; no NUL is an overrun. */
  untilNul(): Uint8Array {
    const end = this.#overrun ? -1 : this.#bytes.indexOf(0, this.#offset)
    if (end < 0) {
      this.#overrun = true
      return new Uint8Array(0)
    }
    const value = this.bytes(end - this.#offset)
    this.#offset += 1
    return value
  }

  #take(length: number): number | undefined {
    if (this.#overrun || length > this.#bytes.length - this.#offset) {
      this.#overrun = true
      return undefined
    }
    const at = this.#offset
    this.#offset += length
    return at
  }
}

/** Writes big-endian fields into a buffer that grows. A number that its field cannot hold throws RangeError. */
export class ByteWriter {
  #bytes = new Uint8Array(512)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  u8(value: number): this {
    const at = this.#grow(1)
    this.#view.setUint8(at, inRange(value, 0xff))
    return this
  }

  u16(value: number): this {
    const at = this.#grow(2)
    this.#view.setUint16(at, inRange(value, 0xffff))
    return this
  }

  u32(value: number): this {
    const at = this.#grow(4)
    this.#view.setUint32(at, inRange(value, 0xffff_ffff))
    return this
  }

  u64(value: bigint): this {
    if (value < 0n || value >= 1n << 64n) throw new RangeError(`${value} is not within 64 bits`)
    const at = this.#grow(8)
    this.#view.setBigUint64(at, value)
    return this
  }

  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length)
    this.#bytes.set(value, at)
    return this
  }

  /** `value` followed by zeros up to `width` bytes; a longer value throws RangeError. */
  padded(value: Uint8Array, width: number): this {
    inRange(value.length, width)
    return this.bytes(value).zeros(width - value.length)
  }

  zeros(count: number): this {
    this.#grow(count)
    return this
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Makes room and gives the offset where it starts. Fresh room is always zero. */
  #grow(count: number): number {
    const at = this.#length
    this.#length += count
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
}

function inRange(value: number, max: number): number {
  if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`${value} is not within 0–${max}`)
  return value
}

/**
 * Bytes as text, one character per byte (ISO 8859-1). The protocols here say "ASCII" and firmware
 * sends anything: this loses nothing on the way back.
 */
export function bytesToText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}

/** The inverse of `bytesToText`; a character above U+00FF throws RangeError. */
export function textToBytes(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length }, (_, index) => inRange(text.charCodeAt(index), 0xff))
}
