import type { Socket } from 'node:dgram'
import {
  MulticastSenderMessage, type DropReason, type LeaveReason, type MulticastOffer, type MulticastReceiverMessage,
} from '#shared/contract/multicast.ts'
import { ReceiverMachine, type ReceiverCounts } from '#shared/transfer/multicast/receiver-machine.ts'
import { partsOf, segmentsOf } from '#shared/transfer/multicast/parts.ts'
import { StreamMap, type Segment } from '#shared/transfer/multicast/segments.ts'
import { unitsOf } from '#shared/transfer/multicast/stream-window.ts'
import type { WaitingRange } from '#shared/transfer/multicast/range-queue.ts'
import { DecodeError } from '#shared/wire/bytes.ts'
import { decodeMulticast, sessionOf, UNIT, type MulticastPacket } from '#shared/wire/multicast.ts'
import type { CallOptions, ChunkSource } from '#image/store.ts'
import type { ControlChannel } from '../control-channel.ts'
import { HybridSource } from './hybrid-source.ts'
import { listen } from './listen.ts'
import { Seal } from './seal.ts'
import { openReceivingSocket, renewMembership } from './socket.ts'

export interface MulticastReceiverOptions {
  /** Brings what the session does not: manifests, what is past, and everything once it is over. */
  fallback: ChunkSource
  /** What it lacks, in the order in which it will be asked for: told to a sender that makes its stream of what all lack. */
  wants?: readonly Segment[]
  /** Bytes of the stream that may wait in memory. */
  window?: number
  /** Own address of the network card to listen on. */
  interface?: string
  /** Milliseconds without a datagram after which the sender counts as dead, and after which the group counts as out of reach. */
  stallAfter?: number
  deafAfter?: number
  /** Milliseconds after which it says again to the switches that it is in the group. */
  renewEvery?: number
  /** Milliseconds that a console which has sessions takes to say so. */
  answerWithin?: number
  /** Milliseconds after which it asks again, for as long as nobody answers: there may be no connection now. Absent: it asks once. */
  remindEvery?: number
  /** The session waits for others. */
  onGathering?: (joined: number, expected: number) => void
  /** It knows where to listen. */
  onOffer?: (offer: Pick<MulticastOffer, 'group' | 'port' | 'bytes' | 'late'>) => void
  onStart?: (receivers: number) => void
}

/** How a session ended for a receiver. After each of them the fallback brings what is missing. */
export type ReceiverEnd =
  | { how: 'end' }
  | { how: 'dropped'; reason: DropReason }
  | { how: 'left'; reason: LeaveReason }
  | { how: 'failed'; message: string }
  | { how: 'disconnected' }

export interface ReceiverFigures extends ReceiverCounts {
  /** Bytes of the stream, and of the part of it that came or is not wanted any more. */
  total: number
  have: number
  /** Bytes that wait in memory, and how many may. */
  waiting: number
  window: number
  /** Datagrams on the same port that are not of this session, and those that only claim to be. */
  foreign: number
  refused: number
  /** Bytes that consumers got from the session, and those that they had to get from the fallback. */
  taken: number
  fetched: number
}

const WINDOW = 64 * 1024 * 1024
const STALL_AFTER = 15_000
const DEAF_AFTER = 8000
/** A switch that hears nothing of a computer forgets it after 260 s (RFC 3376, section 8.4), some sooner. */
const RENEW_EVERY = 60_000
const ANSWER_WITHIN = 8000
/** Milliseconds more for each message of what it lacks: the console reads some 200 KiB a second of an agent (its gateway). */
const READ_WITHIN = 500

/** Takes part in a session. Whoever wants data asks `source`, from the beginning on: it waits for the session, or goes to the fallback. */
export class MulticastReceiver {
  readonly source: HybridSource
  readonly #channel: ControlChannel<MulticastReceiverMessage>
  readonly #options: MulticastReceiverOptions
  readonly #segments: Segment[] = []
  readonly #waiting = new Map<WaitingRange, (bytes: Uint8Array | undefined) => void>()
  readonly #heard = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<ReceiverEnd>()
  readonly #timers: NodeJS.Timeout[] = []
  #offer: MulticastOffer | undefined
  #partsLeft = 0
  #map: StreamMap | undefined
  #seal: Seal | undefined
  #socket: Socket | undefined
  #stopListening = (): void => undefined
  #machine: ReceiverMachine | undefined
  #isOver = false
  #isAnswered = false
  #isStarted = false
  #foreign = 0
  #refused = 0

  /** Joins by way of the channel. */
  constructor(channel: ControlChannel<MulticastReceiverMessage>, options: MulticastReceiverOptions) {
    this.#channel = channel
    this.#options = options
    this.source = new HybridSource(options.fallback, (...range) => this.#take(...range))
    const parts = partsOf(options.wants ?? [])
    channel.listen({
      message: (message) => this.#hear(message),
      closed: () => this.#finish({ how: 'disconnected' }),
    })
    for (const packs of parts) channel.send({ type: 'wants', packs })
    const join = (): void => channel.send({ type: 'join' })
    join()
    const { answerWithin = ANSWER_WITHIN, remindEvery } = options
    this.#timers.push(remindEvery === undefined
      ? setTimeout(() => this.#isAnswered || this.leave('unanswered'), answerWithin + parts.length * READ_WITHIN)
      : setInterval(() => this.#isAnswered || join(), remindEvery))
  }

  /** Resolves once a datagram of the session reached this computer, or it is over. What needs the network alone is better done before. */
  get ready(): Promise<void> {
    return this.#heard.promise
  }

  /** Whether the session brings nothing any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  get ended(): Promise<ReceiverEnd> {
    return this.#ended.promise
  }

  /** The stream's parts in order; empty until `ready`. Whoever comes late finds those from `position` on in the session. */
  get segments(): readonly Segment[] {
    return this.#segments
  }

  /** First byte of the stream that may come, or is still here. */
  get position(): number {
    return (this.#machine?.window.low ?? 0) * UNIT
  }

  get figures(): ReceiverFigures {
    const none = { received: 0, lost: 0, repeated: 0, repaired: 0, useless: 0, bytes: 0 }
    const { low = 0, have = 0, limit = 0 } = this.#machine?.window ?? {}
    return {
      ...(this.#machine?.counts ?? none), foreign: this.#foreign, refused: this.#refused,
      taken: this.source.taken, fetched: this.source.fetched,
      total: this.#offer?.bytes ?? 0, have: Math.min(this.#offer?.bytes ?? 0, have * UNIT),
      waiting: (have - low) * UNIT, window: (limit - low) * UNIT,
    }
  }

  /** Ends taking part. What is here already can still be taken. */
  leave(reason: LeaveReason): void {
    if (this.#isOver) return
    this.#channel.send({ type: 'leave', reason })
    this.#finish({ how: 'left', reason })
  }

  #hear(raw: unknown): void {
    const message = MulticastSenderMessage.safeParse(raw).data
    if (this.#isOver) return
    if (!message) return this.#finish({ how: 'failed', message: 'the sender said what this version does not understand' })
    this.#isAnswered = true
    switch (message.type) {
      case 'gathering': return this.#options.onGathering?.(message.joined, message.expected)
      case 'offer': return this.#takeOffer(message)
      case 'segments': return this.#takeSegments(message)
      case 'start': return this.#start(message.receivers)
      case 'dropped': return this.#finish({ how: 'dropped', reason: message.reason })
      case 'failed': return this.#finish({ how: 'failed', message: message.message })
      case 'end': return this.#finish({ how: 'end' })
    }
  }

  #takeOffer(offer: MulticastOffer): void {
    if (this.#offer) return this.#finish({ how: 'failed', message: 'a second offer' })
    this.#offer = offer
    this.#partsLeft = offer.parts
    this.#isStarted = offer.late
    this.#options.onOffer?.(offer)
  }

  #start(receivers: number): void {
    this.#isStarted = true
    this.#options.onStart?.(receivers)
  }

  #takeSegments({ packs }: Extract<MulticastSenderMessage, { type: 'segments' }>): void {
    for (const segment of segmentsOf(packs)) this.#segments.push(segment)
    this.#partsLeft -= 1
    if (this.#partsLeft === 0 && this.#offer) {
      this.#listen(this.#offer).catch((error: unknown) => {
        this.#finish({ how: 'failed', message: error instanceof Error ? error.message : String(error) })
      })
    }
  }

  /** Opens the socket. @throws `multicastJoin` · RangeError when the table of contents is none */
  async #listen({ group, port, key, bytes }: MulticastOffer): Promise<void> {
    this.#timers.push(setTimeout(() => this.#machine ?? this.leave('deaf'), this.#options.deafAfter ?? DEAF_AFTER))
    const map = new StreamMap(this.#segments)
    if (map.length !== bytes) throw new RangeError(`a stream of ${bytes} bytes with parts of ${map.length}`)
    this.#map = map
    this.#seal = new Seal(Buffer.from(key, 'base64url'))
    const { interface: card, renewEvery = RENEW_EVERY } = this.#options
    const socket = await openReceivingSocket({ group, port, interface: card })
    if (this.#isOver) return void socket.close()
    this.#socket = socket
    this.#timers.push(setInterval(() => renewMembership(socket, { group, interface: card }), renewEvery))
    this.#stopListening = listen(socket, {
      datagram: (datagram) => this.#receive(datagram),
      failed: (error) => this.#finish({ how: 'failed', message: error.message }),
    })
  }

  #receive(datagram: Uint8Array): void {
    if (!this.#offer || sessionOf(datagram) !== this.#offer.session) {
      this.#foreign += 1
      return
    }
    const packet = this.#open(datagram)
    if (!packet) {
      this.#refused += 1
      return
    }
    const machine = this.#machine ?? this.#begin(this.#offer, packet)
    machine?.receive(packet, performance.now())
    if (machine?.due) this.#advance(machine)
  }

  /** `undefined` when it is forged, damaged or malformed. */
  #open(datagram: Uint8Array): MulticastPacket | undefined {
    const body = this.#seal?.open(datagram)
    if (!body) return undefined
    try {
      return decodeMulticast(body)
    } catch (error) {
      if (error instanceof DecodeError) return undefined
      throw error
    }
  }

  /** The group can be heard. Whoever is late begins where the sender says that it is. */
  #begin({ bytes, late, reportEvery }: MulticastOffer, packet: MulticastPacket): ReceiverMachine | undefined {
    if (late && packet.kind !== 'position') return undefined
    const machine = new ReceiverMachine({
      bytes, capacity: this.#options.window ?? WINDOW, from: late ? Math.min(packet.unit, unitsOf(bytes)) : 0, slides: late,
      reportEvery, stallAfter: this.#options.stallAfter ?? STALL_AFTER, now: performance.now(),
    })
    this.#machine = machine
    this.#channel.send({ type: 'ready', limit: machine.window.limit })
    this.#timers.push(setInterval(() => this.#tick(machine), reportEvery / 2))
    this.#heard.resolve()
    return machine
  }

  #tick(machine: ReceiverMachine): void {
    const now = performance.now()
    this.#advance(machine)
    const report = machine.tick(now)
    if (report && this.#isStarted) this.#channel.send(report)
    if (machine.isStalled(now)) this.leave('stalled')
  }

  /** Bytes of a pack from the session; `undefined` when it will not bring them. */
  async #take(pack: string, offset: number, length: number, { signal }: CallOptions): Promise<Uint8Array | undefined> {
    signal?.throwIfAborted()
    await this.#heard.promise
    const machine = this.#machine
    const at = this.#map?.find(pack, offset, length)
    if (!machine || at === undefined) return undefined
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array | undefined>()
    const range = machine.wait(at, length)
    const forget = (): void => {
      this.#waiting.delete(range)
      machine.forget(range)
      reject(signal?.reason)
    }
    this.#waiting.set(range, resolve)
    signal?.addEventListener('abort', forget)
    this.#advance(machine)
    return promise.finally(() => signal?.removeEventListener('abort', forget))
  }

  #advance(machine: ReceiverMachine): void {
    const { complete, gone } = machine.advance()
    for (const range of complete) this.#settle(range, range.bytes)
    for (const range of [...gone, ...(this.#isOver ? machine.drain() : [])]) this.#settle(range, undefined)
  }

  #settle(range: WaitingRange, bytes: Uint8Array | undefined): void {
    this.#waiting.get(range)?.(bytes)
    this.#waiting.delete(range)
  }

  #finish(end: ReceiverEnd): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#stopListening()
    this.#socket?.close()
    if (this.#machine) this.#advance(this.#machine)
    this.#heard.resolve()
    this.#ended.resolve(end)
  }
}
