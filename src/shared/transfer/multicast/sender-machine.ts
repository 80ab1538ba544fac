import type { DropReason, MulticastReport } from '../../contract/multicast.ts'
import { UNIT } from '../../wire/multicast.ts'
import { Debts } from './debts.ts'
import { DatagramSize } from './datagram-size.ts'
import { Flight } from './flight.ts'
import { LOOK_EVERY, LOSSIER, median, Member } from './member.ts'
import { Pacer, wireBytes } from './pacer.ts'
import { RateControl } from './rate-control.ts'
import { RepairQueue, type Repair } from './repair-queue.ts'

export interface SenderOptions {
  /** Units of the stream. */
  units: number
  /** Receivers that the start waits for, milliseconds that it waits for them at most, and receivers that may be. */
  expected: number
  maxWait: number
  maxClients: number
  /** Bytes per second on the wire. */
  speed: number
  /** Milliseconds between two reports of a receiver. */
  reportEvery: number
  now: number
}

/** What the sender is to do next. `seq` is the datagram's number. */
export type SenderAction =
  | { do: 'data'; seq: number; first: number; count: number }
  | { do: 'mixed'; seq: number; units: readonly number[] }
  | { do: 'position'; seq: number; unit: number }
  /** Nothing before this moment, unless something is heard. */
  | { do: 'wait'; until: number }
  | { do: 'end' }

export type SenderEvent =
  | { type: 'start'; receivers: number }
  | { type: 'dropped'; id: string; reason: DropReason }

export interface SenderFigures {
  phase: 'lobby' | 'sending' | 'ended'
  /** Units that were sent at least once, of how many; datagrams; units that were sent again, and mixed datagrams that did it. */
  sent: number
  units: number
  datagrams: number
  repaired: number
  mixed: number
  /** Bytes per second on the wire that are allowed now. */
  rate: number
  receivers: { id: string; ready: boolean; late: boolean; have: number; loss: number }[]
}

/** Milliseconds between two positions: before the start, while nothing can be sent, and at any time (for whoever comes late). */
const LOBBY_POSITION = 200
const IDLE_POSITION = 25
const ANY_POSITION = 100
/** Milliseconds between the beginnings of two rounds of repairs: a report of everybody comes in between. */
const ROUND = 60
/**
 * Milliseconds of a round after which the stream goes on between its repairs, so that nobody can hold it up by what he asks for; and
 * those within which one receiver's repairs are looked at once, however often it reports: receivers wait 50 at the least.
 */
const LONG_ROUND = 1000
const REPORTS_APART = 20
/**
 * Milliseconds for which the oldest datagram that somebody has not seen may be on its way. More of them would only lie in his system's
 * buffer, whose end loses what comes after and whose beginning hides it for seconds. Reports come every 50 to 250.
 */
const FAR_AHEAD = 600
/** In a large class reports are rarer, and what one says of is as old as two: as many have to come. */
const REPORTS_AHEAD = 3
/** Looks at the receivers for each look at the rate. */
const LOOKS_PER_SAMPLE = 2
/** Milliseconds without a look after which this end itself stood still: a laptop slept, a cable was out. */
const STOOD_STILL = 1000
/** Datagrams without which a share of them says nothing. */
const ENOUGH = 30
/**
 * Milliseconds that whoever lacks something has when everything was sent: as long as that took, or so long if it took less; late ones
 * less, counted from when nobody else lacks anything.
 */
const REST = 30_000
const REST_OF_LATE_ONES = 4000

/** The sender without sockets and clocks: hears receivers, and says which datagram goes next and when. */
export class SenderMachine {
  readonly #options: SenderOptions
  readonly #members = new Map<string, Member>()
  readonly #debts = new Map<string, Debts>()
  readonly #repairs = new RepairQueue<Member>()
  readonly #flight = new Flight()
  readonly #rate: RateControl
  readonly #pacer: Pacer
  readonly #events: SenderEvent[] = []
  #phase: SenderFigures['phase'] = 'lobby'
  /** Those because of which nothing could be sent when it was last to be. */
  #awaited: readonly Member[] = []
  /** Receivers that came before the start and went. */
  #gone = 0
  /** When the first unit was sent, when all of them were, and when nobody lacked anything but late ones. */
  #startedAt = Infinity
  #sentAllAt: number | undefined
  #othersDoneAt: number | undefined
  #seq = 0
  #sent = 0
  /** Units of a datagram: one until losses are known. */
  readonly #size = new DatagramSize()
  readonly #farAhead: number
  #repaired = 0
  #mixed = 0
  #inRound = false
  #roundAt = -Infinity
  #isRepairNext = false
  #positionAt = -Infinity
  #sendAt = -Infinity
  #lookAt: number
  #looks = 0
  #sample: { at: number; bytes: number; datagrams: number }

  constructor(options: SenderOptions) {
    this.#options = options
    this.#farAhead = Math.max(FAR_AHEAD, REPORTS_AHEAD * options.reportEvery)
    this.#rate = new RateControl(options.speed)
    this.#pacer = new Pacer(options.speed, options.now)
    this.#lookAt = options.now
    this.#sample = { at: options.now, bytes: 0, datagrams: 0 }
  }

  get figures(): SenderFigures {
    return {
      phase: this.#phase, sent: this.#sent, units: this.#options.units, datagrams: this.#seq, repaired: this.#repaired, mixed: this.#mixed,
      rate: this.#rate.rate,
      receivers: [...this.#members.values()].map(({ id, isReady, late, have, loss }) => ({ id, ready: isReady, late, have, loss })),
    }
  }

  /**
   * A receiver wants to take part.
   * @returns whether it comes late; `undefined` when it is here already, there is no room, it held up the others before, or the session is over
   */
  join(id: string, now: number): { late: boolean } | undefined {
    if (this.#phase === 'ended' || this.#members.has(id) || this.#members.size >= this.#options.maxClients) return undefined
    const debts = this.#debts.get(id) ?? new Debts()
    if (debts.tooMuch) return undefined
    this.#debts.set(id, debts)
    const late = this.#phase !== 'lobby'
    this.#members.set(id, new Member(id, late, now, debts))
    return { late }
  }

  has(id: string): boolean {
    return this.#members.has(id)
  }

  ready(id: string, limit: number, now: number): void {
    const member = this.#members.get(id)
    if (!member) return
    member.isReady = true
    member.limit = limit
    member.begin(now, this.#seq)
  }

  report(id: string, report: MulticastReport, now: number): void {
    const member = this.#members.get(id)
    if (!member) return
    member.hear(now)
    member.take(report)
    if (now < member.repairsAt + REPORTS_APART) return
    member.repairsAt = now
    this.#repairs.report(member, clipMissing(report.missing, this.#sent), report.seq)
  }

  /** A receiver has all that it wants, gave up, or its channel was closed. */
  leave(id: string): void {
    const member = this.#members.get(id)
    if (!member) return
    member.settleRest()
    this.#members.delete(id)
    this.#repairs.remove(member)
    if (this.#phase === 'lobby') this.#gone += 1
  }

  /** What happened since the last call. */
  takeEvents(): SenderEvent[] {
    return this.#events.splice(0)
  }

  next(now: number): SenderAction {
    if (this.#phase === 'lobby') this.#startIfDue(now)
    if (this.#phase === 'lobby') return this.#idle(now, LOBBY_POSITION)
    this.#look(now)
    if (this.#phase === 'ended' || this.#isComplete()) return this.#end()
    const wait = this.#pacer.wait(now)
    this.#chargeWait()
    if (wait > 0) return { do: 'wait', until: now + wait }
    if (now - this.#positionAt >= ANY_POSITION) return this.#position(now)
    const { limit, seen } = this.#bounds()
    this.#flight.forgetUntil(seen)
    if (this.#flight.age(seen, now) >= this.#farAhead) return this.#await((member) => this.#isBehind(member, now), now, ANY_POSITION)
    if (this.#sent < limit && this.#inRound && now >= this.#roundAt + LONG_ROUND) {
      this.#isRepairNext = !this.#isRepairNext
      if (!this.#isRepairNext) return this.#data(Math.min(this.#size.units, limit - this.#sent), now)
    }
    const repair = this.#nextRepair(this.#sent >= limit, now)
    if (repair) return this.#repair(repair, now)
    if (this.#sent < limit) return this.#data(Math.min(this.#size.units, limit - this.#sent), now)
    return this.#await((member) => member.limit <= this.#sent, now, IDLE_POSITION)
  }

  #startIfDue(now: number): void {
    const { expected, maxWait, now: begun } = this.#options
    const members = [...this.#members.values()]
    const ready = members.filter(({ isReady }) => isReady).length
    const over = now >= begun + maxWait
    if (!over && (ready + this.#gone < expected || ready < members.length)) return
    this.#phase = ready > 0 ? 'sending' : 'ended'
    this.#lookAt = now
    this.#startedAt = now
    this.#sample = { ...this.#sample, at: now }
    for (const member of members) member.begin(now, this.#seq) // before the start nobody has anything to say
    if (ready > 0) this.#events.push({ type: 'start', receivers: ready })
  }

  /** Of those that everybody waits for, ready and there from the start: up to which unit they have room, and which datagram all have seen. */
  #bounds(): { limit: number; seen: number } {
    let limit = this.#options.units
    let seen = this.#seq
    for (const member of this.#members.values()) {
      if (!member.isReady || member.late) continue
      limit = Math.min(limit, member.limit)
      seen = Math.min(seen, member.seen)
    }
    return { limit, seen }
  }

  #isBehind(member: Member, now: number): boolean {
    return this.#flight.age(member.seen, now) >= this.#farAhead
  }

  /** Nothing can be sent before those go on. When most have to, it is not theirs. */
  #await(holdsUp: (member: Member) => boolean, now: number, every: number): SenderAction {
    if (this.#sent < this.#options.units) {
      const expected = [...this.#members.values()].filter(({ isReady, late }) => isReady && !late)
      const awaited = expected.filter(holdsUp)
      if (awaited.length * 2 <= expected.length) this.#awaited = awaited
    }
    return this.#idle(now, every)
  }

  /** Counts the time for which those were waited for. What this end itself was late is not theirs. */
  #chargeWait(): void {
    const lost = Math.min(this.#pacer.takeLost(), ANY_POSITION)
    if (this.#awaited.length === 0) return
    for (const member of this.#members.values()) {
      if (this.#awaited.includes(member)) member.stall(lost)
      else member.wait(lost)
    }
    this.#awaited = []
  }

  #isComplete(): boolean {
    const ready = [...this.#members.values()].filter(({ isReady }) => isReady)
    return ready.every(({ have }) => have >= this.#options.units)
  }

  #look(now: number): void {
    if (now - this.#lookAt < LOOK_EVERY) return
    const members = [...this.#members.values()]
    // What they said meanwhile is still to be read.
    if (now - this.#lookAt >= STOOD_STILL) for (const member of members) member.excuse(now)
    this.#lookAt = now
    for (const member of members) member.look(now, { sent: this.#sent, isBehind: this.#isBehind(member, now) })
    const pace = this.#rate.rate / wireBytes(UNIT) / 1000
    const { brake } = this.#rate
    for (const member of members) {
      const others = members.filter((other) => other !== member && other.isReady)
      member.settle(others, pace, brake?.by === member.id ? brake.share : 0)
      const reason = member.verdict(others, pace, now)
      if (reason) this.#drop(member, reason)
    }
    this.#endWaiting(now)
    this.#looks += 1
    if (this.#looks % LOOKS_PER_SAMPLE === 0) this.#adapt(now)
    this.#repairs.forgetBelow(Math.min(...members.map(({ have }) => have)))
  }

  /** Whoever still lacks something long after everything was sent loses it again and again, or says what is not so. */
  #endWaiting(now: number): void {
    const lacking = [...this.#members.values()].filter(({ isReady, have }) => isReady && have < this.#options.units)
    if (this.#sent < this.#options.units) return
    this.#sentAllAt ??= now
    if (lacking.every(({ late }) => late)) this.#othersDoneAt ??= now
    const isOver = now >= this.#sentAllAt + Math.max(REST, this.#sentAllAt - this.#startedAt)
    const isOverForLate = isOver || now >= (this.#othersDoneAt ?? Infinity) + REST_OF_LATE_ONES
    for (const member of lacking) if (member.late ? isOverForLate : isOver) this.#drop(member, 'lossy')
  }

  #drop(member: Member, reason: DropReason): void {
    this.leave(member.id)
    this.#rate.release(member.id)
    this.#events.push({ type: 'dropped', id: member.id, reason })
  }

  #adapt(now: number): void {
    const { at, bytes, datagrams } = this.#sample
    if (datagrams < ENOUGH || now <= at) return
    const [worst, ...others] = [...this.#members.values()].toSorted((a, b) => b.loss - a.loss)
    const loss = worst?.loss ?? 0
    const isAlone = others.length > 0 && loss > median(others.map((member) => member.loss)) * LOSSIER
    this.#rate.sample({ sent: (bytes * 1000) / (now - at), loss, by: isAlone ? worst?.id : undefined, now })
    this.#pacer.rate = this.#rate.rate
    this.#chooseSize(now)
    this.#sample = { at: now, bytes: 0, datagrams: 0 }
  }

  #chooseSize(now: number): void {
    const members = [...this.#members.values()]
    const losses = members.map(({ steadyLoss }) => steadyLoss).filter((share) => share !== undefined)
    if (losses.length === 0 || !this.#size.sample(Math.max(...losses), now)) return
    for (const member of members) member.forgetLosses()
  }

  /** Repairs go in rounds, so that what different receivers report meanwhile is mixed; at once while nothing else can be sent. */
  #nextRepair(isBlocked: boolean, now: number): Repair | undefined {
    if (!this.#inRound && !isBlocked && now < this.#roundAt) return undefined
    const repair = this.#repairs.next(this.#size.units)
    if (repair && !this.#inRound) this.#roundAt = now + ROUND
    this.#inRound = repair !== undefined
    return repair
  }

  #data(count: number, now: number): SenderAction {
    const first = this.#sent
    this.#sent += count
    return { do: 'data', seq: this.#spend(count * UNIT, now), first, count }
  }

  #repair(repair: Repair, now: number): SenderAction {
    const { units, mixed } = repair
    const bytes = (mixed ? 1 : units.length) * UNIT
    const seq = this.#spend(bytes, now)
    if (this.#sent < this.#options.units) this.#chargeRepair(units, (wireBytes(bytes) * 1000) / this.#rate.rate)
    this.#repairs.sent(repair, seq)
    this.#repaired += units.length
    if (!mixed) return { do: 'data', seq, first: units[0] ?? 0, count: units.length }
    this.#mixed += 1
    return { do: 'mixed', seq, units }
  }

  #chargeRepair(units: readonly number[], milliseconds: number): void {
    for (const unit of units) for (const member of this.#repairs.missing(unit)) member.repair(milliseconds / units.length)
  }

  #position(now: number): SenderAction {
    this.#positionAt = now
    return { do: 'position', seq: this.#spend(0, now), unit: this.#sent }
  }

  /** Says now and then how far the stream is: what got lost at its end would not be missed otherwise. */
  #idle(now: number, every: number): SenderAction {
    const due = Math.max(this.#positionAt, this.#sendAt) + every
    return now >= due ? this.#position(now) : { do: 'wait', until: due }
  }

  #end(): SenderAction {
    this.#phase = 'ended'
    return { do: 'end' }
  }

  #spend(payload: number, now: number): number {
    const bytes = wireBytes(payload)
    this.#pacer.spend(bytes)
    this.#sample.bytes += bytes
    this.#sample.datagrams += 1
    this.#sendAt = now
    this.#flight.sent(this.#seq, now)
    this.#seq += 1
    return this.#seq - 1
  }
}

/** Units that one report may ask for: with twenty reports a second as much as a gigabit takes, and a few milliseconds of work each. */
const MOST_ASKED = 4096

/** A report may say anything: leaves out what was never sent, what is not in order, and what is too much at once. */
export function clipMissing(missing: readonly number[], end: number): number[] {
  const ranges: number[] = []
  let from = 0
  let left = MOST_ASKED
  for (let at = 0; at + 1 < missing.length && left > 0; at += 2) {
    const first = missing[at] ?? 0
    const count = Math.min(missing[at + 1] ?? 0, end - first, left)
    if (first < from || count <= 0) continue
    ranges.push(first, count)
    from = first + count
    left -= count
  }
  return ranges
}
