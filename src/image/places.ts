import type { Manifest } from '#shared/formats/manifest.ts'
import { placesOf } from '#shared/formats/manifest-runs.ts'

/** Where a chunk lies. */
export interface Place {
  /** Its number: places are counted volume by volume, and in the order of the device. */
  place: number
  /** Position of the volume in the list of volumes that was asked for. */
  volume: number
  /** Bytes from the start of the volume. */
  offset: number
  chunk: number
}

/**
 * Where each chunk has to go: flat tables, with 12 bytes for each place and 4 for each chunk.
 * A manifest cannot make it absurdly large: every place covers a whole block of its volume, or ends a run.
 */
export class Places {
  readonly #manifest: Manifest
  readonly #volumes: readonly number[]
  /** The first place of each volume, and one entry more. */
  readonly #start: number[] = [0]
  /** By place. */
  readonly #offset: Float64Array
  /** Where the places of each chunk begin in `#byChunk`, and one entry more. */
  readonly #first: Uint32Array
  readonly #byChunk: Uint32Array

  /** @param volumes which of the manifest's volumes, by index; everywhere else they are named by their position in this list */
  constructor(manifest: Manifest, volumes: readonly number[]) {
    this.#manifest = manifest
    this.#volumes = volumes
    const { chunks } = manifest
    this.#first = new Uint32Array(chunks.count + 1)
    let count = 0
    for (const volume of volumes) {
      for (const run of manifest.runs[volume] ?? []) {
        for (const { chunk } of placesOf(run, chunks)) this.#first[chunk + 1]! += 1
        count += run.count
      }
      this.#start.push(count)
    }
    for (let chunk = 0; chunk < chunks.count; chunk += 1) this.#first[chunk + 1]! += this.#first[chunk]!
    this.#offset = new Float64Array(count)
    this.#byChunk = new Uint32Array(count)
    const next = this.#first.slice()
    for (let volume = 0; volume < volumes.length; volume += 1) {
      for (const { place, offset, chunk } of this.inOrder(volume)) {
        this.#offset[place] = offset
        this.#byChunk[next[chunk]!++] = place
      }
    }
  }

  get count(): number {
    return this.#offset.length
  }

  /** The places of a chunk, as numbers. */
  of(chunk: number): Uint32Array {
    return this.#byChunk.subarray(this.#first[chunk], this.#first[chunk + 1])
  }

  visit(chunk: number, visit: (volume: number, offset: number, place: number) => void): void {
    for (const place of this.of(chunk)) visit(this.volumeOf(place), this.#offset[place]!, place)
  }

  /** The places of a volume as they lie on it. */
  *inOrder(volume: number): Generator<Place> {
    let place = this.#start[volume]!
    for (const run of this.#manifest.runs[this.#volumes[volume]!] ?? []) {
      for (const { chunk, offset } of placesOf(run, this.#manifest.chunks)) {
        yield { place, volume, offset, chunk }
        place += 1
      }
    }
  }

  /** The first place of a volume, and how many it has. */
  range(volume: number): { first: number; count: number } {
    const first = this.#start[volume]!
    return { first, count: this.#start[volume + 1]! - first }
  }

  offsetOf(place: number): number {
    return this.#offset[place]!
  }

  volumeOf(place: number): number {
    let volume = 0
    while (place >= this.#start[volume + 1]!) volume += 1
    return volume
  }
}
