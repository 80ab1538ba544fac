import { setTimeout as sleep } from 'node:timers/promises'
import { TokenBucket } from '#shared/transfer/token-bucket.ts'

/** Below this, waiting costs more than it holds back. */
const SHORTEST_WAIT = 5

/** Bytes that may go out at once, as time of the rate: long enough that timers of a millisecond do not slow it down. */
const BURST_SECONDS = 0.05

/** Holds whoever sends through it to a rate, all of them together. */
export class Throttle {
  readonly #bucket: TokenBucket

  /** @param rate bytes per second */
  constructor(rate: number) {
    this.#bucket = new TokenBucket(rate, rate * BURST_SECONDS, performance.now())
  }

  /** Returns when these bytes may go. @throws AbortError */
  async pass(bytes: number, signal?: AbortSignal): Promise<void> {
    const wait = this.#bucket.take(bytes, performance.now())
    if (wait >= SHORTEST_WAIT) await sleep(wait, undefined, { signal })
  }
}
