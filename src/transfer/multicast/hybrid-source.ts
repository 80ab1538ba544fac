import type { CallOptions, ChunkSource, ManifestId, PackId, PackTail } from '#image/store.ts'

/** Bytes of a pack from a session; `undefined` when it will not bring them. */
export type TakeFromSession = (pack: PackId, offset: number, length: number, options: CallOptions) => Promise<Uint8Array | undefined>

/** A source whose ranges come from a session if they can, and from another source if not: nobody waits for what will not come. */
export class HybridSource implements ChunkSource {
  readonly #fallback: ChunkSource
  readonly #take: TakeFromSession
  #taken = 0
  #fetched = 0

  constructor(fallback: ChunkSource, take: TakeFromSession) {
    this.#fallback = fallback
    this.#take = take
  }

  /** Bytes that came from the session. */
  get taken(): number {
    return this.#taken
  }

  /** Bytes of ranges that the other source brought. */
  get fetched(): number {
    return this.#fetched
  }

  manifest(id: ManifestId, options?: CallOptions): Promise<Uint8Array> {
    return this.#fallback.manifest(id, options)
  }

  packTail(id: PackId, length: number, options?: CallOptions): Promise<PackTail> {
    return this.#fallback.packTail(id, length, options)
  }

  async packRange(id: PackId, offset: number, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    const taken = await this.#take(id, offset, length, options)
    if (taken) {
      this.#taken += length
      return taken
    }
    const fetched = await this.#fallback.packRange(id, offset, length, options)
    this.#fetched += length
    return fetched
  }
}
