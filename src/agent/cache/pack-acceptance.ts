import { ClonaulaError } from '#shared/domain/errors.ts'
import type { MissingPack, TransferJob } from '#image/cache/pack-transfer.ts'
import type { PackId } from '#image/store.ts'

export interface AcceptanceOptions {
  job: Pick<TransferJob, 'packs' | 'intake' | 'signal' | 'onDamaged'>
  /** From now on a pack may be moved to its place. */
  onBegin: (id: PackId) => void
}

/** Accepts packs one after the other in the order in which they are there, while others still come. */
export class PackAcceptance {
  readonly #options: AcceptanceOptions
  readonly #toCome: Map<PackId, MissingPack>
  readonly #left: Set<MissingPack>
  readonly #failure = Promise.withResolvers<never>()
  #last = Promise.resolve()
  #onAccepted: (pack: MissingPack) => void = () => undefined
  #isOver = false
  #isDamaged = false

  constructor(options: AcceptanceOptions) {
    this.#options = options
    this.#toCome = new Map(options.job.packs.map((pack) => [pack.id, pack]))
    this.#left = new Set(options.job.packs)
    this.#failure.promise.catch(() => undefined) // whoever finishes hears of it
  }

  /** Packs that are not accepted, whatever there is of them. */
  get left(): MissingPack[] {
    return [...this.#left]
  }

  /** Whether one came damaged: none is accepted after it. */
  get isDamaged(): boolean {
    return this.#isDamaged
  }

  /** Rejects with what keeps a pack from being accepted, `corruptImage` for one. */
  get failure(): Promise<never> {
    return this.#failure.promise
  }

  /** All of a pack is there. What is none of the job's, or was said before, is passed over. */
  add(id: PackId | undefined): void {
    const pack = id === undefined ? undefined : this.#toCome.get(id)
    if (!pack) return
    this.#toCome.delete(pack.id)
    this.#last = this.#last.then(() => this.#accept(pack))
    this.#last.catch(this.#failure.reject)
  }

  /** All packs are there. Returns when they are accepted. @throws what `failure` rejects with */
  async finish(onAccepted: (pack: MissingPack) => void): Promise<void> {
    this.#onAccepted = onAccepted
    for (const id of this.#toCome.keys()) this.add(id)
    await this.#last
  }

  /** Begins with no other; returns when nothing is in use. */
  async close(): Promise<void> {
    this.#isOver = true
    await this.#last.catch(() => undefined)
  }

  async #accept(pack: MissingPack): Promise<void> {
    if (this.#isOver) return
    const { job: { intake, signal, onDamaged }, onBegin } = this.#options
    onBegin(pack.id)
    try {
      await intake.accept(pack.id, { signal })
      this.#left.delete(pack)
      this.#onAccepted(pack)
    } catch (cause) {
      if (cause instanceof ClonaulaError && cause.result === 'corruptImage') {
        this.#isDamaged = true
        onDamaged(pack.id)
      }
      throw cause
    }
  }
}
