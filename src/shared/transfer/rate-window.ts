const BUCKET = 500
const BUCKETS = 10

/** Bytes per second over the last five seconds. Without clocks: the caller says what time it is, in milliseconds. */
export class RateWindow {
  readonly #buckets = new Float64Array(BUCKETS)
  readonly #since: number
  /** The newest bucket, counted from the start of time. */
  #newest: number

  constructor(now: number) {
    this.#since = now
    this.#newest = Math.floor(now / BUCKET)
  }

  add(bytes: number, now: number): void {
    this.#forget(now)
    this.#buckets[this.#newest % BUCKETS]! += bytes
  }

  at(now: number): number {
    this.#forget(now)
    const span = Math.min(BUCKETS * BUCKET, Math.max(BUCKET, now - this.#since))
    return (this.#buckets.reduce((sum, bytes) => sum + bytes, 0) * 1000) / span
  }

  #forget(now: number): void {
    const bucket = Math.floor(now / BUCKET)
    for (let gone = Math.max(this.#newest + 1, bucket - BUCKETS + 1); gone <= bucket; gone += 1) this.#buckets[gone % BUCKETS] = 0
    this.#newest = Math.max(this.#newest, bucket)
  }
}
