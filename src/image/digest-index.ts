import { DIGEST_LENGTH } from '#shared/formats/digest.ts'

const EMPTY = -1

/**
 * SHA-256 → the order in which it was added (0, 1, 2 …): an open-addressing hash table over flat arrays, about
 * 45 bytes an entry. A `Map` of hexadecimal strings needs five times as much, and images have a million chunks.
 */
export class DigestIndex {
  #digests = new Uint8Array(1024 * DIGEST_LENGTH)
  #slots = new Int32Array(2048).fill(EMPTY)
  #count = 0

  get count(): number {
    return this.#count
  }

  /** The digests in the order in which they were added, one after another; a view. */
  get digests(): Uint8Array {
    return this.#digests.subarray(0, this.#count * DIGEST_LENGTH)
  }

  /** The index of a digest, or −1. */
  find(digest: Uint8Array): number {
    return this.#slots[this.#slotOf(digest)]!
  }

  /** The index of a digest, which is added (and then equals the `count` of before) when it is new. */
  add(digest: Uint8Array): number {
    const slot = this.#slotOf(digest)
    const found = this.#slots[slot]!
    if (found !== EMPTY) return found
    const index = this.#count
    if ((index + 1) * DIGEST_LENGTH > this.#digests.length) this.#growDigests()
    this.#digests.set(digest, index * DIGEST_LENGTH)
    this.#slots[slot] = index
    this.#count += 1
    if (this.#count * 2 > this.#slots.length) this.#growSlots()
    return index
  }

  /** Where the digest is, or would be. SHA-256 is uniform: four of its bytes are a hash. */
  #slotOf(digest: Uint8Array): number {
    const mask = this.#slots.length - 1
    let slot = (digest[0]! | (digest[1]! << 8) | (digest[2]! << 16) | (digest[3]! << 24)) & mask
    for (;;) {
      const index = this.#slots[slot]!
      if (index === EMPTY || this.#equals(index, digest)) return slot
      slot = (slot + 1) & mask
    }
  }

  #equals(index: number, digest: Uint8Array): boolean {
    const base = index * DIGEST_LENGTH
    for (let at = 0; at < DIGEST_LENGTH; at += 1) if (this.#digests[base + at] !== digest[at]) return false
    return true
  }

  #growDigests(): void {
    const grown = new Uint8Array(Math.ceil(this.#digests.length * 1.5 / DIGEST_LENGTH) * DIGEST_LENGTH)
    grown.set(this.digests)
    this.#digests = grown
  }

  #growSlots(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(EMPTY)
    for (let index = 0; index < this.#count; index += 1) {
      const base = index * DIGEST_LENGTH
      this.#slots[this.#slotOf(this.#digests.subarray(base, base + DIGEST_LENGTH))] = index
    }
  }
}
