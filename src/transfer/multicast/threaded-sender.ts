import { addAbortListener } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { MulticastSenderMessage, SegmentParts } from '#shared/contract/multicast.ts'
import { ClonaulaError, fromErrorRecord } from '#shared/domain/errors.ts'
import { partsOf } from '#shared/transfer/multicast/parts.ts'
import type { SenderFigures } from '#shared/transfer/multicast/sender-machine.ts'
import { unitsOf } from '#shared/transfer/multicast/stream-window.ts'
import { threadFile } from '#image/thread-file.ts'
import type { ControlChannel } from '../control-channel.ts'
import { InTurns } from '../in-turns.ts'
import type { MulticastSenderOptions } from './sender.ts'
import type { FromSenderThread, SenderTask, ToSenderThread } from './thread-messages.ts'

export interface ThreadedSenderOptions extends Omit<MulticastSenderOptions, 'source'> {
  /** Folder of the repository that has the packs. */
  repository: string
}

/**
 * A `MulticastSender` in a thread of its own, which `run` starts and ends: at a gigabit it would hold the console's event loop.
 * Only control messages come by here, to be passed on; the thread checks them.
 */
export class ThreadedSender {
  readonly #options: ThreadedSenderOptions
  readonly #parts: SegmentParts[]
  /** Of those that were not told yet that it is over for them. */
  readonly #channels = new Map<string, ControlChannel<MulticastSenderMessage>>()
  /** For the thread, until there is one. */
  readonly #waiting: ToSenderThread[] = []
  #post = (message: ToSenderThread): void => void this.#waiting.push(message)
  #figures: SenderFigures
  /** What those are told that come when it is over. */
  #over: Extract<MulticastSenderMessage, { type: 'end' | 'failed' }> | undefined

  constructor(options: ThreadedSenderOptions) {
    const units = unitsOf(options.segments.reduce((sum, { length }) => sum + length, 0))
    this.#options = options
    this.#parts = partsOf(options.segments)
    this.#figures = { phase: 'lobby', sent: 0, units, datagrams: 0, repaired: 0, mixed: 0, rate: 0, receivers: [] }
  }

  /** As they were a moment ago. */
  get figures(): SenderFigures {
    return this.#figures
  }

  /** Takes a receiver in, when it asks over this channel. @param id any name that no other receiver has */
  join(id: string, channel: ControlChannel<MulticastSenderMessage>): void {
    if (this.#over) return channel.send(this.#over)
    this.#channels.set(id, channel)
    this.#post({ type: 'join', id })
    channel.listen({
      message: (message) => this.#hear(id, message),
      closed: () => this.#close(id),
    })
  }

  /**
   * Sends until every receiver has everything, or is gone; the thread is gone then.
   * @throws `multicastSender` also when the thread dies · what the repository throws · AbortError; receivers are told
   */
  async run(signal: AbortSignal = new AbortController().signal): Promise<SenderFigures> {
    let thread: Worker | undefined
    try {
      thread = this.#start()
      this.#figures = await this.#ended(thread, signal)
      this.#tellOver({ type: 'end' })
    } catch (error) {
      this.#tellOver({ type: 'failed', message: error instanceof Error ? error.message.slice(0, 2000) : 'unknown' })
      throw error
    } finally {
      this.#post = () => undefined
      this.#figures = { ...this.#figures, phase: 'ended' }
      await thread?.terminate()
    }
    return this.#figures
  }

  #start(): Worker {
    const { repository, network, expected } = this.#options
    const task: SenderTask = { repository, parts: this.#parts, network, expected }
    const file = threadFile(import.meta.url, './sender-thread.ts', 'multicast-sender')
    const thread = new Worker(file, { name: 'multicast sender', workerData: task })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, not a window
    this.#post = (message) => thread.postMessage(message)
    for (const message of this.#waiting.splice(0)) this.#post(message)
    return thread
  }

  async #ended(thread: Worker, signal: AbortSignal): Promise<SenderFigures> {
    const { promise, resolve, reject } = Promise.withResolvers<SenderFigures>()
    // In turns: each receiver is told all of the stream's segments, and a class joins at once. Its end is heard after its last words.
    const heard = new InTurns<FromSenderThread | { type: 'died'; cause?: unknown }>((message) => {
      if (message.type === 'ended') resolve(message.figures)
      else if (message.type === 'failed') reject(fromErrorRecord(message.error))
      else if (message.type === 'died') reject(new ClonaulaError('multicastSender', 'the thread that sends died', {}, { cause: message.cause }))
      else this.#take(message)
    })
    thread.on('message', (message: FromSenderThread) => heard.push(message))
    thread.on('error', (cause) => heard.push({ type: 'died', cause }))
    thread.on('exit', () => heard.push({ type: 'died' }))
    const aborting = addAbortListener(signal, () => reject(signal.reason as Error))
    try {
      return await promise
    } finally {
      aborting[Symbol.dispose]()
    }
  }

  #take(message: Exclude<FromSenderThread, { type: 'ended' | 'failed' }>): void {
    switch (message.type) {
      case 'say': return this.#say(message.id, message.message)
      case 'sayPart': return this.#say(message.id, { type: 'segments', packs: this.#parts[message.part] ?? [] })
      case 'start': return this.#options.onStart?.(message.receivers)
      case 'dropped': return this.#options.onDropped?.(message.id, message.reason)
      case 'figures': this.#figures = message.figures
    }
  }

  #say(id: string, message: MulticastSenderMessage): void {
    this.#channels.get(id)?.send(message)
    if (message.type === 'dropped' || message.type === 'failed' || message.type === 'end') this.#channels.delete(id)
  }

  #hear(id: string, message: unknown): void {
    try {
      this.#post({ type: 'hear', id, message })
    } catch {
      this.#post({ type: 'hear', id, message: undefined }) // nested too deeply to be handed over: nothing of this protocol
    }
  }

  #close(id: string): void {
    this.#channels.delete(id)
    this.#post({ type: 'closed', id })
  }

  /** Also those that came when the thread had ended, and was not heard of yet. */
  #tellOver(message: Extract<MulticastSenderMessage, { type: 'end' | 'failed' }>): void {
    this.#over = message
    for (const id of this.#channels.keys()) this.#say(id, message)
  }
}
