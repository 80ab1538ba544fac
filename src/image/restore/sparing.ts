import type { Manifest } from '#shared/formats/manifest.ts'
import { placesOf, RunBuilder, type ChunkRun, type RunList } from '#shared/formats/manifest-runs.ts'
import { mergeExtents, type Extent } from '../extents.ts'
import type { TargetDevice } from './target-device.ts'

/** What of a target is not to be written, whatever the image has there. */
export interface Sparing {
  /** Number of the volume in the manifest. */
  number: number
  spare?: readonly Extent[] | undefined
}

/** A manifest without what nothing of would be written: chunks that lie wholly in what is spared. */
export function withoutSpared(manifest: Manifest, targets: readonly Sparing[]): Manifest {
  const runs = [...manifest.runs]
  const volumes = [...manifest.facts.volumes]
  for (const { number, spare } of targets) {
    const index = volumes.findIndex((volume) => volume.number === number)
    if (!spare?.length || index < 0) continue
    const kept = keptRuns(manifest, runs[index]!, mergeExtents(spare))
    runs[index] = kept.runs
    volumes[index] = { ...volumes[index]!, used: kept.used }
  }
  return { ...manifest, runs, facts: { ...manifest.facts, volumes } }
}

function keptRuns({ chunks }: Manifest, runs: RunList, spared: readonly Extent[]): { runs: ChunkRun[]; used: number } {
  const builder = new RunBuilder()
  let used = 0
  for (const run of runs) {
    for (const { chunk, offset } of placesOf(run, chunks)) {
      const length = chunks.length(chunk)
      if (spared.some((area) => area.offset <= offset && offset + length <= area.offset + area.length)) continue
      builder.add(offset, chunk, length)
      used += length
    }
  }
  return { runs: builder.runs, used }
}

/**
 * A device of which some parts stay as they are. What is written to those is kept in memory and read back from there, so that chunks
 * that reach into them are compared and verified like all others: there is one such chunk at each of their ends, at most.
 */
export class SparingDevice implements TargetDevice {
  readonly path: string
  readonly size: number
  readonly #device: TargetDevice
  /** In order, without overlaps. */
  readonly #spared: readonly Extent[]
  readonly #kept: { offset: number; bytes: Uint8Array }[] = []

  constructor(device: TargetDevice, spared: readonly Extent[]) {
    this.path = device.path
    this.size = device.size
    this.#device = device
    this.#spared = mergeExtents(spared)
  }

  async read(into: Uint8Array, offset: number): Promise<void> {
    await this.#device.read(into, offset)
    for (const { offset: at, bytes } of this.#kept) {
      const start = Math.max(offset, at)
      const end = Math.min(offset + into.length, at + bytes.length)
      if (start < end) into.set(bytes.subarray(start - at, end - at), start - offset)
    }
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    const end = offset + bytes.length
    let at = offset
    for (const area of this.#spared) {
      const [from, to] = [Math.max(at, area.offset), Math.min(end, area.offset + area.length)]
      if (from >= to) continue
      if (at < from) await this.#device.write(bytes.subarray(at - offset, from - offset), at)
      this.#kept.push({ offset: from, bytes: new Uint8Array(bytes.subarray(from - offset, to - offset)) }) // a copy: the buffer is used again
      at = to
    }
    if (at < end) await this.#device.write(bytes.subarray(at - offset), at)
  }

  flush(): Promise<void> {
    return this.#device.flush()
  }

  dropCache(): Promise<void> {
    return this.#device.dropCache()
  }

  signatures(): Promise<Extent[]> {
    return this.#device.signatures()
  }

  discard(range: Extent): Promise<boolean> {
    return this.#device.discard(range)
  }

  close(): Promise<void> {
    return this.#device.close()
  }
}
