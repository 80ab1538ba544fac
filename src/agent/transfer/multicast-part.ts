import { addAbortListener } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MulticastReceiverMessage } from '#shared/contract/multicast.ts'
import type { RepositoryAccess } from '#shared/contract/repository-access.ts'
import type { NetworkFigures } from '#shared/domain/progress.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { StreamMap, unionOfSegments, type Segment } from '#shared/transfer/multicast/segments.ts'
import { RateWindow } from '#shared/transfer/rate-window.ts'
import type { ChunkSource } from '#image/index.ts'
import type { ControlChannel } from '#transfer/control-channel.ts'
import { MulticastReceiver, type MulticastReceiverOptions, type ReceiverEnd } from '#transfer/multicast/receiver.ts'
import type { OperationContext } from '../operation.ts'
import type { MulticastTrouble } from '../text/texts.ts'
import { ownAddressTowards } from './own-address.ts'

export interface PartOptions {
  /** What is lacking, in the order in which it will be taken. */
  wants: readonly Segment[]
  /** Brings what the session does not. */
  fallback: ChunkSource
  repository: RepositoryAccess
  /** Of the lines in the log. */
  marker: number
  context: OperationContext
}

/** Milliseconds after which it asks to be let in again when the connection was lost, and asks once more when nobody answers. */
const REJOIN_AFTER = 1000
const REMIND_EVERY = 2000

/**
 * A computer's part in the session of its operation, which says in the operation's log what becomes of it. When the connection with the
 * console is lost, all comes from the fallback until it is back, and the session, if that goes on, is heard again.
 */
export class MulticastPart {
  /** What the session brings, and the fallback. */
  readonly source: ChunkSource
  readonly #options: PartOptions
  readonly #address: string | undefined
  readonly #rate = new RateWindow(performance.now())
  readonly #left = new AbortController()
  /** Before the connection was lost. */
  #before = { taken: 0, fetched: 0, lost: 0, repaired: 0 }
  #counted = 0
  #group = ''
  #receiver: MulticastReceiver
  #end: ReceiverEnd | undefined
  #back: Promise<void> | undefined
  #isDone = false

  /** Joins. */
  static async begin(options: PartOptions): Promise<MulticastPart> {
    const { repository, context } = options
    // Without it the system chooses a card, and if that is the wrong one the session is not heard.
    const address = await ownAddressTowards(new URL(repository.url).hostname).catch(() => undefined)
    context.signal.throwIfAborted()
    return new MulticastPart(options, address)
  }

  private constructor(options: PartOptions, address: string | undefined) {
    const { wants, marker, context: { log, texts, onProgress, signal } } = options
    this.#options = options
    this.#address = address
    this.#receiver = this.#join({
      wants: unionOfSegments([wants]),
      onGathering: (joined, expected) => {
        log.step(marker, texts.multicastGathering(joined, expected))
        onProgress({ phase: 'wait', done: 0, total: 0, rate: 0 })
      },
    })
    this.source = {
      manifest: (...request) => this.#receiver.source.manifest(...request),
      packTail: (...request) => this.#receiver.source.packTail(...request),
      packRange: (...request) => this.#receiver.source.packRange(...request),
    }
    signal.addEventListener('abort', this.#cancel)
    void this.#receiver.ended.then((end) => this.#over(end))
  }

  /** Whether the session brings nothing more now, and had not brought all. */
  get isLost(): boolean {
    return this.#end !== undefined && this.#end.how !== 'end'
  }

  /** While it is not in the session because the connection was lost: resolves when it is, or when it will not be again. */
  get back(): Promise<void> | undefined {
    return this.#back
  }

  get network(): NetworkFigures {
    const { lost, repaired, taken, fetched } = this.#figures
    const now = performance.now()
    this.#rate.add(taken + fetched - this.#counted, now)
    this.#counted = taken + fetched
    return { received: this.#rate.at(now), lost, repaired, unicast: fetched }
  }

  /** Waits until the session can be heard, or is none. @returns those segments that it is still to bring, whole */
  async stillToCome<S extends Segment>(segments: readonly S[]): Promise<S[]> {
    await Promise.race([this.#receiver.ready, this.#receiver.ended])
    this.#options.context.signal.throwIfAborted()
    if (this.isLost) return []
    const map = new StreamMap(this.#receiver.segments)
    return segments.filter(({ pack, offset, length }) => (map.find(pack, offset, length) ?? -1) >= this.#receiver.position)
  }

  /** Everything that is wanted was taken. */
  leave(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#left.abort()
    const { marker, context: { log, texts, language, signal } } = this.#options
    signal.removeEventListener('abort', this.#cancel)
    this.#receiver.leave('done')
    const { taken, fetched, lost, repaired } = this.#figures
    if (taken === 0) return
    log.step(marker, texts.multicastBrought({ taken: formatBytes(taken, language), fetched: formatBytes(fetched, language), lost, repaired }))
  }

  get #figures() {
    const { taken, fetched, lost, repaired } = this.#receiver.figures
    const before = this.#before
    return { taken: before.taken + taken, fetched: before.fetched + fetched, lost: before.lost + lost, repaired: before.repaired + repaired }
  }

  readonly #cancel = (): void => {
    this.#left.abort()
    this.#receiver.leave('cancelled')
  }

  #join(options: Pick<MulticastReceiverOptions, 'wants' | 'onGathering' | 'remindEvery'>): MulticastReceiver {
    const { fallback, marker, context } = this.#options
    const { log, texts } = context
    return new MulticastReceiver(channelOf(context), {
      ...options, fallback, ...(this.#address !== undefined && { interface: this.#address }),
      onOffer: ({ group, port, late }) => {
        this.#group = `${group}:${port}`
        if (late) log.step(marker, texts.multicastLate(this.#group))
      },
      onStart: (receivers) => log.step(marker, texts.multicastStarts(this.#group, receivers)),
    })
  }

  #over(end: ReceiverEnd): void {
    this.#end = end
    this.#say(end)
    if (end.how !== 'disconnected' || this.#left.signal.aborted) return
    this.#back = this.#rejoin(this.#left.signal).finally(() => { this.#back = undefined })
  }

  /** What it lacks is none of the stream's any more: it takes what helps it of what the others lack. Never rejects. */
  async #rejoin(left: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(REJOIN_AFTER, undefined, { signal: left }).catch(() => undefined)
      if (left.aborted) return
      const receiver = this.#join({ remindEvery: REMIND_EVERY })
      using _leaving = addAbortListener(left, () => receiver.leave('cancelled'))
      await receiver.ready
      if (!receiver.isOver) return this.#goOnWith(receiver)
      const end = await receiver.ended
      if (end.how !== 'disconnected') return this.#say(end)
    }
  }

  #goOnWith(receiver: MulticastReceiver): void {
    this.#before = this.#figures
    this.#receiver = receiver
    this.#end = undefined
    void receiver.ended.then((end) => this.#over(end))
  }

  #say(end: ReceiverEnd): void {
    const { log, texts } = this.#options.context
    const trouble = troubleOf(end)
    if (trouble) log.warn(texts.multicastOver(trouble) + (end.how === 'failed' ? ` (${end.message})` : ''))
  }
}

/** Says that this operation lacks nothing, so that nobody waits for it. */
export function declineMulticast(context: OperationContext): void {
  const channel = channelOf(context)
  channel.listen({ message: () => undefined, closed: () => undefined })
  channel.send({ type: 'leave', reason: 'done' })
}

function channelOf({ openChannel }: OperationContext): ControlChannel<MulticastReceiverMessage> {
  return openChannel('multicast')
}

/** What a person is told; nothing of what went as it should. */
function troubleOf(end: ReceiverEnd): MulticastTrouble | undefined {
  if (end.how === 'end') return undefined
  if (end.how === 'left') return end.reason === 'done' || end.reason === 'cancelled' ? undefined : end.reason
  if (end.how === 'dropped') return end.reason === 'protocol' ? 'failed' : end.reason
  return end.how
}
