import type { Manifest } from '#shared/formats/manifest.ts'
import { PARALLEL } from '../codecs.ts'
import { DigestIndex } from '../digest-index.ts'
import { readPackEnd } from '../pack-reader.ts'
import { prefetch } from '../prefetch.ts'
import type { CallOptions, ChunkSource } from '../store.ts'

/** Some chunks, each counted once. */
export interface ChunkSum {
  chunks: number
  /** Bytes of them. */
  plain: number
  /** Bytes that they take in packs: of a blob, each chunk has its share. */
  stored: number
}

/** The chunks of a manifest by their hashes: `find` gives their numbers. */
export function chunkIndex({ chunks }: Manifest): DigestIndex {
  const index = new DigestIndex()
  for (let chunk = 0; chunk < chunks.count; chunk += 1) index.add(chunks.digest(chunk))
  return index
}

/**
 * Stored bytes of each chunk of a manifest, by its number, from the ends of its packs.
 * @throws `corruptImage`, `notFound` a pack's end cannot be read
 */
export async function storedSizes(
  source: Pick<ChunkSource, 'packTail'>, manifest: Manifest, options: CallOptions = {},
): Promise<Float64Array> {
  const index = chunkIndex(manifest)
  const sizes = new Float64Array(manifest.chunks.count)
  for await (const { blobs } of prefetch(manifest.packs, PARALLEL * 2, (pack) => readPackEnd(source, pack, options))) {
    options.signal?.throwIfAborted()
    for (const { stored, plain, chunks } of blobs) {
      for (const { digest, length } of chunks) {
        const chunk = index.find(digest)
        if (chunk >= 0) sizes[chunk] = (stored * length) / plain
      }
    }
  }
  return sizes
}

/** Sums the chunks that are chosen. @param stored of each chunk, as `storedSizes` has it */
export function sumChunks({ chunks }: Manifest, stored: Float64Array, chosen: (chunk: number) => boolean): ChunkSum {
  const sum = { chunks: 0, plain: 0, stored: 0 }
  for (let chunk = 0; chunk < chunks.count; chunk += 1) {
    if (!chosen(chunk)) continue
    sum.chunks += 1
    sum.plain += chunks.length(chunk)
    sum.stored += stored[chunk]!
  }
  return { ...sum, stored: Math.round(sum.stored) }
}
