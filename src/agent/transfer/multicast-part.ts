import type { MulticastReceiverMessage } from '#shared/contract/multicast.ts'
import type { RepositoryAccess } from '#shared/contract/repository-access.ts'
import type { NetworkFigures } from '#shared/domain/progress.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { StreamMap, unionOfSegments, type Segment } from '#shared/transfer/multicast/segments.ts'
import { RateWindow } from '#shared/transfer/torrent/rate.ts'
import type { ChunkSource } from '#image/index.ts'
import type { ControlChannel } from '#transfer/control-channel.ts'
import { MulticastReceiver, type ReceiverEnd } from '#transfer/multicast/receiver.ts'
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

/** A computer's part in the session of its operation, which says in the operation's log what becomes of it. */
export class MulticastPart {
  readonly #receiver: MulticastReceiver
  readonly #context: OperationContext
  readonly #marker: number
  readonly #rate = new RateWindow(performance.now())
  #counted = 0
  #group = ''
  #end: ReceiverEnd | undefined
  #isDone = false

  /** Joins. */
  static async begin(options: PartOptions): Promise<MulticastPart> {
    const { repository, context } = options
    // Without it the system chooses a card, and if that is the wrong one the session is not heard.
    const address = await ownAddressTowards(new URL(repository.url).hostname).catch(() => undefined)
    context.signal.throwIfAborted()
    return new MulticastPart(options, address)
  }

  private constructor({ wants, fallback, context, marker }: PartOptions, address: string | undefined) {
    const { log, texts, onProgress } = context
    this.#context = context
    this.#marker = marker
    this.#receiver = new MulticastReceiver(channelOf(context), {
      wants: unionOfSegments([wants]), fallback, ...(address !== undefined && { interface: address }),
      onGathering: (joined, expected) => {
        log.step(marker, texts.multicastGathering(joined, expected))
        onProgress({ phase: 'wait', done: 0, total: 0, rate: 0 })
      },
      onOffer: ({ group, port, late }) => {
        this.#group = `${group}:${port}`
        if (late) log.step(marker, texts.multicastLate(this.#group))
      },
      onStart: (receivers) => log.step(marker, texts.multicastStarts(this.#group, receivers)),
    })
    context.signal.addEventListener('abort', this.#cancel)
    void this.#receiver.ended.then((end) => this.#over(end))
  }

  /** What the session brings, and the fallback. */
  get source(): ChunkSource {
    return this.#receiver.source
  }

  /** Whether the session brings nothing more, and had not brought all. */
  get isLost(): boolean {
    return this.#end !== undefined && this.#end.how !== 'end'
  }

  get network(): NetworkFigures {
    const { lost, repaired, taken, fetched } = this.#receiver.figures
    const now = performance.now()
    this.#rate.add(taken + fetched - this.#counted, now)
    this.#counted = taken + fetched
    return { received: this.#rate.at(now), lost, repaired, unicast: fetched }
  }

  /** Waits until the session can be heard, or is none. @returns those segments that it is still to bring, whole */
  async stillToCome<S extends Segment>(segments: readonly S[]): Promise<S[]> {
    const { signal } = this.#context
    await Promise.race([this.#receiver.ready, this.#receiver.ended])
    signal.throwIfAborted()
    if (this.isLost) return []
    const map = new StreamMap(this.#receiver.segments)
    return segments.filter(({ pack, offset, length }) => (map.find(pack, offset, length) ?? -1) >= this.#receiver.position)
  }

  /** Everything that is wanted was taken. */
  leave(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#context.signal.removeEventListener('abort', this.#cancel)
    this.#receiver.leave('done')
    const { log, texts, language } = this.#context
    const { taken, fetched, lost, repaired } = this.#receiver.figures
    if (taken === 0) return
    log.step(this.#marker, texts.multicastBrought({ taken: formatBytes(taken, language), fetched: formatBytes(fetched, language), lost, repaired }))
  }

  readonly #cancel = (): void => this.#receiver.leave('cancelled')

  #over(end: ReceiverEnd): void {
    this.#end = end
    const trouble = troubleOf(end)
    if (trouble) this.#context.log.warn(this.#context.texts.multicastOver(trouble))
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
