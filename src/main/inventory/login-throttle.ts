/**
 * Slows guessing down: after some wrong passwords a user's name, from one address, has to wait, twice as
 * long each time. By name and address together, so that a guesser elsewhere cannot lock anybody out.
 */
export const FREE_ATTEMPTS = 3
const FIRST_WAIT = 1000
const LONGEST_WAIT = 15 * 60_000
/** Pairs that are remembered; the oldest goes first. */
const REMEMBERED = 10_000

export interface LoginThrottle {
  /** Milliseconds until the next attempt is looked at; 0: now. */
  wait(user: string, address: string): number
  failed(user: string, address: string): void
  succeeded(user: string, address: string): void
}

export function createLoginThrottle(now: () => number): LoginThrottle {
  const attempts = new Map<string, { failures: number; at: number }>()
  const key = (user: string, address: string): string => `${address} ${user.toLowerCase()}`
  return {
    wait(user, address) {
      const last = attempts.get(key(user, address))
      if (!last || last.failures < FREE_ATTEMPTS) return 0
      const pause = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (last.failures - FREE_ATTEMPTS))
      return Math.max(0, last.at + pause - now())
    },
    failed(user, address) {
      const name = key(user, address)
      const failures = (attempts.get(name)?.failures ?? 0) + 1
      attempts.delete(name)
      attempts.set(name, { failures, at: now() })
      const [oldest] = attempts.keys()
      if (attempts.size > REMEMBERED && oldest !== undefined) attempts.delete(oldest)
    },
    succeeded: (user, address) => void attempts.delete(key(user, address)),
  }
}
