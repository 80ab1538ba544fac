import { hash } from 'node:crypto'
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
 * of Node costs ten times as much for a small datagram (docs/multicast.md has the figures). They give text of one character a byte: a Buffer
 * for each would cost more than the hash itself.
 */
export class Seal {
  readonly #inner: Buffer
  /** The outer key, and room for the inner hash. */
  readonly #outer = Buffer.alloc(BLOCK + DIGEST)
  readonly #received: Frame
  /** The part of `#received` that is hashed: most datagrams have the length of the one before. */
  #keyed: Buffer

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
    this.#keyed = this.#received.memory
  }

  frame(): Frame {
    const memory = Buffer.allocUnsafeSlow(BLOCK + MAX_BODY + TAG_LENGTH)
    this.#inner.copy(memory)
    return { memory, body: memory.subarray(BLOCK, BLOCK + MAX_BODY) }
  }

  /** Adds the tag to a packet of so many bytes. @returns the datagram, a view of the frame */
  close({ memory }: Frame, length: number): Buffer {
    const end = BLOCK + length
    memory.write(this.#tag(memory.subarray(0, end)), end, TAG_LENGTH, 'latin1')
    return memory.subarray(BLOCK, end + TAG_LENGTH)
  }

  /** The packet in a datagram, a view of it; `undefined` when the tag is not that of this session for these bytes. */
  open(datagram: Uint8Array): Uint8Array | undefined {
    const length = datagram.length - TAG_LENGTH
    if (length < 0 || length > MAX_BODY) return undefined
    const body = new Uint8Array(datagram.buffer, datagram.byteOffset, length)
    if (this.#keyed.length !== BLOCK + length) this.#keyed = this.#received.memory.subarray(0, BLOCK + length)
    this.#received.body.set(body)
    const right = this.#tag(this.#keyed)
    let difference = 0 // of all bytes, so that the time says nothing of where the first one is
    for (let index = 0; index < TAG_LENGTH; index += 1) difference |= right.charCodeAt(index) ^ (datagram[length + index] ?? 0)
    return difference === 0 ? body : undefined
  }

  /** Its first TAG_LENGTH characters are the tag. */
  #tag(keyed: Buffer): string {
    this.#outer.write(hash('sha256', keyed, 'binary'), BLOCK, DIGEST, 'latin1')
    return hash('sha256', this.#outer, 'binary')
  }
}
