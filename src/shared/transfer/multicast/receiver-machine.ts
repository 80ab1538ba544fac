import { MAX_MISSING, type MulticastReport } from '../../contract/multicast.ts'
import { UNIT, type MulticastPacket } from '../../wire/multicast.ts'
import { RangeQueue, type WaitingRange } from './range-queue.ts'
import { ReplayWindow } from './replay-window.ts'
import { StreamWindow, type WindowOptions } from './stream-window.ts'

export interface ReceiverOptions extends WindowOptions {
  /** Milliseconds between two reports while something changes. */
  reportEvery: number
  /** Milliseconds without a datagram after which the session counts as dead. */
  stallAfter: number
  now: number
}

/** What a receiver has seen so far. */
export interface ReceiverCounts {
  /** Different datagrams, and those that were sent and did not come. */
  received: number
  lost: number
  /** Datagrams that had come before: the network doubled them, or a stranger sent them again. */
  repeated: number
  /** Units that came with a repair. */
  repaired: number
  /** Units that came and were of no use: here already, not wanted any more, or without room. */
  useless: number
  /** Bytes of units that were kept. */
  bytes: number
}

/** Share of the time between two reports after which one is due: timers are early by parts of a millisecond, and the next tick is half of it later. */
const DUE = 0.75
/** Reports are this many times rarer while nothing changes. */
const QUIET = 8

/**
 * A receiver without sockets and clocks: takes datagrams (whose tags were checked), fills ranges that are waited for, and says what
 * to report. What is missing is looked at one tick late, so that datagrams that overtook each other are not asked for again.
 */
export class ReceiverMachine {
  readonly window: StreamWindow
  readonly #queue: RangeQueue
  readonly #replay = new ReplayWindow()
  readonly #options: ReceiverOptions
  readonly #mixed = new Uint8Array(UNIT)
  #repeated = 0
  #repaired = 0
  #useless = 0
  #bytes = 0
  /** Units that were sent so far, as far as is known. */
  #sent: number
  /** What was known at the last tick. */
  #settled: { sent: number; seq: number }
  #busy = 0
  #heardAt: number
  #tickAt: number
  #reportAt: number
  #reported = ''

  constructor(options: ReceiverOptions) {
    this.window = new StreamWindow(options)
    this.#queue = new RangeQueue(this.window)
    this.#options = options
    this.#sent = options.from
    this.#settled = { sent: options.from, seq: 0 }
    this.#heardAt = options.now
    this.#tickAt = options.now
    this.#reportAt = options.now
  }

  get counts(): ReceiverCounts {
    const { received, lost } = this.#replay
    return { received, lost, repeated: this.#repeated, repaired: this.#repaired, useless: this.#useless, bytes: this.#bytes }
  }

  /** Whether everything that is still wanted came. */
  get complete(): boolean {
    return this.window.have >= this.window.units
  }

  /** Whether any datagram came. */
  get heard(): boolean {
    return this.#replay.highest >= 0
  }

  /** Takes a datagram of this session. */
  receive(packet: MulticastPacket, now: number): void {
    if (!this.#replay.accept(packet.seq)) {
      this.#repeated += 1
      return
    }
    this.#heardAt = now
    if (packet.kind === 'data') this.#takeData(packet.unit, packet.payload)
    else if (packet.kind === 'mixed') this.#takeMixed([packet.unit, ...packet.behind.map((distance) => packet.unit + distance)], packet.payload)
    else this.#sent = Math.max(this.#sent, Math.min(packet.unit, this.window.units))
  }

  /** Waits for a range of the stream; `advance` gives it back. */
  wait(start: number, length: number): WaitingRange {
    return this.#queue.add(start, length)
  }

  forget(range: WaitingRange): void {
    this.#queue.remove(range)
  }

  /** Whether `advance` may have something to give. What frees room, or will never come, is found by calling it now and then all the same. */
  get due(): boolean {
    return this.#queue.due
  }

  advance(): { complete: WaitingRange[]; gone: WaitingRange[] } {
    return this.#queue.advance()
  }

  /** Takes out what is waited for and will not come: the session is over. */
  drain(): WaitingRange[] {
    return this.#queue.drain()
  }

  /** To be called every `reportEvery` / 2. @returns what is to be reported, if anything */
  tick(now: number): MulticastReport | undefined {
    if (this.#queue.idle && this.window.has(this.window.low)) this.#busy += now - this.#tickAt
    this.#tickAt = now
    const report = this.#reportIfDue(now)
    this.#settled = { sent: this.#sent, seq: Math.max(0, this.#replay.highest) }
    return report
  }

  /** Whether the sender, or the way to it, is to be given up. */
  isStalled(now: number): boolean {
    return !this.complete && now - this.#heardAt >= this.#options.stallAfter
  }

  #reportIfDue(now: number): MulticastReport | undefined {
    const since = now - this.#reportAt
    if (since < this.#options.reportEvery * DUE) return undefined
    const report = this.#report()
    const content = JSON.stringify(report)
    if (content === this.#reported && since < this.#options.reportEvery * QUIET) return undefined
    this.#reported = content
    this.#reportAt = now
    return report
  }

  #report(): MulticastReport {
    const { have, held, limit } = this.window
    const { received, lost } = this.#replay
    const missing = this.window.missing(this.#settled.sent, MAX_MISSING)
    return { type: 'report', seq: this.#settled.seq, have, held, limit, missing, busy: Math.round(this.#busy), received, lost }
  }

  #takeData(first: number, payload: Uint8Array): void {
    const { units } = this.window
    if (first < this.#sent) this.#repaired += this.#missingOf(first, Math.ceil(payload.length / UNIT))
    for (let unit = first, at = 0; at < payload.length && unit < units; unit += 1, at += UNIT) {
      const length = this.window.lengthOf(unit)
      if (payload.length - at < length) break
      this.#keep(unit, payload.length === length ? payload : payload.subarray(at, at + length))
      this.#sent = Math.max(this.#sent, unit + 1)
    }
  }

  /** Units of a repair that this receiver lacks. */
  #missingOf(first: number, count: number): number {
    let missing = 0
    for (let unit = first; unit < Math.min(first + count, this.#sent); unit += 1) {
      if (unit >= this.window.low && !this.window.has(unit)) missing += 1
    }
    return missing
  }

  /** The one unit that is missing is what remains when the others are taken out of the mixture. */
  #takeMixed(members: readonly number[], payload: Uint8Array): void {
    const lacking = members.filter((unit) => unit < this.window.units && !this.window.has(unit))
    const [unit] = lacking
    if (unit === undefined || lacking.length > 1 || members.some((member) => member >= this.window.units)) {
      this.#useless += 1
      return
    }
    this.#mixed.set(payload)
    for (const member of members) if (member !== unit) xorInto(this.#mixed, this.window.get(member))
    if (unit >= this.window.low) this.#repaired += 1
    this.#keep(unit, this.#mixed.subarray(0, this.window.lengthOf(unit)))
  }

  #keep(unit: number, bytes: Uint8Array): void {
    if (this.window.put(unit, bytes)) this.#bytes += bytes.length
    else this.#useless += 1
  }
}

/** `into` ^= `bytes`, which may be shorter. */
export function xorInto(into: Uint8Array, bytes: Uint8Array): void {
  for (let index = 0; index < bytes.length; index += 1) into[index]! ^= bytes[index]!
}
