import type { DropReason, MulticastReport } from '../../../contract/multicast.ts'
import { decodeMulticast, encodeMulticast, UNIT, type MulticastPacket } from '../../../wire/multicast.ts'
import { ReceiverMachine, xorInto } from '../receiver-machine.ts'
import { SenderMachine, type SenderAction, type SenderOptions } from '../sender-machine.ts'
import type { WaitingRange } from '../range-queue.ts'
import { unitsOf } from '../stream-window.ts'

/** How a receiver is, and how the network is on the way to it. */
export interface Client {
  /** Share of datagrams that are lost, doubled, and late by up to `jitter` milliseconds. */
  loss?: number
  doubled?: number
  jitter?: number
  /** Bytes per second that its line carries, or its processor reads, and that its disk takes. */
  line?: number
  /** Milliseconds that a datagram waits for the line or the processor; who comes when it would be longer is lost. */
  queue?: number
  disk?: number
  /** Bytes of its window. */
  window?: number
  /** Milliseconds at which it joins, and at which it falls silent. */
  joins?: number
  dies?: number
  /** Milliseconds after which it leaves and comes back, again and again. */
  returns?: number
  /** What it says instead of what is so. */
  lies?: (report: MulticastReport, now: number) => MulticastReport
}

export interface ClientResult {
  /** Milliseconds at which it had everything; absent: it never had. */
  doneAt?: number
  dropped?: DropReason
  /** Ranges that a fallback would have had to bring. */
  gone: number
  wrong: number
  counts: ReceiverMachine['counts']
}

export interface SessionResult {
  endedAt: number
  startedAt: number
  figures: SenderMachine['figures']
  clients: ClientResult[]
}

const DELAY = 1
const REPORT_EVERY = 50
const RANGE = 64 * 1024
const WINDOW = 400_000
/** Bytes per second at which a session is allowed to send, if nothing else is said. */
export const SPEED = 1_250_000

/** A network without sockets, in which nothing depends on the machine: the same session every time. */
export class SimulatedSession {
  readonly #stream: Uint8Array
  readonly #sender: SenderMachine
  readonly #clients: SimulatedClient[]
  readonly #random: () => number
  #now = 0
  #startedAt = NaN
  #endedAt = NaN

  constructor(bytes: number, clients: readonly Client[], options: Partial<SenderOptions> = {}) {
    this.#random = generator(bytes + clients.length)
    this.#stream = new Uint8Array(bytes).map(() => this.#random() * 256)
    this.#sender = new SenderMachine({
      units: unitsOf(bytes), expected: clients.filter(({ joins = 0 }) => joins === 0).length, maxWait: 10_000, maxClients: 1000,
      speed: SPEED, reportEvery: REPORT_EVERY, now: 0, ...options,
    })
    const { reportEvery = REPORT_EVERY } = options
    this.#clients = clients.map((client, index) => new SimulatedClient(String(index), client, this.#stream, reportEvery, this.#random))
  }

  /** Runs it to its end, or for so many milliseconds. */
  run(atMost = 120_000): SessionResult {
    while (this.#now < atMost && Number.isNaN(this.#endedAt)) {
      for (const client of this.#clients) client.step(this.#now, this.#sender)
      this.#send()
      this.#hearEvents()
      this.#now += 1
    }
    this.#settle()
    return { endedAt: this.#endedAt, startedAt: this.#startedAt, figures: this.#sender.figures, clients: this.#clients.map((client) => client.result) }
  }

  /** What the consumers still have to take lies in their windows. */
  #settle(): void {
    const end = this.#now + 20_000
    for (let now = this.#now; now < end && this.#clients.some(({ isThrough }) => !isThrough); now += 1) {
      for (const client of this.#clients) client.step(now, this.#sender)
    }
  }

  #send(): void {
    for (let action = this.#sender.next(this.#now); action.do !== 'wait'; action = this.#sender.next(this.#now)) {
      if (action.do === 'end') {
        this.#endedAt = this.#now
        return
      }
      const datagram = encodeMulticast(this.#packet(action))
      for (const client of this.#clients) client.carry(datagram, this.#now)
    }
  }

  #packet(action: Exclude<SenderAction, { do: 'wait' | 'end' }>): MulticastPacket {
    const header = { session: 1, seq: action.seq }
    if (action.do === 'position') return { kind: 'position', ...header, unit: action.unit }
    if (action.do === 'data') {
      return { kind: 'data', ...header, unit: action.first, payload: this.#stream.subarray(action.first * UNIT, (action.first + action.count) * UNIT) }
    }
    const payload = new Uint8Array(UNIT)
    for (const unit of action.units) xorInto(payload, this.#stream.subarray(unit * UNIT, (unit + 1) * UNIT))
    const [unit = 0, ...others] = action.units
    return { kind: 'mixed', ...header, unit, behind: others.map((other) => other - unit), payload }
  }

  #hearEvents(): void {
    for (const event of this.#sender.takeEvents()) {
      if (event.type === 'start') this.#startedAt = this.#now
      else this.#clients[Number(event.id)]?.drop(event.reason)
    }
  }
}

class SimulatedClient {
  readonly #id: string
  /** Receivers do not report all at the same moment. */
  readonly #phase: number
  readonly #reportEvery: number
  readonly #client: Client
  readonly #stream: Uint8Array
  readonly #random: () => number
  readonly #arriving: { at: number; datagram: Uint8Array }[] = []
  readonly #reports: { at: number; report: MulticastReport }[] = []
  #machine: ReceiverMachine | undefined
  #lineFreeAt = 0
  #diskFreeAt = 0
  #next = 0
  #asked = false
  #late = false
  #joined = false
  readonly #result: Omit<ClientResult, 'counts'> = { gone: 0, wrong: 0 }

  constructor(id: string, client: Client, stream: Uint8Array, reportEvery: number, random: () => number) {
    this.#id = id
    this.#reportEvery = reportEvery
    this.#phase = Math.floor(random() * reportEvery)
    this.#client = client
    this.#stream = stream
    this.#random = random
  }

  get result(): ClientResult {
    const none = { received: 0, lost: 0, repeated: 0, repaired: 0, useless: 0, bytes: 0 }
    return { ...this.#result, counts: this.#machine?.counts ?? none }
  }

  /** Whether it took everything that it will take. */
  get isThrough(): boolean {
    return this.#result.dropped !== undefined || this.#next >= this.#stream.length
  }

  drop(reason: DropReason): void {
    this.#result.dropped = reason
  }

  /** Lets the network bring a datagram, or lose it. */
  carry(datagram: Uint8Array, now: number): void {
    const { loss = 0, doubled = 0, jitter = 0, line = Infinity, queue = 20 } = this.#client
    if (!this.#joined || this.#random() < loss) return
    const at = Math.max(now, this.#lineFreeAt)
    if (at > now + queue) return // the switch's queue is full, or the system's buffer
    this.#lineFreeAt = at + (datagram.length * 1000) / line
    for (let copies = this.#random() < doubled ? 2 : 1; copies > 0; copies -= 1) {
      this.#arriving.push({ at: Math.max(at, now) + DELAY + this.#random() * jitter, datagram })
    }
  }

  step(now: number, sender: SenderMachine): void {
    const { joins = 0, dies = Infinity, returns = Infinity } = this.#client
    if (now < joins || now >= dies || this.#result.dropped) return
    if (this.#joined && now % returns === 0) {
      sender.leave(this.#id)
      this.#joined = false
    }
    if (!this.#joined) this.#join(now, sender)
    if (this.#result.dropped) return
    this.#arriving.sort((a, b) => a.at - b.at)
    while (this.#arriving[0] && this.#arriving[0].at <= now) this.#receive(decodeMulticast(this.#arriving.shift()!.datagram), now, sender)
    this.#consume(now)
    if ((now + this.#phase) % (this.#reportEvery / 2) === 0) {
      const report = this.#machine?.tick(now)
      if (report) this.#reports.push({ at: now + DELAY, report: this.#client.lies?.(report, now) ?? report })
    }
    while (this.#reports[0] && this.#reports[0].at <= now) sender.report(this.#id, this.#reports.shift()!.report, now)
    if (this.#machine?.complete && this.#next >= this.#stream.length) this.#result.doneAt ??= now
  }

  #join(now: number, sender: SenderMachine): void {
    const joined = sender.join(this.#id, now)
    this.#joined = true
    this.#late = joined?.late ?? false
    if (!joined) this.#result.dropped = 'full'
  }

  #receive(packet: MulticastPacket, now: number, sender: SenderMachine): void {
    if (!this.#machine) {
      if (packet.kind !== 'position') return
      const from = this.#late ? packet.unit : 0
      this.#next = from * UNIT
      this.#machine = new ReceiverMachine({
        bytes: this.#stream.length, capacity: this.#client.window ?? WINDOW, from, slides: this.#late,
        reportEvery: this.#reportEvery, stallAfter: 10_000, now,
      })
      sender.ready(this.#id, this.#machine.window.limit, now)
    }
    this.#machine.receive(packet, now)
  }

  /** Takes the stream in order, a range at a time, as fast as its disk writes. */
  #consume(now: number): void {
    const machine = this.#machine
    if (!machine) return
    while (now >= this.#diskFreeAt && this.#next < this.#stream.length) {
      if (!this.#asked) machine.wait(this.#next, Math.min(RANGE, this.#stream.length - this.#next))
      const { complete: [complete], gone: [gone] } = machine.advance()
      this.#asked = !complete && !gone
      if (complete) this.#take(complete, now)
      else if (gone) this.#miss(gone)
      else return
    }
  }

  #take({ start, end, bytes }: WaitingRange, now: number): void {
    if (!equal(bytes, this.#stream.subarray(start, end))) this.#result.wrong += 1
    this.#next = end
    this.#diskFreeAt = Math.max(this.#diskFreeAt, now) + ((end - start) * 1000) / (this.#client.disk ?? Infinity)
  }

  #miss({ end }: WaitingRange): void {
    this.#result.gone += 1
    this.#next = end
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
