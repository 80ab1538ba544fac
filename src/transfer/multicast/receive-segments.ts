import type { SlowOptions } from '#shared/domain/progress.ts'
import type { Segment } from '#shared/transfer/multicast/segments.ts'
import { Meter } from '#image/meter.ts'
import { prefetch } from '#image/prefetch.ts'
import type { ChunkSource, PackId } from '#image/store.ts'

/** Where parts of packs are kept, such as the CACHE. Several writes may be under way, in any order. */
export interface SegmentSink {
  write(pack: PackId, offset: number, bytes: Uint8Array): Promise<void>
}

/** Bytes that are asked for at once, and how many such pieces are under way. */
const PIECE = 1024 * 1024
const PARALLEL = 4

/**
 * Brings segments from a source (a session's, in its order) into a sink. Nothing is checked here: a pack is one when its bytes have its name.
 * @throws what source and sink throw · AbortError
 */
export async function receiveSegments(
  source: ChunkSource, segments: readonly Segment[], sink: SegmentSink, { signal, onProgress }: SlowOptions = {},
): Promise<void> {
  const meter = new Meter('receive', segments.reduce((sum, { length }) => sum + length, 0), onProgress)
  const pieces = prefetch(piecesOf(segments), PARALLEL, async ({ pack, offset, length }) => {
    signal?.throwIfAborted()
    await sink.write(pack, offset, await source.packRange(pack, offset, length, { signal }))
    return length
  })
  for await (const length of pieces) meter.add(length)
  meter.end()
}

function* piecesOf(segments: readonly Segment[]): Generator<Segment> {
  for (const { pack, offset, length } of segments) {
    for (let at = 0; at < length; at += PIECE) yield { pack, offset: offset + at, length: Math.min(PIECE, length - at) }
  }
}
