import { DIGEST_LENGTH } from '#shared/formats/digest.ts'
import type { PlacedBlob } from '#shared/formats/pack.ts'
import { DigestIndex } from '../digest-index.ts'
import type { PackId } from '../store.ts'

/** A table that grows is filled anew, and with a million chunks nobody else had his turn meanwhile: many grow one by one. */
const SHARDS = 64

interface Shard {
  digests: DigestIndex
  /** The pack of each chunk, by the chunk's number in the shard. */
  packOf: Uint32Array
}

/** Which pack holds which chunk, for a whole repository, in memory: about 50 bytes for each chunk (64 KiB of data). */
export class PackIndex {
  readonly #shards: Shard[] = Array.from({ length: SHARDS }, () => ({ digests: new DigestIndex(), packOf: new Uint32Array(1024) }))
  readonly #packs: PackId[] = []
  readonly #known = new Set<PackId>()

  has(pack: PackId): boolean {
    return this.#known.has(pack)
  }

  /** @param digests of its chunks, one after another */
  add(pack: PackId, digests: Uint8Array): void {
    if (this.#known.has(pack)) return
    this.#known.add(pack)
    const number = this.#packs.push(pack) - 1
    for (let at = 0; at < digests.length; at += DIGEST_LENGTH) {
      const digest = digests.subarray(at, at + DIGEST_LENGTH)
      const shard = this.#shardOf(digest)
      const count = shard.digests.count
      const chunk = shard.digests.add(digest)
      if (chunk === count) setPack(shard, chunk, number)
    }
  }

  find(digest: Uint8Array): PackId | undefined {
    const { digests, packOf } = this.#shardOf(digest)
    const chunk = digests.find(digest)
    return chunk < 0 ? undefined : this.#packs[packOf[chunk]!]
  }

  /** By its last byte: the first ones say where it is in the shard. */
  #shardOf(digest: Uint8Array): Shard {
    return this.#shards[digest[DIGEST_LENGTH - 1]! % SHARDS]!
  }
}

/** Hashes of the chunks of a pack, one after another. */
export function digestsOf(blobs: readonly PlacedBlob[]): Uint8Array {
  const chunks = blobs.flatMap((blob) => blob.chunks)
  const digests = new Uint8Array(chunks.length * DIGEST_LENGTH)
  chunks.forEach(({ digest }, at) => digests.set(digest, at * DIGEST_LENGTH))
  return digests
}

function setPack(shard: Shard, chunk: number, pack: number): void {
  if (chunk >= shard.packOf.length) {
    const grown = new Uint32Array(shard.packOf.length * 2)
    grown.set(shard.packOf)
    shard.packOf = grown
  }
  shard.packOf[chunk] = pack
}
