import { MAX_MIXED } from '../../wire/multicast.ts'

/** What the queue needs to know of a receiver. */
export interface Receiver {
  /** Units below it are not in its memory any more. */
  readonly held: number
}

export interface Repair {
  /** Ascending. */
  units: number[]
  /** One datagram with all of them XORed; otherwise they follow one another. */
  mixed: boolean
}

/** Candidates that are looked at for one mixed repair. */
const LOOKED_AT = 64
const FARTHEST = 0xffff

/**
 * What receivers miss, all of them together: a unit is sent again once, however many miss it. Units that different receivers miss
 * are mixed into one datagram, from which each takes the one that it lacks.
 */
export class RepairQueue<R extends Receiver = Receiver> {
  /** Who misses a unit; in the order in which they were first asked for. */
  readonly #missedBy = new Map<number, Set<R>>()
  readonly #askedFor = new Map<R, number[]>()
  /** The sequence number under which a unit was sent again last. */
  readonly #sentAgain = new Map<number, number>()

  get isEmpty(): boolean {
    return this.#missedBy.size === 0
  }

  /**
   * Replaces what a receiver misses.
   * @param missing first unit, how many, …
   * @param seq what was sent again under a higher number may be on its way
   */
  report(receiver: R, missing: readonly number[], seq: number): void {
    this.remove(receiver)
    const asked: number[] = []
    for (let at = 0; at < missing.length; at += 2) {
      const first = missing[at] ?? 0
      for (let unit = first; unit < first + (missing[at + 1] ?? 0); unit += 1) {
        if ((this.#sentAgain.get(unit) ?? -1) > seq) continue
        asked.push(unit)
        const others = this.#missedBy.get(unit)
        if (others) others.add(receiver)
        else this.#missedBy.set(unit, new Set([receiver]))
      }
    }
    this.#askedFor.set(receiver, asked)
  }

  /** Nothing is sent again for a receiver any more. */
  remove(receiver: R): void {
    for (const unit of this.#askedFor.get(receiver) ?? []) {
      const others = this.#missedBy.get(unit)
      others?.delete(receiver)
      if (others?.size === 0) this.#missedBy.delete(unit)
    }
    this.#askedFor.delete(receiver)
  }

  /** What to send again next. @param most units of a datagram; of one, others may be mixed into it */
  next(most: number): Repair | undefined {
    for (const [unit, receivers] of this.#missedBy) {
      if (most > 1) return { units: this.#run(unit, most), mixed: false }
      const units = this.#sentAgain.has(unit) ? [unit] : this.#mix(unit, receivers)
      return { units, mixed: units.length > 1 }
    }
    return undefined
  }

  /** Those that miss a unit. */
  missing(unit: number): Iterable<R> {
    return this.#missedBy.get(unit) ?? []
  }

  /** Takes note of what was sent. */
  sent({ units }: Repair, seq: number): void {
    for (const unit of units) {
      this.#missedBy.delete(unit)
      this.#sentAgain.set(unit, seq)
    }
  }

  /** Every receiver has the units below. */
  forgetBelow(unit: number): void {
    for (const repaired of this.#sentAgain.keys()) if (repaired < unit) this.#sentAgain.delete(repaired)
  }

  #run(first: number, most: number): number[] {
    const units = [first]
    while (units.length < most && this.#missedBy.has(first + units.length)) units.push(first + units.length)
    return units
  }

  /** Units of which no receiver misses two, and that everybody concerned still has in memory. */
  #mix(first: number, receivers: ReadonlySet<R>): number[] {
    const units = [first]
    const concerned = new Set<R>(receivers)
    let looked = 0
    for (const [unit, others] of this.#missedBy) {
      if (units.length === MAX_MIXED || looked === LOOKED_AT) break
      looked += 1
      if (unit === first || this.#sentAgain.has(unit) || intersect(concerned, others)) continue
      const lowest = Math.min(...units, unit)
      if (Math.max(...units, unit) - lowest > FARTHEST) continue
      if (![...concerned, ...others].every(({ held }) => held <= lowest)) continue
      units.push(unit)
      for (const other of others) concerned.add(other)
    }
    return units.sort((a, b) => a - b)
  }
}

function intersect<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  for (const each of b) if (a.has(each)) return true
  return false
}
