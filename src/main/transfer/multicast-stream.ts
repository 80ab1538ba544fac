import { setImmediate as turn } from 'node:timers/promises'
import { clipSegments, unionOfSegments, type Segment } from '#shared/transfer/multicast/segments.ts'
import type { StoredPack } from '../repository/revision.ts'

/** Milliseconds of work after which others on the event loop have their turn: a class may lack hundreds of thousands of ranges. */
const STRETCH = 5

/**
 * What goes out: the union of what computers lack, pack by pack in the image's order, which is the one in which all of them read; no more than
 * there is, whatever they ask for.
 */
export async function streamOf(wants: readonly (readonly Segment[])[], packs: readonly StoredPack[]): Promise<Segment[]> {
  const sizes = new Map(packs.map(({ id, size }) => [id, size]))
  const lacking = new Map(packs.map(({ id }): [string, Segment[]] => [id, []]))
  for (const wanted of wants) {
    for (const segment of clipSegments(wanted, sizes)) lacking.get(segment.pack)?.push(segment)
    await turn()
  }
  const stream: Segment[] = []
  let since = performance.now()
  for (const parts of lacking.values()) {
    stream.push(...unionOfSegments([parts]))
    if (performance.now() - since < STRETCH) continue
    await turn()
    since = performance.now()
  }
  return stream
}
