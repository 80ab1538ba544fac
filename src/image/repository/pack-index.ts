import type { PlacedBlob } from '#shared/formats/pack.ts'
import { DigestIndex } from '../digest-index.ts'
import type { PackId } from '../store.ts'

/** Which pack holds which chunk, for a whole repository, in memory: about 50 bytes for each chunk (64 KiB of data). */
export class PackIndex {
  readonly #digests = new DigestIndex()
  readonly #packs: PackId[] = []
  readonly #known = new Set<PackId>()
  /** The pack of each chunk, by the chunk's number. */
  #packOf = new Uint32Array(1024)

  has(pack: PackId): boolean {
    return this.#known.has(pack)
  }

  add(pack: PackId, blobs: readonly PlacedBlob[]): void {
    if (this.#known.has(pack)) return
    this.#known.add(pack)
    const number = this.#packs.push(pack) - 1
    for (const blob of blobs) {
      for (const { digest } of blob.chunks) {
        const count = this.#digests.count
        const chunk = this.#digests.add(digest)
        if (chunk === count) this.#set(chunk, number)
      }
    }
  }

  find(digest: Uint8Array): PackId | undefined {
    const chunk = this.#digests.find(digest)
    return chunk < 0 ? undefined : this.#packs[this.#packOf[chunk]!]
  }

  #set(chunk: number, pack: number): void {
    if (chunk >= this.#packOf.length) {
      const grown = new Uint32Array(this.#packOf.length * 2)
      grown.set(this.#packOf)
      this.#packOf = grown
    }
    this.#packOf[chunk] = pack
  }
}
