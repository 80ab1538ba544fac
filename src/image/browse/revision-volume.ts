import type { Manifest } from '#shared/formats/manifest.ts'
import { runLength, type ChunkRun, type RunList } from '#shared/formats/manifest-runs.ts'
import type { ReadDevice } from '../nbd/block-device.ts'
import type { ChunkReader } from './chunk-reader.ts'

/** A volume of a revision as a device: what is not part of the image reads as zeros. */
export class RevisionVolume implements ReadDevice {
  readonly size: number
  readonly #manifest: Manifest
  readonly #runs: RunList
  readonly #chunks: ChunkReader

  /** @param index of the volume in the manifest */
  constructor(manifest: Manifest, index: number, chunks: ChunkReader) {
    this.size = manifest.facts.volumes[index]!.size
    this.#manifest = manifest
    this.#runs = manifest.runs[index]!
    this.#chunks = chunks
  }

  async read(into: Uint8Array, offset: number): Promise<void> {
    into.fill(0)
    const end = offset + into.length
    for (let at = this.#runAt(offset), run = this.#runs.at(at); run && run.offset < end; run = this.#runs.at(++at)) {
      await this.#readRun(run, into, offset)
    }
  }

  /** What of a run lies in the `into.length` bytes from `offset`. */
  async #readRun(run: ChunkRun, into: Uint8Array, offset: number): Promise<void> {
    const { chunks } = this.#manifest
    let position = placeAt(run, Math.max(0, offset - run.offset), chunks)
    for (; position < run.count; position += 1) {
      const chunk = run.repeated ? run.chunk : run.chunk + position
      const start = run.offset + lengthOf(run, position, chunks)
      if (start >= offset + into.length) return
      const bytes = await this.#chunks.read(chunk)
      const skipped = Math.max(0, offset - start)
      const target = Math.max(0, start - offset)
      into.set(bytes.subarray(skipped, skipped + into.length - target), target)
    }
  }

  /** The first run that ends after `offset`. */
  #runAt(offset: number): number {
    return firstWhere(this.#runs.length, (at) => {
      const run = this.#runs.at(at)!
      return run.offset + runLength(run, this.#manifest.chunks) > offset
    })
  }
}

/** Which of a run's chunks holds its byte `offset`; `count` when it ends before. */
function placeAt(run: ChunkRun, offset: number, chunks: Manifest['chunks']): number {
  return firstWhere(run.count, (position) => lengthOf(run, position + 1, chunks) > offset)
}

/** Bytes of the first `count` chunks of a run. */
function lengthOf(run: ChunkRun, count: number, chunks: Manifest['chunks']): number {
  return run.repeated ? count * chunks.length(run.chunk) : chunks.span(run.chunk, count)
}

/** The first of 0 … `count` − 1 for which `holds`, which holds for all after it too; `count` when there is none. */
function firstWhere(count: number, holds: (at: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
