/**
 * How fast something may be sent: credit grows with time up to a burst, and is spent by what is sent. What is larger
 * than the burst goes out at once and leaves a debt, so that no size is refused. Without clocks: the caller says what time it is.
 */
export class TokenBucket {
  readonly #rate: number
  readonly #burst: number
  #credit: number
  #at: number

  /**
   * @param rate bytes per second
   * @param burst bytes that may go out at once after a rest
   * @param now milliseconds, of any clock that only goes forward
   */
  constructor(rate: number, burst: number, now: number) {
    this.#rate = rate
    this.#burst = burst
    this.#credit = burst
    this.#at = now
  }

  /** Spends bytes. @returns milliseconds to wait before they are sent; 0 when they may go now */
  take(bytes: number, now: number): number {
    const elapsed = Math.max(0, now - this.#at)
    this.#at = Math.max(this.#at, now)
    this.#credit = Math.min(this.#burst, this.#credit + (elapsed * this.#rate) / 1000) - bytes
    return this.#credit >= 0 ? 0 : (-this.#credit * 1000) / this.#rate
  }
}
