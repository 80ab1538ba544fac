import { BLOCK } from '#shared/formats/chunk-table.ts'

/** A run of bytes of a device. */
export interface Extent {
  offset: number
  length: number
}

/** Sorted, without overlaps, and with neighbours joined. */
export function mergeExtents(extents: readonly Extent[]): Extent[] {
  const merged: Extent[] = []
  for (const extent of extents.toSorted((a, b) => a.offset - b.offset)) {
    const last = merged.at(-1)
    if (extent.length === 0) continue
    if (last && extent.offset <= last.offset + last.length) {
      last.length = Math.max(last.length, extent.offset + extent.length - last.offset)
    } else merged.push({ ...extent })
  }
  return merged
}

/** Widens extents to whole blocks, so that equal files give equal chunks whatever the filesystem's block size, up to `size`. */
export function alignExtents(extents: readonly Extent[], size: number): Extent[] {
  const widened = extents.map(({ offset, length }) => {
    const start = Math.min(Math.floor(offset / BLOCK) * BLOCK, size)
    const end = Math.min(Math.ceil((offset + length) / BLOCK) * BLOCK, size)
    return { offset: start, length: end - start }
  })
  return mergeExtents(widened)
}

/** What no extent covers of the first `size` bytes. */
export function gapsBetween(extents: readonly Extent[], size: number): Extent[] {
  const gaps: Extent[] = []
  let at = 0
  for (const { offset, length } of [...mergeExtents(extents), { offset: size, length: 0 }]) {
    const end = Math.min(offset, size)
    if (end > at) gaps.push({ offset: at, length: end - at })
    at = Math.max(at, offset + length)
  }
  return gaps
}

export function totalLength(extents: readonly Extent[]): number {
  return extents.reduce((sum, extent) => sum + extent.length, 0)
}

/** Where the last of them ends; they are in order. */
export function endOf(extents: readonly Extent[]): number {
  const last = extents.at(-1)
  return last ? last.offset + last.length : 0
}
