import type { Places } from '../places.ts'

/** Which places still have to be written: all of them at first. A place is closed when its bytes are on their way to the medium. */
export class OpenPlaces {
  readonly places: Places
  readonly #closed: Uint8Array

  constructor(places: Places) {
    this.places = places
    this.#closed = new Uint8Array(places.count)
  }

  isOpen(place: number): boolean {
    return this.#closed[place] === 0
  }

  close(place: number): void {
    this.#closed[place] = 1
  }

  /** Whether a chunk is wanted somewhere. */
  has(chunk: number): boolean {
    return this.places.of(chunk).some((place) => this.isOpen(place))
  }

  /** A place of a chunk that has it already. */
  holderOf(chunk: number): number | undefined {
    return this.places.of(chunk).find((place) => !this.isOpen(place))
  }

  /** Whether anything of a volume is to be written. */
  inVolume(volume: number): boolean {
    const { first, count } = this.places.range(volume)
    return this.#closed.subarray(first, first + count).includes(0)
  }

  /**
   * The closed places of a volume, as a bitmap, lowest bit first. A bit stands for 2^shift neighbouring places and is set
   * when all of them are closed; those that begin before `from` count as open.
   */
  list(volume: number, from: number, shift: number): Uint8Array {
    const { first, count } = this.places.range(volume)
    const group = 2 ** shift
    const bitmap = new Uint8Array(Math.ceil(Math.ceil(count / group) / 8))
    for (let at = 0; at < count; at += group) {
      const places = this.#closed.subarray(first + at, first + Math.min(at + group, count))
      if (this.places.offsetOf(first + at) < from || places.includes(0)) continue
      const bit = at / group
      bitmap[bit >>> 3]! |= 1 << (bit & 7)
    }
    return bitmap
  }

  /** Closes the places that a bitmap lists. */
  closeListed(volume: number, bitmap: Uint8Array, shift: number): void {
    const { first, count } = this.places.range(volume)
    for (let at = 0; at < count; at += 1) {
      const bit = Math.floor(at / 2 ** shift)
      if ((bitmap[bit >>> 3]! >> (bit & 7)) & 1) this.close(first + at)
    }
  }

  /** Closes the places of a volume that begin at `from` or after it. */
  closeFrom(volume: number, from: number): void {
    const { first, count } = this.places.range(volume)
    for (let place = first; place < first + count; place += 1) {
      if (this.places.offsetOf(place) >= from) this.close(place)
    }
  }
}
