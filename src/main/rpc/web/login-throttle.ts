/** Slows down guessing: after a few failures an address waits, each time twice as long. */
const FREE_FAILURES = 5
const LONGEST_WAIT = 5 * 60 * 1000
/** Milliseconds of good behaviour after which failures are forgotten. */
const MEMORY = 15 * 60 * 1000
const MAX_ADDRESSES = 10_000

export interface LoginThrottle {
  /** Milliseconds that this address has to wait before the next attempt; 0: go ahead. */
  wait(address: string): number
  failed(address: string): void
  succeeded(address: string): void
}

export function createLoginThrottle(now: () => number = Date.now): LoginThrottle {
  const failures = new Map<string, { count: number; at: number }>()
  return {
    wait(address) {
      const seen = failures.get(address)
      if (!seen || seen.count < FREE_FAILURES) return 0
      const pause = Math.min(LONGEST_WAIT, 1000 * 2 ** (seen.count - FREE_FAILURES))
      return Math.max(0, seen.at + pause - now())
    },
    failed(address) {
      const seen = failures.get(address)
      const count = seen && now() - seen.at < MEMORY ? seen.count + 1 : 1
      // Inserted anew, so that the first key is always the one longest unheard.
      failures.delete(address)
      failures.set(address, { count, at: now() })
      const [oldest] = failures.keys()
      if (failures.size > MAX_ADDRESSES && oldest !== undefined) failures.delete(oldest)
    },
    succeeded: (address) => void failures.delete(address),
  }
}
