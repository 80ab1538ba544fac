import { setTimeout as sleep } from 'node:timers/promises'
import { TokenBucket } from '#shared/transfer/token-bucket.ts'

/** Below this, waiting costs more than it holds back. */
const SHORTEST_WAIT = 5

/** Bytes that may go out at once, as time of the rate: long enough that timers of a millisecond do not slow it down. */
const BURST_SECONDS = 0.05

/** Holds whoever sends through it to a rate, all of them together. */
export class Throttle {
  readonly #rate: () => number | undefined
  #held: { rate: number; bucket: TokenBucket } | undefined

  /** @param rate bytes per second; one that may change at any time, undefined while nothing is held back */
  constructor(rate: number | (() => number | undefined)) {
    this.#rate = typeof rate === 'number' ? () => rate : rate
    this.#held = this.#current()
  }

  /** Whether there is a rate now. */
  get isHolding(): boolean {
    return this.#rate() !== undefined
  }

  /** Returns when these bytes may go. @throws AbortError */
  async pass(bytes: number, signal?: AbortSignal): Promise<void> {
    const held = this.#held = this.#current()
    if (!held) return
    const wait = held.bucket.take(bytes, performance.now())
    if (wait >= SHORTEST_WAIT) await sleep(wait, undefined, { signal })
  }

  #current(): { rate: number; bucket: TokenBucket } | undefined {
    const rate = this.#rate()
    if (rate === this.#held?.rate) return this.#held
    return rate === undefined ? undefined : { rate, bucket: new TokenBucket(rate, rate * BURST_SECONDS, performance.now()) }
  }
}
