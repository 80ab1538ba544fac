import { retryDelay } from '#shared/transfer/torrent/rules.ts'
import type { PeerAddress } from '#shared/wire/bittorrent/tracker.ts'

/** Addresses that are remembered: those of a large school. */
const MAX_CANDIDATES = 1000
/** Attempts in a row that fail before an address is forgotten; a tracker that still knows it tells it again. */
const MAX_FAILURES = 20

interface Candidate {
  address: PeerAddress
  state: 'waiting' | 'dialing' | 'connected'
  failures: number
  /** Milliseconds. */
  dueAt: number
}

export interface Call {
  /** There is a connection now. */
  answered: () => void
  /** There is none, or none any more. */
  ended: (now: number) => void
}

/**
 * Who could be called, and when: a peer (or the console) that went away is called again and again for a while, less and
 * less often.
 */
export class Candidates {
  readonly #random: () => number
  readonly #candidates = new Map<string, Candidate>()

  constructor(random: () => number) {
    this.#random = random
  }

  /** Calls that have not been answered. */
  get dialing(): number {
    return [...this.#candidates.values()].filter(({ state }) => state === 'dialing').length
  }

  add(addresses: readonly PeerAddress[]): void {
    for (const address of addresses) {
      const key = keyOf(address)
      if (address.port === 0 || this.#candidates.has(key) || this.#candidates.size >= MAX_CANDIDATES) continue
      this.#candidates.set(key, { address, state: 'waiting', failures: 0, dueAt: 0 })
    }
  }

  /** Those to call now, the ones that failed least first. */
  due(most: number, now: number, isWanted: (address: PeerAddress) => boolean = () => true): PeerAddress[] {
    if (most <= 0) return []
    return [...this.#candidates.values()].filter(({ state, dueAt, address }) => state === 'waiting' && dueAt <= now && isWanted(address))
      .toSorted((a, b) => a.failures - b.failures).slice(0, most).map(({ address }) => address)
  }

  /** A call begins. */
  called(address: PeerAddress): Call {
    const candidate = this.#candidates.get(keyOf(address)) ?? { address, state: 'waiting', failures: 0, dueAt: 0 }
    candidate.state = 'dialing'
    return {
      answered: () => {
        candidate.state = 'connected'
        candidate.failures = 0
      },
      ended: (now) => {
        candidate.state = 'waiting'
        candidate.failures += 1
        candidate.dueAt = now + retryDelay(candidate.failures, this.#random)
        if (candidate.failures > MAX_FAILURES) this.#candidates.delete(keyOf(address))
      },
    }
  }
}

function keyOf({ host, port }: PeerAddress): string {
  return `${host}:${port}`
}
