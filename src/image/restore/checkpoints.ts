import type { OpenPlaces } from './open-places.ts'
import type { TargetVolume } from './target-volume.ts'

/** How much work may be lost when the power goes: whichever comes first. */
export interface CheckpointInterval {
  milliseconds: number
  /** Written bytes. */
  bytes: number
}

const INTERVAL: CheckpointInterval = { milliseconds: 5000, bytes: 512 * 1024 * 1024 }

/** Renews the records of the targets now and then, while the restore goes on. */
export class Checkpoints {
  readonly #volumes: readonly TargetVolume[]
  readonly #open: OpenPlaces
  readonly #interval: CheckpointInterval
  #last = performance.now()
  #bytes = 0
  #renewing: Promise<void> | undefined
  #failure: { cause: unknown } | undefined

  constructor(volumes: readonly TargetVolume[], open: OpenPlaces, interval: CheckpointInterval = INTERVAL) {
    this.#volumes = volumes
    this.#open = open
    this.#interval = interval
  }

  /** Takes note of what was written. @throws what went wrong in the background, e.g. `diskError` */
  written(bytes: number): void {
    if (this.#failure) throw this.#failure.cause
    this.#bytes += bytes
    const due = this.#bytes >= this.#interval.bytes || performance.now() - this.#last >= this.#interval.milliseconds
    if (due && this.#renewing === undefined) this.#renewing = this.#renew()
  }

  /** Waits for what is under way. @throws as `written` does */
  async settle(): Promise<void> {
    await this.#renewing
    if (this.#failure) throw this.#failure.cause
  }

  /** Records what there is when a restore ends before its end; what goes wrong here does not hide why it ends. */
  async last(): Promise<void> {
    await this.#renewing
    if (!this.#failure) await this.#renew()
  }

  async #renew(): Promise<void> {
    this.#bytes = 0
    try {
      for (const volume of this.#volumes) await volume.renew(this.#open)
    } catch (cause) {
      this.#failure = { cause }
    }
    this.#last = performance.now()
    this.#renewing = undefined
  }
}
