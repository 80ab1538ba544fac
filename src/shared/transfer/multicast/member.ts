import type { DropReason, MulticastReport } from '../../contract/multicast.ts'
import type { Debts } from './debts.ts'

/** Milliseconds between two looks at a receiver, and how far back they reach. */
export const LOOK_EVERY = 250
const LOOKED_BACK = 4000
/** Milliseconds without a word: less patience for one that everybody waits for. */
const SILENT = 6000
const SILENT_AND_WAITED_FOR = 2500
/** A receiver that takes less than this share of what the others could take is served alone. */
const SLOW = 1 / 3
/** Share of the time in which everybody waited for it. */
const HOLDS_UP = 0.5
/** Share of datagrams that a healthy receiver may lose, and how many times more than the others. */
const LOSSY = 0.3
export const LOSSIER = 3
/** Milliseconds in which nothing that it asks for arrives, however often it is sent: something on the way to it always takes that out. */
const STUCK = 15_000
/** Weight of a new value in an average of losses. */
const FRESH = 0.3
/** Losses at a time of which the middle one is what it always loses. */
const STEADY = 5

/** The part of the others that may be as slow, or ask for as much, before that counts as what is usual. */
const FEW = 0.25

interface Look {
  at: number
  /** Units that were sent and that it had room for. */
  taken: number
  /** Milliseconds, of all so far, in which there was something for it to take. */
  occupied: number
  received: number
  lost: number
  /** Milliseconds, of all so far, that were lost because nothing could be sent before it goes on, and that it took to send for it again. */
  stalled: number
  repaired: number
}

/** What the sender sees of a receiver when it looks. */
export interface Sight {
  /** Units that were sent so far. */
  sent: number
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
  /** What it lost at a time, lately, and the look at which that was known last. */
  #losses: number[] = []
  #measured: Pick<Look, 'received' | 'lost'> = { received: 0, lost: 0 }
  #stalled = 0
  #repaired = 0
  readonly #debts: Debts
  readonly #looks: Look[] = []

  /** @param debts its own, also of before if it was here already */
  constructor(id: string, late: boolean, now: number, debts: Debts) {
    this.id = id
    this.late = late
    this.#debts = debts
    this.#heardAt = now
    this.#movedAt = now
  }

  /** Share of datagrams that it loses, 0–1, averaged over the last second or so. */
  get loss(): number {
    return this.#loss
  }

  /** The share that it always loses, if that is known, whatever it lost in a moment in which it had no time to read, or a switch no room. */
  get steadyLoss(): number | undefined {
    return this.#losses.length === 0 ? undefined : median(this.#losses)
  }

  /** Datagrams have another size from now on, and are lost as often as these are. */
  forgetLosses(): void {
    this.#losses = []
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
    this.#received = Math.max(this.#received, received)
    this.#lost = Math.max(this.#lost, lost)
  }

  /** Nothing could be sent for so long because its window is full, or it is behind. */
  stall(milliseconds: number): void {
    this.#stalled += milliseconds
  }

  /** Nothing could be sent for so long because of others, also not what it misses. */
  wait(milliseconds: number): void {
    this.#movedAt += milliseconds
  }

  /** It took so long to send again what it asks for. */
  repair(milliseconds: number): void {
    this.#repaired += milliseconds
  }

  /** Call it every LOOK_EVERY. */
  look(now: number, { sent, isBehind }: Sight): void {
    if (!this.isReady || this.have > this.#most || this.have >= Math.min(sent, this.limit)) this.#movedAt = now
    this.#most = Math.max(this.#most, this.have)
    const before = this.#looks.at(-1)
    // Whoever holds up the others has something to take, whatever it says.
    this.#occupied += isBehind ? now - (before?.at ?? now) : Math.max(this.#busy - this.#busyBefore, this.#stalled - (before?.stalled ?? 0))
    this.#busyBefore = this.#busy
    const look = {
      at: now, taken: Math.min(this.limit, sent), occupied: this.#occupied, received: this.#received, lost: this.#lost,
      stalled: this.#stalled, repaired: this.#repaired,
    }
    this.#looks.push(look)
    while (this.#looks.length > 2 && this.#looks[1]!.at <= now - LOOKED_BACK) this.#looks.shift()
    this.#measureLoss(look)
  }

  /**
   * Counts what it took of the others' time since the look before.
   * @param brake share of the rate that is not sent because of its losses
   * @param pace units per millisecond at which the sender would send
   */
  settle(others: readonly Member[], pace: number, brake: number): void {
    const [before, last] = this.#looks.slice(-2)
    if (others.length === 0 || !before || !last) return
    const elapsed = last.at - before.at
    const usual = quantile(others.map((other) => Math.min(pace, other.#capability())), FEW)
    // Without it the others would be the slowest; where they take nothing, nothing would be sent at all.
    const anyway = usual > 0 ? (last.taken - before.taken) * (1 / usual - 1 / pace) : elapsed
    this.#debts.add('slow', last.stalled - before.stalled - anyway, elapsed)
    const asked = last.repaired - before.repaired - quantile(others.map((other) => other.#repairedLately()), 1 - FEW)
    this.#debts.add('lossy', Math.max(0, asked) + brake * elapsed, elapsed)
  }

  /** It goes: what it took since the last look counts too, or whoever comes and goes would owe nothing. */
  settleRest(): void {
    const { stalled, repaired } = (this.#looks.length > 1 ? this.#looks.at(-1) : undefined) ?? { stalled: 0, repaired: 0 }
    this.#debts.add('slow', this.#stalled - stalled, 0)
    this.#debts.add('lossy', this.#repaired - repaired, 0)
  }

  /**
   * Why it is not to be waited for any more, if so. Everybody's pace is that of the slowest while they are together, so what counts is
   * how much each takes in the time in which data wait for it.
   * @param pace units per millisecond at which the sender would send, and which nobody has to outdo
   */
  verdict(others: readonly Member[], pace: number, now: number): DropReason | undefined {
    const silence = now - this.#heardAt
    if (silence >= SILENT || (silence >= SILENT_AND_WAITED_FOR && this.#stallsNow())) return 'silent'
    if (now - this.#movedAt >= STUCK) return 'lossy'
    if (this.#debts.tooMuch) return this.#debts.tooMuch
    const first = this.#looks[0]
    const last = this.#looks.at(-1)
    if (others.length === 0 || !first || !last || now - first.at < LOOKED_BACK) return undefined
    const waits = (last.stalled - first.stalled) / (last.at - first.at)
    if (waits >= HOLDS_UP && this.#capability() < median(others.map((other) => Math.min(pace, other.#capability()))) * SLOW) return 'slow'
    const usual = median(others.map((other) => other.#loss))
    return this.#loss > LOSSY && this.#loss > usual * LOSSIER ? 'lossy' : undefined
  }

  /** Units per millisecond that it could take: what it took in the time in which there was something to take. */
  #capability(): number {
    const first = this.#looks[0]
    const last = this.#looks.at(-1)
    if (!first || !last || last.occupied - first.occupied < LOOK_EVERY) return Infinity
    return (last.taken - first.taken) / (last.occupied - first.occupied)
  }

  #measureLoss(look: Look): void {
    const loss = lossBetween(this.#measured, look)
    if (loss === undefined) return
    this.#measured = look
    this.#loss += (loss - this.#loss) * FRESH
    this.#losses = [...this.#losses, loss].slice(-STEADY)
  }

  #stallsNow(): boolean {
    const [before, last] = this.#looks.slice(-2)
    return before !== undefined && last !== undefined && last.stalled > before.stalled
  }

  #repairedLately(): number {
    const [before, last] = this.#looks.slice(-2)
    return before && last ? last.repaired - before.repaired : 0
  }
}

/** Datagrams of which a share says something. */
const ENOUGH = 20

function lossBetween(before: Pick<Look, 'received' | 'lost'>, after: Look): number | undefined {
  const lost = Math.max(0, after.lost - before.lost)
  const sent = lost + after.received - before.received
  return sent < ENOUGH ? undefined : lost / sent
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** @param share of the values, 0–1, that are less; of an even number's two middle ones the higher */
function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
}
