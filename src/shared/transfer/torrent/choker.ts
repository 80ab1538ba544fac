/**
 * Milliseconds between two rounds, and how long the slot that is given by chance stays with whom it was given to (BEP
 * 3).
 */
export const CHOKE_EVERY = 10_000
const OPTIMISTIC_FOR = 30_000

export interface ChokeCandidate<Peer> {
  peer: Peer
  /** Wants something that we have. */
  interested: boolean
  /** Bytes per second that it sends us. */
  rate: number
  /** Bytes that it has got from us so far. */
  sent: number
  /** Known to belong here: it comes before all who are not. */
  isMember: boolean
}

/**
 * Decides whom we send to: to those who send us most, and while nobody sends us anything (a seed) to those who have got
 * least; to members before strangers. One slot goes by chance to somebody else and stays there for half a minute, so that newcomers get something to
 * exchange and better partners are found.
 */
export class Choker<Peer> {
  readonly #slots: number
  readonly #random: () => number
  #optimistic: Peer | undefined
  #optimisticSince = -Infinity

  /** @param slots peers that are sent to at once. @param random 0 ≤ value < 1 */
  constructor(slots: number, random: () => number) {
    this.#slots = slots
    this.#random = random
  }

  /** Who may ask from now on; all others are choked. @param now milliseconds */
  round(candidates: readonly ChokeCandidate<Peer>[], seeding: boolean, now: number): Set<Peer> {
    const interested = candidates.filter((candidate) => candidate.interested)
    if (interested.length <= this.#slots) return new Set(interested.map(({ peer }) => peer))
    const ranked = interested
      .toSorted((a, b) => Number(b.isMember) - Number(a.isMember) || (seeding ? a.sent - b.sent : b.rate - a.rate)).map(({ peer }) => peer)
    const kept = now - this.#optimisticSince < OPTIMISTIC_FOR ? ranked.find((peer) => peer === this.#optimistic) : undefined
    const best = ranked.filter((peer) => peer !== kept).slice(0, this.#slots - 1)
    const optimistic = kept ?? this.#choose(ranked.filter((peer) => !best.includes(peer)), now)
    return new Set([...best, ...(optimistic === undefined ? [] : [optimistic])])
  }

  #choose(others: readonly Peer[], now: number): Peer | undefined {
    this.#optimistic = others[Math.floor(this.#random() * others.length)]
    this.#optimisticSince = now
    return this.#optimistic
  }
}
