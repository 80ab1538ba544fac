/** Share of everybody's time that a receiver may take all the time, in each way, and milliseconds beyond that in all. */
const SHARE = { slow: 0.1, lossy: 0.05 } as const
const PATIENCE = 15_000

/**
 * What one receiver took of everybody's time. It counts what the sender did because of it, and not what it says of itself, so that one that
 * lies is served alone at last as well. It stays its own when it leaves and comes back.
 */
export class Debts {
  /** Milliseconds in which nothing could be sent because of it; and in which something was sent again for it, or nothing because of its losses. */
  readonly #owed = { slow: 0, lossy: 0 }

  /**
   * @param cost milliseconds that it took in the last `elapsed`; less than none where the others would have lost more without it
   */
  add(way: 'slow' | 'lossy', cost: number, elapsed: number): void {
    this.#owed[way] = Math.max(0, this.#owed[way] + cost - elapsed * SHARE[way])
  }

  /** How it took too much, if it did. */
  get tooMuch(): 'slow' | 'lossy' | undefined {
    const { slow, lossy } = this.#owed
    if (slow + lossy <= PATIENCE) return undefined
    return slow > lossy ? 'slow' : 'lossy'
  }
}
