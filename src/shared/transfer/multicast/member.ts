import type { DropReason, MulticastReport } from '../../contract/multicast.ts'

/** Milliseconds between two looks at a receiver, and how far back they reach. */
export const LOOK_EVERY = 250
const LOOKED_BACK = 4000
/** Milliseconds without a word: less patience for one that everybody waits for. */
const SILENT = 6000
const SILENT_AND_WAITED_FOR = 2500
/** A receiver that takes less than this share of what the others could take is served alone. */
const SLOW = 1 / 3
/** Share of looks at which everybody waited for it. */
const HOLDS_UP = 0.5
/** Share of datagrams that a healthy receiver may lose, and how many times more than the others. */
const LOSSY = 0.3
const LOSSIER = 3
/** Milliseconds in which nothing that it asks for arrives, however often it is sent: something on the way to it always takes that out. */
const STUCK = 15_000
/** Weight of a new value in an average of losses. */
const FRESH = 0.3

interface Look {
  at: number
  limit: number
  /** Milliseconds, of all so far, in which there was something for it to take. */
  occupied: number
  received: number
  lost: number
  /** Whether nothing could be sent because of this receiver. */
  holdsUp: boolean
}

/** What the sender sees of a receiver when it looks. */
export interface Sight {
  /** Units that were sent so far. */
  sent: number
  /** Whether nothing can be sent because of it: its window is full, or it is behind. */
  holdsUp: boolean
  /** What was sent long ago has not come to it: it lies in a switch, or in its own system, which nobody reads. */
  isBehind: boolean
}

/** What the sender knows of a receiver. */
export class Member {
  readonly id: string
  /** It came after the start: it takes what it can, and nobody waits for it. */
  readonly late: boolean
  isReady = false
  have = 0
  held = 0
  limit = 0
  /** Number of the highest datagram that it is known to have seen. */
  seen = -1
  /** When it was looked at last what it misses. */
  repairsAt = -Infinity
  #heardAt: number
  /** When more of the stream was here than ever, or nothing that it has room for was missing. */
  #movedAt: number
  #most = 0
  #busy = 0
  #occupied = 0
  #busyBefore = 0
  #received = 0
  #lost = 0
  #loss = 0
  readonly #looks: Look[] = []

  constructor(id: string, late: boolean, now: number) {
    this.id = id
    this.late = late
    this.#heardAt = now
    this.#movedAt = now
  }

  /** Share of datagrams that it loses, 0–1, averaged over the last second or so. */
  get loss(): number {
    return this.#loss
  }

  /** It is there to see what comes after the datagram `seen`. */
  begin(now: number, seen: number): void {
    this.#heardAt = now
    this.seen = seen
  }

  hear(now: number): void {
    this.#heardAt = now
  }

  /** Nobody listened to it for a while, or sent it anything: that is not its fault. */
  excuse(now: number): void {
    this.#heardAt = now
    this.#movedAt = now
  }

  take({ seq, have, held, limit, busy, received, lost }: MulticastReport): void {
    this.seen = Math.max(this.seen, seq)
    this.have = have
    this.held = held
    this.limit = limit
    this.#busy = busy
    this.#received = received
    this.#lost = lost
  }

  /** Call it every LOOK_EVERY. */
  look(now: number, { sent, holdsUp, isBehind }: Sight): void {
    if (!this.isReady || this.have > this.#most || this.have >= Math.min(sent, this.limit)) this.#movedAt = now
    this.#most = Math.max(this.#most, this.have)
    const before = this.#looks.at(-1)
    this.#occupied += isBehind ? now - (before?.at ?? now) : this.#busy - this.#busyBefore
    this.#busyBefore = this.#busy
    const look = { at: now, limit: this.limit, occupied: this.#occupied, received: this.#received, lost: this.#lost, holdsUp }
    this.#looks.push(look)
    while (this.#looks.length > 2 && this.#looks[1]!.at <= now - LOOKED_BACK) this.#looks.shift()
    const loss = before && lossBetween(before, look)
    if (loss !== undefined) this.#loss += (loss - this.#loss) * FRESH
  }

  /**
   * Why it is not to be waited for any more, if so. Everybody's pace is that of the slowest while they are together, so what counts is
   * how much each takes in the time in which data wait for it.
   * @param pace units per millisecond at which the sender would send, and which nobody has to outdo
   */
  verdict(others: readonly Member[], pace: number, now: number): DropReason | undefined {
    const silence = now - this.#heardAt
    if (silence >= SILENT || (silence >= SILENT_AND_WAITED_FOR && this.#looks.at(-1)?.holdsUp)) return 'silent'
    if (now - this.#movedAt >= STUCK) return 'lossy'
    const first = this.#looks[0]
    if (others.length === 0 || !first || now - first.at < LOOKED_BACK) return undefined
    const waits = this.#looks.filter(({ holdsUp }) => holdsUp).length / this.#looks.length
    if (waits >= HOLDS_UP && this.#capability() < median(others.map((other) => Math.min(pace, other.#capability()))) * SLOW) return 'slow'
    const usual = median(others.map((other) => other.#loss))
    return this.#loss > LOSSY && this.#loss > usual * LOSSIER ? 'lossy' : undefined
  }

  /** Units per millisecond that it could take: what it took in the time in which there was something to take. */
  #capability(): number {
    const first = this.#looks[0]
    const last = this.#looks.at(-1)
    if (!first || !last || last.occupied - first.occupied < LOOK_EVERY) return Infinity
    return (last.limit - first.limit) / (last.occupied - first.occupied)
  }
}

/** Datagrams of which a share says something. */
const ENOUGH = 20

function lossBetween(before: Look, after: Look): number | undefined {
  const lost = Math.max(0, after.lost - before.lost)
  const sent = lost + after.received - before.received
  return sent < ENOUGH ? undefined : lost / sent
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
