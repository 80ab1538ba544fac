import { BLOCK } from '#shared/formats/chunk-table.ts'
import { mergeExtents, type Extent } from '../extents.ts'
import type { CallOptions } from '../store.ts'
import type { TargetVolume } from './target-volume.ts'

/** A range costs a process: the small ones are not worth it, and there is an end to them. */
const LEAST = 128 * 1024
const MOST_RANGES = 4096

/** The ranges worth discarding from `from` to `size` that no extent covers, in whole blocks. */
export function uncovered(used: readonly Extent[], from: number, size: number): Extent[] {
  const ranges: Extent[] = []
  let at = from
  for (const { offset, length } of [...mergeExtents(used), { offset: size, length: 0 }]) {
    const start = Math.ceil(at / BLOCK) * BLOCK
    const end = Math.floor(Math.min(offset, size) / BLOCK) * BLOCK
    if (end - start >= LEAST) ranges.push({ offset: start, length: end - start })
    at = Math.max(at, offset + length)
  }
  if (ranges.length <= MOST_RANGES) return ranges
  return ranges.toSorted((a, b) => b.length - a.length).slice(0, MOST_RANGES).toSorted((a, b) => a.offset - b.offset)
}

/**
 * Tells the device of a target what the image does not use, so that a solid-state disk need not keep it.
 * @returns bytes that were discarded; `undefined` when the device takes no discards
 */
export async function discardUnused(
  { device, headLength }: TargetVolume, used: readonly Extent[], options: CallOptions = {},
): Promise<number | undefined> {
  let discarded = 0
  for (const range of uncovered(used, headLength, device.size)) {
    options.signal?.throwIfAborted()
    if (!await device.discard(range)) return undefined
    discarded += range.length
  }
  return discarded
}
