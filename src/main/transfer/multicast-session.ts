/** One image on its way to the computers of a classroom: gathers them, makes the stream of what they lack, and has it sent. */
import { MulticastReceiverMessage, type MulticastSenderMessage } from '#shared/contract/multicast.ts'
import { isAbort } from '#shared/domain/errors.ts'
import type { OperationId, Sha256Hex } from '#shared/domain/ids.ts'
import { segmentsOf } from '#shared/transfer/multicast/parts.ts'
import type { Segment } from '#shared/transfer/multicast/segments.ts'
import type { ControlChannel } from '#transfer/control-channel.ts'
import type { MulticastNetwork } from '#transfer/multicast/sender.ts'
import { ThreadedSender, type ThreadedSenderOptions } from '#transfer/multicast/threaded-sender.ts'
import type { Log } from '../platform/log.ts'
import type { Revisions } from '../repository/revision.ts'
import { Gathering } from './multicast-gathering.ts'
import { streamOf } from './multicast-stream.ts'
import { Relay } from './relay.ts'

/** What sends a stream: `ThreadedSender`. */
export type Sending = Pick<ThreadedSender, 'join' | 'run' | 'figures'>

export interface SessionParts {
  manifest: Sha256Hex
  network: MulticastNetwork
  /** Operations that fetch the same in the same way, now. */
  expected: () => OperationId[]
  revisions: Pick<Revisions, 'read'>
  /** Folder of the repository that has the packs. */
  repository: string
  log: Pick<Log, 'info' | 'warn'>
  /** Milliseconds. */
  now: () => number
  createSender?: ((options: ThreadedSenderOptions) => Sending) | undefined
  onOver: () => void
}

/** Milliseconds after which all that happened meanwhile is looked at once: a room joins within a second. */
const LOOK_AFTER = 100
/** Seconds in which whoever joined has heard the group, or is deaf. */
const LISTENING = 12
/** Share of the stream that may be gone for whoever comes late: with less to come, a session of its own serves it better. */
const WORTH_JOINING = 0.8

export class MulticastSession {
  readonly network: MulticastNetwork
  readonly #parts: SessionParts
  readonly #gathering = new Gathering()
  /** Of those with whom the sender does not speak yet. */
  readonly #relays = new Map<OperationId, Relay<MulticastSenderMessage>>()
  /** Joined, and not told yet how many are waited for. */
  readonly #unanswered = new Set<OperationId>()
  readonly #stopped = new AbortController()
  #phase: 'gathering' | 'preparing' | 'sending' | 'over' = 'gathering'
  #sender: Sending | undefined
  #running: Promise<void> | undefined
  #look: NodeJS.Timeout | undefined
  #lookAt = Infinity

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.network = parts.network
  }

  /** Whether it brings something to whoever comes now. */
  get takes(): boolean {
    if (this.#phase !== 'sending') return this.#phase !== 'over'
    const { phase, sent, units } = this.#sender!.figures
    return phase !== 'ended' && sent < units * WORTH_JOINING
  }

  enter(id: OperationId, channel: ControlChannel<unknown>): void {
    const relay = new Relay<MulticastSenderMessage>(channel)
    this.#relays.set(id, relay)
    channel.listen({
      message: (message) => {
        if (!relay.pass(message)) this.#hear(id, message)
      },
      closed: () => {
        if (!relay.close()) this.#leave(id)
      },
    })
  }

  /** Its operation is over. */
  forget(id: OperationId): void {
    if (this.#phase === 'gathering' || this.#phase === 'preparing') this.#leave(id)
  }

  /** Its receivers are told; when it returns, neither thread nor socket is left. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    if (this.#phase === 'gathering') {
      this.#fail('the console stops')
      this.#end()
    }
    await this.#running
  }

  #hear(id: OperationId, raw: unknown): void {
    const message = MulticastReceiverMessage.safeParse(raw).data
    if (message?.type === 'wants') this.#want(id, segmentsOf(message.packs))
    else if (message?.type === 'join') this.#join(id)
    else if (message?.type === 'leave') this.#leave(id)
    else this.#drop(id, 'protocol')
  }

  /** Whoever comes late takes what helps it of what the others lack. */
  #want(id: OperationId, segments: readonly Segment[]): void {
    if (this.#sender === undefined && this.#phase !== 'over' && !this.#gathering.want(id, segments)) this.#drop(id, 'protocol')
  }

  #join(id: OperationId): void {
    const relay = this.#relays.get(id)
    if (!relay) return
    if (this.#sender) return this.#admit(this.#sender, id, relay)
    // It was over before anything was sent, and while this one was on its way.
    if (this.#phase === 'over') return relay.send({ type: 'end' })
    if (this.#gathering.joined.includes(id)) return
    if (this.#gathering.joined.length >= this.network.maxClients) return this.#drop(id, 'full')
    this.#gathering.join(id, this.#parts.now())
    this.#unanswered.add(id)
    this.#lookAfter(LOOK_AFTER)
  }

  /** From now on the sender speaks with it. */
  #admit(sender: Sending, id: OperationId, relay: Relay<MulticastSenderMessage>): void {
    this.#relays.delete(id)
    sender.join(String(id), relay)
    relay.pass({ type: 'join' })
  }

  #drop(id: OperationId, reason: 'protocol' | 'full'): void {
    this.#relays.get(id)?.send({ type: 'dropped', reason })
    this.#leave(id)
  }

  #leave(id: OperationId): void {
    this.#relays.delete(id)
    this.#unanswered.delete(id)
    this.#gathering.leave(id)
    if (this.#phase === 'gathering') this.#lookAfter(LOOK_AFTER)
  }

  /** Sooner, if that was planned. */
  #lookAfter(milliseconds: number): void {
    const at = performance.now() + milliseconds
    if (at >= this.#lookAt) return
    this.#lookAt = at
    clearTimeout(this.#look)
    this.#look = setTimeout(() => this.#lookAround(), milliseconds)
  }

  #lookAround(): void {
    this.#lookAt = Infinity
    if (this.#phase !== 'gathering') return
    const maxWait = this.network.maxWait * 1000
    const expected = this.#parts.expected()
    const { joined } = this.#gathering
    if (this.#gathering.isDue(expected, maxWait, this.#parts.now())) {
      this.#running = this.#run()
      return
    }
    if (joined.length === 0 && this.#gathering.awaited(expected) === 0) return this.#end()
    const counts = { joined: joined.length, expected: joined.length + this.#gathering.awaited(expected) }
    for (const id of this.#unanswered) this.#relays.get(id)?.send({ type: 'gathering', ...counts })
    this.#unanswered.clear()
    const deadline = this.#gathering.deadline(maxWait)
    if (deadline !== undefined) this.#lookAfter(Math.max(LOOK_AFTER, deadline - this.#parts.now()))
  }

  async #run(): Promise<void> {
    const { log, manifest } = this.#parts
    const { group, port } = this.network
    this.#phase = 'preparing'
    try {
      const segments = await this.#stream()
      const { joined } = this.#gathering
      if (segments.length === 0) {
        for (const id of joined) this.#relays.get(id)?.send({ type: 'end' })
        return
      }
      this.#stopped.signal.throwIfAborted()
      const bytes = segments.reduce((sum, { length }) => sum + length, 0)
      log.info({ manifest, group, port, bytes, computers: joined.length }, 'multicast session')
      const figures = await this.#send(segments, joined)
      log.info({ manifest, group, port, datagrams: figures.datagrams, units: figures.units, repaired: figures.repaired }, 'multicast session ended')
    } catch (error) {
      this.#fail(error instanceof Error ? error.message.slice(0, 2000) : 'unknown')
      if (!isAbort(error)) log.warn({ err: error, manifest, group, port }, 'multicast session failed')
    } finally {
      this.#end()
    }
  }

  async #stream(): Promise<Segment[]> {
    const { revisions, manifest } = this.#parts
    const { packs } = await revisions.read(manifest, { signal: this.#stopped.signal })
    return streamOf(this.#gathering.wants, packs)
  }

  #send(segments: readonly Segment[], joined: readonly OperationId[]) {
    const { log, manifest, repository, createSender = (options) => new ThreadedSender(options) } = this.#parts
    const sender = createSender({
      repository, segments, network: { ...this.network, maxWait: LISTENING }, expected: joined.length,
      onStart: (receivers) => log.info({ manifest, receivers }, 'multicast starts'),
      onDropped: (operation, reason) => log.info({ manifest, operation, reason }, 'computer goes on by unicast'),
    })
    this.#sender = sender
    this.#phase = 'sending'
    for (const id of joined) {
      const relay = this.#relays.get(id)
      if (relay) this.#admit(sender, id, relay)
    }
    return sender.run(this.#stopped.signal)
  }

  /** Tells those whom the sender does not know, also who is still saying what it lacks: nobody is to wait for what will not come. */
  #fail(message: string): void {
    for (const relay of this.#relays.values()) relay.send({ type: 'failed', message })
    this.#relays.clear()
  }

  #end(): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    clearTimeout(this.#look)
    this.#parts.onOver()
  }
}
