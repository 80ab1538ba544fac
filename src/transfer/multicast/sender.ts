import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:dgram'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import {
  MulticastReceiverMessage, type DropReason, type MulticastOffer, type MulticastSenderMessage, type SegmentParts,
} from '#shared/contract/multicast.ts'
import { partsOf } from '#shared/transfer/multicast/parts.ts'
import { StreamMap, type Segment } from '#shared/transfer/multicast/segments.ts'
import { SenderMachine, type SenderFigures } from '#shared/transfer/multicast/sender-machine.ts'
import { unitsOf } from '#shared/transfer/multicast/stream-window.ts'
import type { ChunkSource } from '#image/store.ts'
import type { ControlChannel } from '../control-channel.ts'
import { DatagramWriter } from './datagram-writer.ts'
import { Outbox } from './outbox.ts'
import { openSendingSocket } from './socket.ts'
import { UnitReader } from './unit-reader.ts'

/** How a session uses the network: the classroom's properties (src/shared/domain/classroom.ts), and where it goes out. */
export interface MulticastNetwork {
  group: string
  port: number
  mode: 'full-duplex' | 'half-duplex'
  /** Mbit/s on the wire, never exceeded. */
  speed: number
  maxClients: number
  /** Seconds that the start waits for the receivers that are expected. */
  maxWait: number
  /** Routers that datagrams may pass. */
  ttl?: number
  /** Own address of the network card to use. */
  interface?: string
  /** Receivers on this computer hear it too. */
  loopback?: boolean
}

export interface MulticastSenderOptions {
  /** Where the packs are. */
  source: ChunkSource
  /** What goes out, in this order: `unionOfSegments` of what the receivers miss. At least one byte. */
  segments: readonly Segment[]
  network: MulticastNetwork
  /** Receivers for which the start waits. */
  expected: number
  onStart?: (receivers: number) => void
  /** A receiver goes on alone; `id` is that of `join`. */
  onDropped?: (id: string, reason: DropReason) => void
}

const DEFAULT_TTL = 16
/** Milliseconds between two reports; on a half-duplex medium they would collide with the data. */
const REPORT_EVERY = { 'full-duplex': 50, 'half-duplex': 250 } as const
/** More receivers report more rarely, so that all of them together say no more than so many messages a second. */
const REPORTS_PER_SECOND = 800
/** Milliseconds of sending after which others on the event loop have their turn. */
const STRETCH = 4
/** `segments` messages that go to a receiver at once, and milliseconds before the next ones: an agent that 4 MiB wait for is given up. */
const PARTS_AT_ONCE = 16
const PARTS_PAUSE = 300
/** Milliseconds for which every datagram may fail to be sent, as when a cable is pulled. */
const PATIENCE = 15_000
/** Before the start, while everybody listens for the first one: less than after which a receiver takes itself for deaf. */
const PATIENCE_BEFORE = 4000

/**
 * Sends a stream to a group of receivers. `join` them before or while `run` runs.
 * The key never leaves the control channels, which have to be authenticated and should be encrypted.
 */
export class MulticastSender {
  readonly #options: MulticastSenderOptions
  readonly #map: StreamMap
  readonly #machine: SenderMachine
  readonly #channels = new Map<string, ControlChannel<MulticastSenderMessage>>()
  readonly #key = randomBytes(32)
  readonly #session = randomBytes(4).readUInt32BE()
  /** What it says of its segments: the same to each receiver. */
  #parts: readonly SegmentParts[] | undefined
  #wake = (): void => undefined

  /** @throws RangeError when there is nothing to send, or segments overlap */
  constructor(options: MulticastSenderOptions) {
    const { network, segments, expected } = options
    this.#options = options
    this.#map = new StreamMap(segments)
    if (this.#map.length === 0) throw new RangeError('a stream of nothing')
    this.#machine = new SenderMachine({
      units: unitsOf(this.#map.length), expected, maxWait: network.maxWait * 1000, maxClients: network.maxClients,
      speed: network.speed * 125_000, reportEvery: this.#reportEvery, now: performance.now(),
    })
  }

  get figures(): SenderFigures {
    return this.#machine.figures
  }

  /** Takes a receiver in, when it asks over this channel. @param id any name that no other receiver has */
  join(id: string, channel: ControlChannel<MulticastSenderMessage>): void {
    this.#channels.set(id, channel)
    channel.listen({
      message: (message) => this.#hear(id, message),
      closed: () => this.#forget(id),
    })
  }

  /**
   * Sends until every receiver has everything, or is gone.
   * @throws `multicastSender` · what the source throws · AbortError; receivers are told
   */
  async run(signal: AbortSignal = new AbortController().signal): Promise<SenderFigures> {
    const { group, port, ttl = DEFAULT_TTL, loopback = false, interface: card } = this.#options.network
    const stopped = (): void => this.#wake()
    signal.addEventListener('abort', stopped)
    try {
      const socket = await openSendingSocket({ group, port, ttl, loopback, interface: card })
      try {
        await this.#send(socket, signal)
      } finally {
        socket.close()
      }
      this.#tellAll({ type: 'end' })
    } catch (error) {
      this.#tellAll({ type: 'failed', message: error instanceof Error ? error.message.slice(0, 2000) : 'unknown' })
      throw error
    } finally {
      signal.removeEventListener('abort', stopped)
    }
    return this.figures
  }

  async #send(socket: Socket, signal: AbortSignal): Promise<void> {
    const reader = new UnitReader(this.#options.source, this.#map, signal)
    const writer = new DatagramWriter(this.#session, this.#key, reader)
    const outbox = new Outbox(socket)
    await reader.load(0, 1)
    let since = performance.now()
    for (;;) {
      signal.throwIfAborted()
      outbox.throwIfFailing(this.#machine.figures.phase === 'lobby' ? PATIENCE_BEFORE : PATIENCE)
      const action = this.#machine.next(performance.now())
      this.#tellEvents()
      if (action.do === 'end') return
      if (action.do === 'wait') {
        await this.#sleep(action.until - performance.now())
        since = performance.now()
        continue
      }
      outbox.send(writer.write(action) ?? await writer.writeOnceRead(action))
      if (outbox.isFull) await outbox.room(PATIENCE, signal)
      if (performance.now() - since < STRETCH) continue
      await turn()
      since = performance.now()
    }
  }

  /** Until something is heard, or for so long. */
  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake(), Math.max(1, milliseconds))
      this.#wake = () => {
        clearTimeout(timer)
        this.#wake = () => undefined
        resolve()
      }
    })
  }

  #hear(id: string, raw: unknown): void {
    const message = MulticastReceiverMessage.safeParse(raw).data
    const now = performance.now()
    if (!this.#channels.has(id)) return
    if (!message) return this.#drop(id, 'protocol')
    if (message.type === 'join') this.#offer(id, now)
    else if (message.type === 'ready') this.#machine.ready(id, message.limit, now)
    else if (message.type === 'report') this.#machine.report(id, message, now)
    else if (message.type === 'leave') this.#forget(id)
    this.#wake()
  }

  /** Who asks twice is answered once: it cannot know whether it had a connection when it asked. */
  #offer(id: string, now: number): void {
    if (this.#machine.has(id)) return
    const joined = this.#machine.join(id, now)
    if (!joined) return this.#drop(id, 'full')
    const { group, port } = this.#options.network
    const parts = this.#parts ??= partsOf(this.#map.segments)
    const offer: MulticastOffer = {
      type: 'offer', session: this.#session, key: this.#key.toString('base64url'), group, port, bytes: this.#map.length,
      parts: parts.length, late: joined.late, reportEvery: this.#reportEvery,
    }
    this.#channels.get(id)?.send(offer)
    void this.#tellParts(id, parts)
  }

  async #tellParts(id: string, parts: readonly SegmentParts[]): Promise<void> {
    const channel = this.#channels.get(id)
    for (const [index, packs] of parts.entries()) {
      if (index > 0 && index % PARTS_AT_ONCE === 0) await sleep(PARTS_PAUSE, undefined, { ref: false })
      if (this.#channels.get(id) !== channel) return
      channel?.send({ type: 'segments', packs })
    }
  }

  get #reportEvery(): number {
    const { network: { mode }, expected } = this.#options
    return Math.max(REPORT_EVERY[mode], Math.ceil((expected * 1000) / REPORTS_PER_SECOND))
  }

  #drop(id: string, reason: DropReason): void {
    this.#channels.get(id)?.send({ type: 'dropped', reason })
    this.#forget(id)
    this.#options.onDropped?.(id, reason)
  }

  #forget(id: string): void {
    this.#channels.delete(id)
    this.#machine.leave(id)
    this.#wake()
  }

  #tellEvents(): void {
    for (const event of this.#machine.takeEvents()) {
      if (event.type === 'dropped') this.#drop(event.id, event.reason)
      else {
        this.#tellAll(event)
        this.#options.onStart?.(event.receivers)
      }
    }
  }

  #tellAll(message: MulticastSenderMessage): void {
    for (const channel of this.#channels.values()) channel.send(message)
  }
}
