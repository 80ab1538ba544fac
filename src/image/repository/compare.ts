import { placesOf, type RunList } from '#shared/formats/manifest-runs.ts'
import type { VolumeFacts } from '#shared/formats/manifest-facts.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import type { CallOptions, ChunkSource } from '../store.ts'
import { chunkIndex, storedSizes, sumChunks, type ChunkSum } from './stored-sizes.ts'

/** A volume of one or both of two revisions. */
export interface VolumeDifference {
  number: number
  before?: VolumeFacts
  after?: VolumeFacts
  /** Bytes of the later one at whose places the earlier one has something else, or nothing: what a delta restore writes. */
  changed: number
  /** Of those, chunks that are nowhere in the earlier revision; each counted in the first volume that has it. */
  added: ChunkSum
}

/** How two revisions differ, by what their manifests say. */
export interface RevisionDifference {
  volumes: VolumeDifference[]
  /** Chunks that only the later one has, and only the earlier one. */
  added: ChunkSum
  removed: ChunkSum
}

/**
 * Compares two revisions, chunk by chunk. What their filesystems hold is not looked at.
 * @throws `corruptImage`, `notFound` the end of one of their packs cannot be read
 */
export async function compareRevisions(
  source: Pick<ChunkSource, 'packTail'>, before: Manifest, after: Manifest, options: CallOptions = {},
): Promise<RevisionDifference> {
  const [storedBefore, storedAfter] = [await storedSizes(source, before, options), await storedSizes(source, after, options)]
  const [indexBefore, indexAfter] = [chunkIndex(before), chunkIndex(after)]
  /** Of each chunk of the later one, its number in the earlier one, or −1. */
  const known = Int32Array.from({ length: after.chunks.count }, (_, chunk) => indexBefore.find(after.chunks.digest(chunk)))
  const firstVolume = firstUses(after)
  const numbers = new Set([...before.facts.volumes, ...after.facts.volumes].map(({ number }) => number))
  const volumes = [...numbers].sort((a, b) => a - b).map((number): VolumeDifference => {
    const [was, is] = [volumeOf(before, number), volumeOf(after, number)]
    return {
      number, ...(was && { before: was.facts }), ...(is && { after: is.facts }),
      changed: is ? changedBytes({ before, after, known }, was?.runs ?? [], is.runs) : 0,
      added: sumChunks(after, storedAfter, (chunk) => known[chunk]! < 0 && firstVolume[chunk] === is?.at),
    }
  })
  return {
    volumes,
    added: sumChunks(after, storedAfter, (chunk) => known[chunk]! < 0),
    removed: sumChunks(before, storedBefore, (chunk) => indexAfter.find(before.chunks.digest(chunk)) < 0),
  }
}

function volumeOf({ facts, runs }: Manifest, number: number) {
  const at = facts.volumes.findIndex((volume) => volume.number === number)
  return at < 0 ? undefined : { at, facts: facts.volumes[at]!, runs: runs[at]! }
}

/** Of each chunk, the position of the first volume that has it. */
function firstUses({ chunks, runs }: Manifest): Int32Array {
  const first = new Int32Array(chunks.count).fill(-1)
  runs.forEach((volume, at) => {
    for (const { chunk } of placesIn(volume, chunks)) if (first[chunk] === -1) first[chunk] = at
  })
  return first
}

interface Pair {
  before: Manifest
  after: Manifest
  known: Int32Array
}

/** Both lists of places are in the order of their offsets, and are walked through together. */
function changedBytes({ before, after, known }: Pair, was: RunList, is: RunList): number {
  const earlier = placesIn(was, before.chunks)
  let there = earlier.next()
  let changed = 0
  for (const { chunk, offset } of placesIn(is, after.chunks)) {
    while (!there.done && there.value.offset < offset) there = earlier.next()
    const same = !there.done && there.value.offset === offset && there.value.chunk === known[chunk]
    if (!same) changed += after.chunks.length(chunk)
  }
  return changed
}

function* placesIn(runs: RunList, chunks: Manifest['chunks']): Generator<{ chunk: number; offset: number }, undefined> {
  for (const run of runs) yield* placesOf(run, chunks)
  return undefined
}
