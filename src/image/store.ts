import type { Sha256Hex } from '#shared/domain/ids.ts'

/** A pack is named by the SHA-256 of its whole file, a manifest by that of its own. */
export type PackId = Sha256Hex
export type ManifestId = Sha256Hex

export interface CallOptions {
  signal?: AbortSignal | undefined
}

export interface RangeOptions extends CallOptions {
  /** Room for the answer, which a source may use instead of memory of its own. */
  into?: Uint8Array | undefined
}

export interface PutOptions extends CallOptions {
  /** Called when the bytes of the pack are not needed any more, where that is before it is stored. */
  onTaken?: (() => void) | undefined
}

/** The end of a pack, which is where its footer is. */
export interface PackTail {
  /** Bytes of the whole pack. */
  size: number
  /** Its last bytes: as many as were asked for, or all of it. */
  bytes: Uint8Array
}

/**
 * Where images are read from: a repository's folder, a console over HTTP, later a client's CACHE or a
 * static web server. Whatever it answers is untrusted: the reader checks every hash.
 *
 * Every call throws `ClonaulaError`: `notFound` when there is no such file, `repositoryUnreachable`
 * when nobody answers, `corruptImage` when the file ends before the range does, `diskError`.
 */
export interface ChunkSource {
  manifest(id: ManifestId, options?: CallOptions): Promise<Uint8Array>
  /** The last `length` bytes of a pack (all of it when it is shorter). */
  packTail(id: PackId, length: number, options?: CallOptions): Promise<PackTail>
  /** Exactly `length` bytes from `offset`. */
  packRange(id: PackId, offset: number, length: number, options?: RangeOptions): Promise<Uint8Array>
}

/** A pack that is ready to be stored. Its bytes are in pieces, and belong to the store only until `putPack` is done, or says that it has taken them. */
export interface BuiltPack {
  id: PackId
  size: number
  parts: readonly Uint8Array[]
  /** Whoever built it has just computed the hash of every chunk in this process: a store in the same one need not do it again. */
  chunksAreRight?: boolean
}

/** A source that also takes new images. Packs come first; a manifest makes them an image. */
export interface ChunkStore extends ChunkSource {
  /**
   * Says, for each chunk, which pack holds it; `undefined` = it has to be stored.
   * @param ids SHA-256 of each chunk, 32 bytes each, at most `MAX_LOCATE`.
   */
  locate(ids: readonly Uint8Array[], options?: CallOptions): Promise<(PackId | undefined)[]>
  /**
   * Stores a pack, durably. Its name and every chunk's (unless `chunksAreRight`) are checked against the bytes before
   * anybody can see the pack; one that is there already is left alone.
   * @throws `corruptImage` a name and its bytes differ, or the pack's own footer is wrong · `noSpace` · `noWriteAccess`
   */
  putPack(pack: BuiltPack, options?: PutOptions): Promise<void>
  /**
   * Publishes a revision: the manifest is decoded, and refused unless every chunk that it names is in a pack here.
   * @throws `corruptImage` not a manifest · `image` chunks are missing · `noSpace` · `noWriteAccess`
   */
  publish(manifest: Uint8Array, options?: CallOptions): Promise<ManifestId>
}

/** Chunks that one `locate` may ask about. */
export const MAX_LOCATE = 4096
