import type { Manifest } from '#shared/formats/manifest.ts'
import { placesOf } from '#shared/formats/manifest-runs.ts'

/**
 * Where each chunk has to go: a flat table ordered by chunk, with 10 bytes for each place and 4 for each chunk.
 * A manifest cannot make it absurdly large: every place covers a whole block of its volume, or ends a run.
 */
export class Places {
  readonly #first: Uint32Array
  readonly #volume: Uint16Array
  readonly #offset: Float64Array

  /** @param volumes which of the manifest's volumes, by index; `visit` names them by their position in this list */
  constructor(manifest: Manifest, volumes: readonly number[]) {
    const { chunks } = manifest
    this.#first = new Uint32Array(chunks.count + 1)
    for (const volume of volumes) {
      for (const run of manifest.runs[volume] ?? []) {
        for (const { chunk } of placesOf(run, chunks)) this.#first[chunk + 1]! += 1
      }
    }
    for (let chunk = 0; chunk < chunks.count; chunk += 1) this.#first[chunk + 1]! += this.#first[chunk]!
    const total = this.#first[chunks.count]!
    this.#volume = new Uint16Array(total)
    this.#offset = new Float64Array(total)
    const next = this.#first.slice()
    volumes.forEach((volume, position) => {
      for (const run of manifest.runs[volume] ?? []) {
        for (const { chunk, offset } of placesOf(run, chunks)) {
          const at = next[chunk]!++
          this.#volume[at] = position
          this.#offset[at] = offset
        }
      }
    })
  }

  has(chunk: number): boolean {
    return this.#first[chunk + 1]! > this.#first[chunk]!
  }

  visit(chunk: number, visit: (volume: number, offset: number) => void): void {
    for (let at = this.#first[chunk]!; at < this.#first[chunk + 1]!; at += 1) visit(this.#volume[at]!, this.#offset[at]!)
  }
}
