import { hash, timingSafeEqual } from 'node:crypto'
import { MAX_BODY, TAG_LENGTH } from '#shared/wire/multicast.ts'

/** Bytes that SHA-256 takes at once (FIPS 180-4), and of what it gives. */
const BLOCK = 64
const DIGEST = 32

/** Room for one datagram. What is sent is a part of it: before it lies what is hashed first. */
export interface Frame {
  /** Where the packet is to be written. */
  readonly body: Buffer
  readonly memory: Buffer
}

/**
 * HMAC-SHA-256 truncated to 128 bits (RFC 2104, RFC 4868), under a session's key. Made of two one-shot hashes, because an HMAC object
 * of Node costs some 15 µs a datagram and this 3 (docs/multicast.md has the figures).
 */
export class Seal {
  readonly #inner: Buffer
  /** The outer key, and room for the inner hash. */
  readonly #outer = Buffer.alloc(BLOCK + DIGEST)
  readonly #received: Frame

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    if (key.length !== DIGEST) throw new RangeError(`a key of ${key.length} bytes`)
    this.#inner = Buffer.alloc(BLOCK, 0x36)
    this.#outer.fill(0x5c, 0, BLOCK)
    for (const [index, byte] of key.entries()) {
      this.#inner[index]! ^= byte
      this.#outer[index]! ^= byte
    }
    this.#received = this.frame()
  }

  frame(): Frame {
    const memory = Buffer.allocUnsafeSlow(BLOCK + MAX_BODY + TAG_LENGTH)
    this.#inner.copy(memory)
    return { memory, body: memory.subarray(BLOCK, BLOCK + MAX_BODY) }
  }

  /** Adds the tag to a packet of so many bytes. @returns the datagram, a view of the frame */
  close({ memory }: Frame, length: number): Buffer {
    const end = BLOCK + length
    this.#tag(memory.subarray(0, end)).copy(memory, end, 0, TAG_LENGTH)
    return memory.subarray(BLOCK, end + TAG_LENGTH)
  }

  /** The packet in a datagram, a view of it; `undefined` when the tag is not that of this session for these bytes. */
  open(datagram: Uint8Array): Uint8Array | undefined {
    const length = datagram.length - TAG_LENGTH
    if (length < 0 || length > MAX_BODY) return undefined
    const body = datagram.subarray(0, length)
    this.#received.body.set(body)
    const tag = this.#tag(this.#received.memory.subarray(0, BLOCK + length)).subarray(0, TAG_LENGTH)
    return timingSafeEqual(tag, datagram.subarray(length)) ? body : undefined
  }

  #tag(keyed: Buffer): Buffer {
    hash('sha256', keyed, 'buffer').copy(this.#outer, BLOCK)
    return hash('sha256', this.#outer, 'buffer')
  }
}
