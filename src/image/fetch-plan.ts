import { ClonaulaError } from '#shared/domain/errors.ts'
import { toHex } from '#shared/formats/digest.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { MAX_BLOB, type PlacedBlob } from '#shared/formats/pack.ts'
import { PARALLEL } from './codecs.ts'
import { DigestIndex } from './digest-index.ts'
import { readPackEnd } from './pack-reader.ts'
import { prefetch } from './prefetch.ts'
import type { CallOptions, ChunkSource, PackId } from './store.ts'

/** Stored bytes of neighbouring blobs that are asked for at once, and what they may become in memory: empty space is 1000 times as much. */
const FETCH_TARGET = 1024 * 1024
export const PLAIN_TARGET = MAX_BLOB

/** A chunk that is wanted, and where its plain bytes are in its blob. */
export interface WantedChunk {
  chunk: number
  start: number
  length: number
}

export interface WantedBlob {
  blob: PlacedBlob
  chunks: WantedChunk[]
}

/** A range of a pack, with the blobs in it, one after another. */
export interface Fetch {
  pack: PackId
  offset: number
  length: number
  /** Bytes of its blobs when they are decompressed. */
  plain: number
  blobs: WantedBlob[]
}

export interface FetchPlan {
  fetches: Fetch[]
  /** Bytes that were read to make the plan. */
  received: number
}

/** Says which chunks are wanted. */
export interface Wanted {
  has(chunk: number): boolean
}

/** The number of each chunk by its hash. @throws `corruptImage` when one is listed twice */
function indexChunks({ chunks }: Manifest): DigestIndex {
  const index = new DigestIndex()
  for (let chunk = 0; chunk < chunks.count; chunk += 1) {
    if (index.add(chunks.digest(chunk)) !== chunk) throw new ClonaulaError('corruptImage', 'manifest: a chunk is listed twice')
  }
  return index
}

/**
 * Finds every wanted chunk in the packs that the manifest lists, and groups them so that each blob is fetched once.
 * Packs are looked into until all chunks are found.
 * @throws `corruptImage` when a pack's footer is damaged, or a chunk is in none of the packs
 */
export async function planFetches(
  source: Pick<ChunkSource, 'packTail'>, manifest: Manifest, wanted: Wanted, options: CallOptions = {},
): Promise<FetchPlan> {
  const finder = new ChunkFinder(manifest, indexChunks(manifest), wanted)
  const fetches: Fetch[] = []
  let received = 0
  const ends = prefetch(finder.done ? [] : manifest.packs, PARALLEL * 2, async (pack) => {
    const end = await readPackEnd(source, pack, options)
    received += end.received
    return { pack, blobs: end.blobs }
  })
  for await (const { pack, blobs } of ends) {
    options.signal?.throwIfAborted()
    for (const blob of blobs) addBlob(fetches, pack, blob, finder.take(pack, blob))
    if (finder.done) break
  }
  finder.complete()
  return { fetches, received }
}

function addBlob(fetches: Fetch[], pack: PackId, blob: PlacedBlob, chunks: WantedChunk[]): void {
  if (chunks.length === 0) return
  const last = fetches.at(-1)
  const follows = last?.pack === pack && last.offset + last.length === blob.offset
  if (follows && last.length + blob.stored <= FETCH_TARGET && last.plain + blob.plain <= PLAIN_TARGET) {
    last.blobs.push({ blob, chunks })
    last.length += blob.stored
    last.plain += blob.plain
  } else fetches.push({ pack, offset: blob.offset, length: blob.stored, plain: blob.plain, blobs: [{ blob, chunks }] })
}

/** What is left of fetches when some of their chunks are not wanted any more, looked at when its turn comes. */
export function* stillWanted(fetches: readonly Fetch[], wanted: Wanted): Generator<Fetch> {
  for (const { pack, blobs } of fetches) {
    const left: Fetch[] = []
    for (const { blob, chunks } of blobs) addBlob(left, pack, blob, chunks.filter(({ chunk }) => wanted.has(chunk)))
    yield* left
  }
}

/** Ticks off the chunks of a manifest as they are found. */
class ChunkFinder {
  readonly #manifest: Manifest
  readonly #index: DigestIndex
  /** 1 for each chunk that is still wanted. */
  readonly #wanted: Uint8Array
  #left = 0

  constructor(manifest: Manifest, index: DigestIndex, wanted: Wanted) {
    this.#manifest = manifest
    this.#index = index
    this.#wanted = new Uint8Array(manifest.chunks.count)
    for (let chunk = 0; chunk < manifest.chunks.count; chunk += 1) {
      if (!wanted.has(chunk)) continue
      this.#wanted[chunk] = 1
      this.#left += 1
    }
  }

  get done(): boolean {
    return this.#left === 0
  }

  /** The chunks of a blob that were not found before. */
  take(pack: PackId, blob: PlacedBlob): WantedChunk[] {
    const taken: WantedChunk[] = []
    let start = 0
    for (const { digest, length } of blob.chunks) {
      const chunk = this.#index.find(digest)
      if (chunk >= 0 && this.#wanted[chunk] === 1) {
        if (length !== this.#manifest.chunks.length(chunk)) {
          throw new ClonaulaError('corruptImage', `pack ${pack}: chunk ${toHex(digest)} has the wrong length`,
            { pack, chunk: toHex(digest) })
        }
        taken.push({ chunk, start, length })
        this.#wanted[chunk] = 0
        this.#left -= 1
      }
      start += length
    }
    return taken
  }

  complete(): void {
    if (this.done) return
    const chunk = toHex(this.#manifest.chunks.digest(this.#wanted.indexOf(1)))
    throw new ClonaulaError('corruptImage', `${this.#left} chunks are in none of the image's packs, e.g. ${chunk}`, { chunk })
  }
}
