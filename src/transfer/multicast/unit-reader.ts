import type { StreamMap } from '#shared/transfer/multicast/segments.ts'
import { UNIT } from '#shared/wire/multicast.ts'
import type { ChunkSource } from '#image/store.ts'

/** Units that are read at once: 1 MB. */
const BLOCK = 736
/** Blocks that are read ahead, and that are kept for repairs. */
const AHEAD = 4
const KEPT = 48

/** Reads units of a stream from where its packs are, a block ahead of the sender, and keeps the latest blocks for repairs. */
export class UnitReader {
  readonly #source: ChunkSource
  readonly #map: StreamMap
  readonly #signal: AbortSignal
  /** By number, the latest used last. */
  readonly #blocks = new Map<number, Uint8Array>()
  readonly #loading = new Map<number, Promise<void>>()
  #latest = -1

  constructor(source: ChunkSource, map: StreamMap, signal: AbortSignal) {
    this.#source = source
    this.#map = map
    this.#signal = signal
  }

  /** Copies units into `into`. @returns how many bytes; `undefined` when they are not in memory: `load` first */
  read(first: number, count: number, into: Uint8Array): number | undefined {
    const end = Math.min((first + count) * UNIT, this.#map.length)
    let at = first * UNIT
    while (at < end) {
      const number = Math.floor(at / (BLOCK * UNIT))
      const block = this.#use(number)
      if (!block) return undefined
      const part = block.subarray(at - number * BLOCK * UNIT, end - number * BLOCK * UNIT)
      into.set(part, at - first * UNIT)
      at += part.length
    }
    return end - first * UNIT
  }

  /** Brings units into memory. @throws what the source throws */
  async load(first: number, count: number): Promise<void> {
    const last = Math.floor((first + count - 1) / BLOCK)
    for (let number = Math.floor(first / BLOCK); number <= last; number += 1) {
      if (!this.#blocks.has(number)) await this.#start(number)
    }
  }

  /** The block, if it is here; those after it are begun when it is another than before. */
  #use(number: number): Uint8Array | undefined {
    const block = this.#blocks.get(number)
    if (!block || number === this.#latest) return block
    this.#latest = number
    this.#keep(number, block)
    for (let next = number + 1; next <= number + AHEAD && next * BLOCK * UNIT < this.#map.length; next += 1) {
      if (!this.#blocks.has(next)) this.#start(next).catch(() => undefined) // asked for again when its turn comes
    }
    return block
  }

  #start(number: number): Promise<void> {
    const loading = this.#loading.get(number) ?? this.#fetch(number).finally(() => this.#loading.delete(number))
    this.#loading.set(number, loading)
    return loading
  }

  async #fetch(number: number): Promise<void> {
    const start = number * BLOCK * UNIT
    const block = new Uint8Array(Math.min(BLOCK * UNIT, this.#map.length - start))
    let at = 0
    for (const { pack, offset, length } of this.#map.slice(start, block.length)) {
      block.set(await this.#source.packRange(pack, offset, length, { signal: this.#signal }), at)
      at += length
    }
    this.#keep(number, block)
  }

  #keep(number: number, block: Uint8Array): void {
    this.#blocks.delete(number)
    this.#blocks.set(number, block)
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= KEPT) return
      this.#blocks.delete(oldest)
    }
  }
}
