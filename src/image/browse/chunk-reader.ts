import { ClonaulaError } from '#shared/domain/errors.ts'
import { equalBytes } from '#shared/formats/bytes.ts'
import { toHex } from '#shared/formats/digest.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import type { PlacedBlob } from '#shared/formats/pack.ts'
import { PARALLEL, sha256 } from '../codecs.ts'
import { DigestIndex } from '../digest-index.ts'
import { decodeBlob, readPackEnd } from '../pack-reader.ts'
import { prefetch } from '../prefetch.ts'
import type { CallOptions, ChunkSource, PackId } from '../store.ts'

/** Plain bytes of decoded blobs that are kept, the last used ones; a blob has 1 MiB at most as this version writes it. */
const CACHE_BYTES = 64 * 1024 * 1024

interface StoredBlob {
  pack: PackId
  blob: PlacedBlob
}

interface Decoded {
  plain: Uint8Array
  /** Chunks of it whose hash was checked. */
  checked: Set<number>
}

export interface ChunkReaderOptions extends CallOptions {
  cacheBytes?: number
}

/** Gives the plain bytes of any chunk of an image. Every chunk's hash is checked before a byte of it is given out. */
export class ChunkReader {
  readonly #source: Pick<ChunkSource, 'packRange'>
  readonly #manifest: Manifest
  readonly #options: ChunkReaderOptions
  readonly #blobs: StoredBlob[] = []
  /** For each chunk: the number of its blob plus one, 0 for none, and where it begins in the blob's plain bytes. */
  readonly #blobOf: Uint32Array
  readonly #startOf: Uint32Array
  /** By blob, the last used one last; requests for a blob that is on its way share it. */
  readonly #cache = new Map<number, Promise<Decoded>>()
  #cached = 0

  private constructor(source: ChunkSource, manifest: Manifest, options: ChunkReaderOptions) {
    this.#source = source
    this.#manifest = manifest
    this.#options = options
    this.#blobOf = new Uint32Array(manifest.chunks.count)
    this.#startOf = new Uint32Array(manifest.chunks.count)
  }

  /**
   * Finds all chunks of an image in the packs that its manifest lists.
   * @throws `corruptImage` a chunk is in none of them, or a pack's end is damaged · what the source throws
   */
  static async open(source: ChunkSource, manifest: Manifest, options: ChunkReaderOptions = {}): Promise<ChunkReader> {
    const reader = new ChunkReader(source, manifest, options)
    const index = new DigestIndex()
    for (let chunk = 0; chunk < manifest.chunks.count; chunk += 1) {
      if (index.add(manifest.chunks.digest(chunk)) !== chunk) throw new ClonaulaError('corruptImage', 'manifest: a chunk is listed twice')
    }
    const ends = prefetch(manifest.packs, PARALLEL * 2, async (pack) => ({ pack, ...(await readPackEnd(source, pack, options)) }))
    for await (const { pack, blobs } of ends) {
      options.signal?.throwIfAborted()
      for (const blob of blobs) reader.#note(pack, blob, index)
    }
    const missing = reader.#blobOf.indexOf(0)
    if (missing < 0) return reader
    const chunk = toHex(manifest.chunks.digest(missing))
    throw new ClonaulaError('corruptImage', `chunks are in none of the image's packs, e.g. ${chunk}`, { chunk })
  }

  /** The plain bytes of a chunk; they belong to the reader, and nobody may change them. @throws `corruptImage` with the pack and the chunk */
  async read(chunk: number): Promise<Uint8Array> {
    const number = this.#blobOf[chunk]! - 1
    const decoded = await this.#decoded(number)
    const start = this.#startOf[chunk]!
    const bytes = decoded.plain.subarray(start, start + this.#manifest.chunks.length(chunk))
    if (!decoded.checked.has(chunk)) {
      const expected = this.#manifest.chunks.digest(chunk)
      if (!equalBytes(sha256(bytes), expected)) throw damaged(this.#blobs[number]!.pack, expected)
      decoded.checked.add(chunk)
    }
    return bytes
  }

  #note(pack: PackId, blob: PlacedBlob, index: DigestIndex): void {
    let number = 0
    let start = 0
    for (const { digest, length } of blob.chunks) {
      const chunk = index.find(digest)
      if (chunk >= 0 && this.#blobOf[chunk] === 0) {
        if (length !== this.#manifest.chunks.length(chunk)) throw damaged(pack, digest)
        // Hashes of the blob's chunks are not needed again: an image has a million of them.
        number ||= this.#blobs.push({ pack, blob: { ...blob, chunks: [] } })
        this.#blobOf[chunk] = number
        this.#startOf[chunk] = start
      }
      start += length
    }
  }

  #decoded(number: number): Promise<Decoded> {
    const known = this.#cache.get(number)
    const { blob } = this.#blobs[number]!
    const decoded = known ?? this.#fetch(number)
    this.#cache.delete(number)
    this.#cache.set(number, decoded)
    if (known) return decoded
    this.#cached += blob.plain
    for (const [oldest] of this.#cache) {
      if (this.#cached <= (this.#options.cacheBytes ?? CACHE_BYTES) || oldest === number) break
      this.#forget(oldest)
    }
    return decoded
  }

  async #fetch(number: number): Promise<Decoded> {
    const { pack, blob } = this.#blobs[number]!
    const { signal } = this.#options
    try {
      const stored = await this.#source.packRange(pack, blob.offset, blob.stored, { signal })
      return { plain: await decodeBlob(pack, blob, stored), checked: new Set() }
    } catch (cause) {
      this.#forget(number) // a repository over the network may answer the next time
      throw cause
    }
  }

  #forget(number: number): void {
    if (this.#cache.delete(number)) this.#cached -= this.#blobs[number]!.blob.plain
  }
}

function damaged(pack: PackId, digest: Uint8Array): ClonaulaError {
  const chunk = toHex(digest)
  return new ClonaulaError('corruptImage', `pack ${pack}: chunk ${chunk} is damaged`, { pack, chunk })
}
