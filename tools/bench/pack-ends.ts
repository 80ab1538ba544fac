import { sha256 } from '#image/codecs.ts'
import { decodePackEnd } from '#shared/formats/pack.ts'
import { toHex } from '#shared/formats/digest.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { BuiltPack, ChunkStore, PackId, PackTail } from '#image/store.ts'

/** A store that counts packs and keeps only their ends: enough to find chunks again, and to plan a restore. */
export class PackEnds implements Pick<ChunkStore, 'locate' | 'putPack' | 'packTail'> {
  readonly #ends = new Map<PackId, PackTail>()
  readonly #packOf = new Map<string, PackId>()
  /** Bytes of all packs. */
  stored = 0

  async locate(ids: readonly Uint8Array[]): Promise<(PackId | undefined)[]> {
    return ids.map((id) => this.#packOf.get(toHex(id)))
  }

  async putPack({ id, size, parts }: BuiltPack): Promise<void> {
    const end = parts.at(-1)!.slice()
    this.#ends.set(id, { size, bytes: end })
    this.stored += size
    for (const { chunks } of decodePackEnd(end, size, sha256)) for (const { digest } of chunks) this.#packOf.set(toHex(digest), id)
  }

  async packTail(id: PackId): Promise<PackTail> {
    const end = this.#ends.get(id)
    if (end === undefined) throw new ClonaulaError('notFound', `pack ${id} is not there`)
    return end
  }
}
