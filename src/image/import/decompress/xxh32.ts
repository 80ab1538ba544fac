const P1 = 0x9e3779b1
const P2 = 0x85ebca77
const P3 = 0xc2b2ae3d
const P4 = 0x27d4eb2f
const P5 = 0x165667b1

/** xxHash of 32 bits with seed 0, of bytes that come in pieces (xxHash fast digest algorithm, 0.1.1). LZ4's checksum. */
export class Xxh32 {
  readonly #lanes = Int32Array.of(P1 + P2, P2, 0, -P1)
  /** What does not fill a stripe of 16 bytes yet. */
  readonly #rest = new Uint8Array(16)
  #restLength = 0
  #length = 0

  update(bytes: Uint8Array): this {
    this.#length += bytes.length
    let at = 0
    if (this.#restLength > 0) {
      at = Math.min(16 - this.#restLength, bytes.length)
      this.#rest.set(bytes.subarray(0, at), this.#restLength)
      this.#restLength += at
      if (this.#restLength < 16) return this
      this.#stripe(this.#rest, 0)
    }
    for (; at + 16 <= bytes.length; at += 16) this.#stripe(bytes, at)
    this.#rest.set(bytes.subarray(at))
    this.#restLength = bytes.length - at
    return this
  }

  digest(): number {
    const [a, b, c, d] = this.#lanes as unknown as [number, number, number, number]
    let hash = this.#length >= 16 ? rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18) : P5
    hash = (hash + this.#length) | 0
    let at = 0
    for (; at + 4 <= this.#restLength; at += 4) hash = Math.imul(rotate(hash + Math.imul(word(this.#rest, at), P3), 17), P4)
    for (; at < this.#restLength; at += 1) hash = Math.imul(rotate(hash + Math.imul(this.#rest[at]!, P5), 11), P1)
    hash = Math.imul(hash ^ (hash >>> 15), P2)
    hash = Math.imul(hash ^ (hash >>> 13), P3)
    return (hash ^ (hash >>> 16)) >>> 0
  }

  #stripe(bytes: Uint8Array, at: number): void {
    for (let lane = 0; lane < 4; lane += 1) {
      this.#lanes[lane] = Math.imul(rotate(this.#lanes[lane]! + Math.imul(word(bytes, at + lane * 4), P2), 13), P1)
    }
  }
}

/** Of one piece. */
export function xxh32(bytes: Uint8Array): number {
  return new Xxh32().update(bytes).digest()
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
