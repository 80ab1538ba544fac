/** Units of a datagram by how often one is lost: many cost less, and each of their fragments can lose all of them. */
const SIZES = [{ units: 44, loss: 0.00005 }, { units: 16, loss: 0.00025 }, { units: 4, loss: 0.001 }, { units: 1, loss: 1 }] as const
/**
 * Milliseconds for which a size that lost too much is not tried again, and for which at the most: twice as long each time. Fragments of
 * which one is lost stay in a receiver's system for 30 s (Linux: net.ipv4.ipfrag_time), and when they fill its room (ipfrag_high_thresh, 4 MiB)
 * it takes no fragments at all until then.
 */
const REFUSED = 30_000
const REFUSED_AT_MOST = 300_000
/** Whoever loses so much takes no fragments, and the next size would only show it once more. */
const NO_FRAGMENTS = 0.5

/** How many units go in a datagram: as many as losses allow, one to begin with. */
export class DatagramSize {
  #units = 1
  #refused = { units: Infinity, until: -Infinity }
  #patience = REFUSED
  /** Nothing is known of this size but what went last before it, or came in one moment. */
  #isNew = true

  get units(): number {
    return this.#units
  }

  /**
   * @param loss share of datagrams of this size that the worst receiver always loses, 0–1
   * @returns whether it is another size now
   */
  sample(loss: number, now: number): boolean {
    const before = this.#units
    const each = loss / before
    const fitting = SIZES.find((size) => each <= size.loss)?.units ?? 1
    const isNew = this.#isNew
    this.#isNew = false
    if (fitting < before) {
      if (isNew) return false
      this.#refuse(loss < NO_FRAGMENTS ? before : 2, now)
    }
    const isRefused = (units: number): boolean => now < this.#refused.until && units >= this.#refused.units
    this.#units = SIZES.find(({ units }) => units <= fitting && !isRefused(units))?.units ?? 1
    this.#isNew = this.#units !== before
    return this.#isNew
  }

  #refuse(units: number, now: number): void {
    this.#refused = { units, until: now + this.#patience }
    this.#patience = Math.min(this.#patience * 2, REFUSED_AT_MOST)
  }
}
