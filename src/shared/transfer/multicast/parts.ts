import { MAX_RANGES, type SegmentParts } from '../../contract/multicast.ts'
import type { Segment } from './segments.ts'

/** A list of segments in parts of a bearable size, one for each message. */
export function partsOf(segments: readonly Segment[]): SegmentParts[] {
  const parts: SegmentParts[] = []
  for (let at = 0; at < segments.length; at += MAX_RANGES) {
    const packs: SegmentParts = []
    for (const { pack, offset, length } of segments.slice(at, at + MAX_RANGES)) {
      const last = packs.at(-1)
      if (last?.pack === pack) last.ranges.push(offset, length)
      else packs.push({ pack, ranges: [offset, length] })
    }
    parts.push(packs)
  }
  return parts
}

/** The segments of a part. */
export function segmentsOf(part: SegmentParts): Segment[] {
  return part.flatMap(({ pack, ranges }) =>
    Array.from({ length: ranges.length / 2 }, (_, at) => ({ pack, offset: ranges[at * 2] ?? 0, length: ranges[at * 2 + 1] ?? 0 })))
}
