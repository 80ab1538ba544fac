import { UNIT } from '../../wire/multicast.ts'

export interface WindowOptions {
  /** Bytes of the stream. */
  bytes: number
  /** Bytes that the window may hold. */
  capacity: number
  /** The first unit that will come. */
  from: number
  /** Whether what comes too early pushes out what is not taken yet. Otherwise it is refused, and has to be sent again. */
  slides: boolean
}

/** Units of a stream of so many bytes. */
export function unitsOf(bytes: number): number {
  return Math.ceil(bytes / UNIT)
}

/**
 * The part of a stream that a receiver holds in memory: a ring of units. Below `low` nothing is wanted any more, though it stays
 * readable until its place is needed; from `limit` on there is no room.
 */
export class StreamWindow {
  readonly units: number
  readonly bytes: number
  readonly #capacity: number
  readonly #slides: boolean
  readonly #memory: Uint8Array
  /** Which unit is in each place; −1: none. */
  readonly #places: Int32Array
  #low: number
  #have: number
  #highest = -1

  constructor({ bytes, capacity, from, slides }: WindowOptions) {
    this.bytes = bytes
    this.units = unitsOf(bytes)
    this.#capacity = Math.max(1, Math.min(unitsOf(capacity), this.units))
    this.#slides = slides
    this.#memory = new Uint8Array(this.#capacity * UNIT)
    this.#places = new Int32Array(this.#capacity).fill(-1)
    this.#low = from
    this.#have = from
  }

  get low(): number {
    return this.#low
  }

  get limit(): number {
    return Math.min(this.units, this.#low + this.#capacity)
  }

  /** Units from here on are still in memory, if they came: also those that are not wanted any more. */
  get held(): number {
    return Math.max(0, this.#highest + 1 - this.#capacity)
  }

  /** Every unit below it came, or is not wanted any more. */
  get have(): number {
    if (this.#have < this.#low) this.#have = this.#low
    while (this.#have < this.units && this.has(this.#have)) this.#have += 1
    return this.#have
  }

  has(unit: number): boolean {
    return this.#places[unit % this.#capacity] === unit
  }

  /** Whether a unit may be taken from memory now or later. */
  mayCome(unit: number): boolean {
    return unit >= this.#low || this.has(unit)
  }

  lengthOf(unit: number): number {
    return Math.min(UNIT, this.bytes - unit * UNIT)
  }

  /** A view of a unit that is here. */
  get(unit: number): Uint8Array {
    const at = (unit % this.#capacity) * UNIT
    return this.#memory.subarray(at, at + this.lengthOf(unit))
  }

  /** Keeps a unit. @returns whether it was wanted, new, and had room */
  put(unit: number, bytes: Uint8Array): boolean {
    if (unit >= this.units || unit < this.#low || this.has(unit)) return false
    if (unit >= this.limit) {
      if (!this.#slides) return false
      this.#low = unit - this.#capacity + 1
    }
    const place = unit % this.#capacity
    this.#memory.set(bytes, place * UNIT)
    this.#places[place] = unit
    this.#highest = Math.max(this.#highest, unit)
    return true
  }

  /** Nothing below `unit` is wanted any more. */
  pass(unit: number): void {
    this.#low = Math.max(this.#low, Math.min(unit, this.units))
  }

  /** Units below `end` that have not come and have room: first, how many, … `limit` ranges at most. */
  missing(end: number, limit: number): number[] {
    const ranges: number[] = []
    const stop = Math.min(end, this.limit)
    for (let unit = this.have; unit < stop; unit += 1) {
      if (this.has(unit)) continue
      const first = unit
      while (unit < stop && !this.has(unit)) unit += 1
      ranges.push(first, unit - first)
      if (ranges.length === limit * 2) break
    }
    return ranges
  }
}
