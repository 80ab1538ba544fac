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

/** Units of a block of memory: what nobody needs any more is used again before more is taken. */
const BLOCK = 64
/** Units below `low` that stay readable, at the least: some seconds of 100 Mbit/s, in which others' repairs are mixed with them. */
const KEPT = Math.ceil((16 * 1024 * 1024) / UNIT)

/**
 * The part of a stream that a receiver holds in memory: a ring of units. Below `low` nothing is wanted any more, though it stays
 * readable for a while; from `limit` on there is no room. Takes memory for what it holds, not for what it might.
 */
export class StreamWindow {
  readonly units: number
  readonly bytes: number
  readonly #capacity: number
  readonly #slides: boolean
  /** Memory of the ring's places, BLOCK at a time, and what is free. */
  readonly #blocks: (Uint8Array | undefined)[] = []
  readonly #free: Uint8Array[] = []
  /** Which unit is in each place; −1: none. */
  readonly #places: Int32Array
  #low: number
  #have: number
  #highest = -1
  /** The first unit whose block was not given up yet. */
  #kept: number

  constructor({ bytes, capacity, from, slides }: WindowOptions) {
    this.bytes = bytes
    this.units = unitsOf(bytes)
    this.#capacity = Math.max(1, Math.min(unitsOf(capacity), this.units))
    this.#slides = slides
    this.#places = new Int32Array(this.#capacity).fill(-1)
    this.#low = from
    this.#have = from
    this.#kept = from - ((from % this.#capacity) % BLOCK)
  }

  get low(): number {
    return this.#low
  }

  get limit(): number {
    return Math.min(this.units, this.#low + this.#capacity)
  }

  /** Units from here on are still in memory, if they came: also those that are not wanted any more. */
  get held(): number {
    return Math.max(0, this.#kept, this.#highest + 1 - this.#capacity)
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
    return this.#piece(unit, 1)
  }

  /** A view of a unit that is here, and of those behind it that are here and lie next to it in memory. */
  getMany(unit: number): Uint8Array {
    const most = this.#blockEnd(unit) - unit
    let count = 1
    while (count < most && this.has(unit + count)) count += 1
    return this.#piece(unit, count)
  }

  /** Keeps a unit. @returns whether it was wanted, new, and had room */
  put(unit: number, bytes: Uint8Array): boolean {
    if (unit >= this.units || unit < this.#low || this.has(unit)) return false
    if (unit >= this.limit) {
      if (!this.#slides) return false
      this.#low = unit - this.#capacity + 1
    }
    const place = unit % this.#capacity
    const block = this.#blocks[Math.floor(place / BLOCK)] ??= this.#free.pop() ?? new Uint8Array(BLOCK * UNIT)
    block.set(bytes, (place % BLOCK) * UNIT)
    this.#places[place] = unit
    this.#highest = Math.max(this.#highest, unit)
    return true
  }

  /** Nothing below `unit` is wanted any more. */
  pass(unit: number): void {
    this.#low = Math.max(this.#low, Math.min(unit, this.units))
    for (let end = this.#blockEnd(this.#kept); end <= this.#low - KEPT; end = this.#blockEnd(this.#kept)) {
      this.#giveUp(this.#kept, end)
      this.#kept = end
    }
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

  /** The first unit behind one that is in another block. */
  #blockEnd(unit: number): number {
    const place = unit % this.#capacity
    return unit + Math.min(BLOCK - (place % BLOCK), this.#capacity - place)
  }

  #piece(unit: number, count: number): Uint8Array {
    const place = unit % this.#capacity
    const at = (place % BLOCK) * UNIT
    const block = this.#blocks[Math.floor(place / BLOCK)]
    if (!block) throw new RangeError(`unit ${unit} is not here`)
    return block.subarray(at, at + Math.min(count * UNIT, this.bytes - unit * UNIT))
  }

  /** Frees the block of units up to `end`, unless the ring's next round is in it already. */
  #giveUp(unit: number, end: number): void {
    const place = unit % this.#capacity
    const block = this.#blocks[Math.floor(place / BLOCK)]
    if (!block || this.#highest >= unit + this.#capacity) return
    this.#free.push(block)
    this.#blocks[Math.floor(place / BLOCK)] = undefined
    this.#places.fill(-1, place, place + end - unit)
  }
}
