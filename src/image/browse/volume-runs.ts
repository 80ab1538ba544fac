import type { Manifest } from '#shared/formats/manifest.ts'
import { placesOf } from '#shared/formats/manifest-runs.ts'
import type { Extent } from '../extents.ts'

/** A chunk of an earlier revision in its place on the volume. */
export interface KeptChunk extends Extent {
  chunk: number
}

/**
 * The chunks of a volume that are as they were: all of it is still in use, and nothing of it was changed.
 * @param used what is in use now; @param changes what was written to; both in order
 */
export function* keptChunks(
  manifest: Pick<Manifest, 'chunks' | 'runs'>, volume: number, used: readonly Extent[], changes: readonly Extent[],
): Generator<KeptChunk> {
  let inUse = 0
  let change = 0
  for (const run of manifest.runs[volume]!) {
    for (const { chunk, offset } of placesOf(run, manifest.chunks)) {
      const length = manifest.chunks.length(chunk)
      while (inUse < used.length && end(used[inUse]!) <= offset) inUse += 1
      while (change < changes.length && end(changes[change]!) <= offset) change += 1
      const around = used[inUse]
      if (!around || around.offset > offset || end(around) < offset + length) continue
      const next = changes[change]
      if (next && next.offset < offset + length) continue
      yield { chunk, offset, length }
    }
  }
}

/** What of `used` is in none of the chunks that are kept: it has to be read. */
export function toBeRead(used: readonly Extent[], kept: Iterable<Extent>): Extent[] {
  const left: Extent[] = []
  const chunks = kept[Symbol.iterator]()
  let next = chunks.next()
  for (const extent of used) {
    let offset = extent.offset
    while (!next.done && next.value.offset < end(extent)) {
      if (next.value.offset > offset) left.push({ offset, length: next.value.offset - offset })
      offset = end(next.value)
      next = chunks.next()
    }
    if (offset < end(extent)) left.push({ offset, length: end(extent) - offset })
  }
  return left
}

function end({ offset, length }: Extent): number {
  return offset + length
}
