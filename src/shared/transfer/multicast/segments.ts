import type { Sha256Hex } from '../../domain/ids.ts'

/** A part of a pack, in bytes. The segments of a session, one after another, are its stream. */
export interface Segment {
  pack: Sha256Hex
  offset: number
  length: number
}

/**
 * What has to be sent so that everybody gets what they miss: each byte once, however many ask for it. Packs come in the order in which
 * the lists name them first, parts of a pack by offset; whoever asks in that order finds its own parts in the same order in the stream.
 */
export function unionOfSegments(wanted: readonly (readonly Segment[])[]): Segment[] {
  const packs = new Map<Sha256Hex, Segment[]>()
  for (const list of wanted) {
    for (const segment of list) {
      const parts = packs.get(segment.pack)
      if (parts) parts.push(segment)
      else packs.set(segment.pack, [segment])
    }
  }
  return [...packs.values()].flatMap((parts) => mergeParts(parts))
}

/** Parts of one pack without overlaps, and without gaps of nothing. */
function mergeParts(parts: readonly Segment[]): Segment[] {
  const merged: Segment[] = []
  for (const part of parts.toSorted((a, b) => a.offset - b.offset)) {
    if (part.length === 0) continue
    const last = merged.at(-1)
    if (last && part.offset <= last.offset + last.length) {
      last.length = Math.max(last.length, part.offset + part.length - last.offset)
    } else merged.push({ ...part })
  }
  return merged
}

/** Those parts that are of known packs, and no longer than these. @param sizes bytes of each pack */
export function clipSegments(segments: readonly Segment[], sizes: ReadonlyMap<Sha256Hex, number>): Segment[] {
  return segments.flatMap(({ pack, offset, length }) => {
    const left = (sizes.get(pack) ?? 0) - offset
    return left > 0 && length > 0 ? [{ pack, offset, length: Math.min(length, left) }] : []
  })
}

/** The same parts from a byte of the stream on, and then those before it: whoever comes late takes first what is still to come. */
export function startingAt(segments: readonly Segment[], position: number): Segment[] {
  const before: Segment[] = []
  const after: Segment[] = []
  let at = 0
  for (const { pack, offset, length } of segments) {
    const early = Math.min(length, Math.max(0, position - at))
    if (early > 0) before.push({ pack, offset, length: early })
    if (early < length) after.push({ pack, offset: offset + early, length: length - early })
    at += length
  }
  return [...after, ...before]
}

interface Placed extends Segment {
  /** Where it begins in the stream. */
  at: number
}

/** Where the bytes of packs are in a stream, and the reverse. */
export class StreamMap {
  /** Bytes of the stream. */
  readonly length: number
  readonly #byStream: Placed[] = []
  /** Parts of each pack by offset. */
  readonly #byPack = new Map<Sha256Hex, Placed[]>()

  /** @throws RangeError when segments are empty or overlap: one byte would have two places */
  constructor(segments: readonly Segment[]) {
    let at = 0
    for (const segment of segments) {
      if (segment.length <= 0) throw new RangeError('an empty segment')
      const placed = { ...segment, at }
      this.#byStream.push(placed)
      const parts = this.#byPack.get(segment.pack)
      if (parts) parts.push(placed)
      else this.#byPack.set(segment.pack, [placed])
      at += segment.length
    }
    this.length = at
    for (const parts of this.#byPack.values()) sortParts(parts)
  }

  get segments(): readonly Segment[] {
    return this.#byStream
  }

  /** Where a range of a pack begins in the stream; `undefined` when not all of it is in one segment. */
  find(pack: Sha256Hex, offset: number, length: number): number | undefined {
    const parts = this.#byPack.get(pack) ?? []
    const part = parts[lastNotAbove(parts, (candidate) => candidate.offset, offset)]
    return part && offset + length <= part.offset + part.length ? part.at + offset - part.offset : undefined
  }

  /** The parts of packs that a range of the stream is made of, in order. */
  slice(at: number, length: number): Segment[] {
    const pieces: Segment[] = []
    for (let index = lastNotAbove(this.#byStream, (segment) => segment.at, at); length > 0; index += 1) {
      const segment = this.#byStream[index]
      if (!segment) throw new RangeError(`the stream ends at ${this.length}`)
      const skipped = at - segment.at
      const taken = Math.min(length, segment.length - skipped)
      pieces.push({ pack: segment.pack, offset: segment.offset + skipped, length: taken })
      at += taken
      length -= taken
    }
    return pieces
  }
}

function sortParts(parts: Placed[]): void {
  parts.sort((a, b) => a.offset - b.offset)
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1]
    if (before && part.offset < before.offset + before.length) throw new RangeError(`two segments of pack ${part.pack} overlap`)
  }
}

/** Index of the last item whose key is not above `value`, by halving; −1 when there is none. */
function lastNotAbove<T>(sorted: readonly T[], key: (item: T) => number, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (key(sorted[middle]!) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}
