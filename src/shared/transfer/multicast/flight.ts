/** Milliseconds between two marks. */
const STEP = 25

/** When datagrams were sent, to within 25 ms: how long what a receiver has not seen yet is on its way to it. */
export class Flight {
  /** In order; each stands for the datagrams from its own up to the next one's. */
  readonly #marks: { seq: number; at: number }[] = []

  sent(seq: number, now: number): void {
    const last = this.#marks.at(-1)
    if (last === undefined || now - last.at >= STEP) this.#marks.push({ seq, at: now })
  }

  /** @param seen number of the highest datagram that came @returns milliseconds since the next one went; 0 where there is none */
  age(seen: number, now: number): number {
    const next = this.#marks.find(({ seq }) => seq > seen)
    return next === undefined ? 0 : now - next.at
  }

  /** Nobody that counts will have seen less. */
  forgetUntil(seen: number): void {
    while (this.#marks[0] !== undefined && this.#marks[0].seq <= seen) this.#marks.shift()
  }
}
