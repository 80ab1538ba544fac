/** Datagrams behind the newest that are still told apart; what is older counts as a repetition. */
const SPAN = 4096

/**
 * Lets each sequence number through once (as RFC 4303, section 3.4.3, does it), and counts what never came. Whoever captures a
 * datagram and sends it again gains nothing by it.
 */
export class ReplayWindow {
  readonly #seen = new Uint8Array(SPAN)
  #first = -1
  #highest = -1
  #received = 0

  /** −1 while nothing has come. */
  get highest(): number {
    return this.#highest
  }

  /** Different datagrams that came. */
  get received(): number {
    return this.#received
  }

  /** Datagrams that were sent since the first one that came, and have not come. */
  get lost(): number {
    return this.#first < 0 ? 0 : this.#highest - this.#first + 1 - this.#received
  }

  /** Says whether a datagram is new, and takes note of it. */
  accept(seq: number): boolean {
    if (this.#first < 0) this.#begin(seq)
    if (seq < this.#first || seq <= this.#highest - SPAN) return false
    if (seq > this.#highest) this.#advance(seq)
    if (this.#seen[seq % SPAN] === 1) return false
    this.#seen[seq % SPAN] = 1
    this.#received += 1
    return true
  }

  #begin(seq: number): void {
    this.#first = seq
    this.#highest = seq - 1
  }

  #advance(seq: number): void {
    if (seq - this.#highest >= SPAN) this.#seen.fill(0)
    else for (let skipped = this.#highest + 1; skipped <= seq; skipped += 1) this.#seen[skipped % SPAN] = 0
    this.#highest = seq
  }
}
