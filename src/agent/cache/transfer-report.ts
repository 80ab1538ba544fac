import type { NetworkFigures, Progress, StallReason } from '#shared/domain/progress.ts'

/** The progress of a transfer, of two halves that are told apart: what has come, and what the network looks like. */
export class TransferReport {
  readonly #onProgress: (progress: Progress) => void
  #progress: Progress | undefined
  #network: Pick<Progress, 'network' | 'stalled'> = {}

  constructor(onProgress: (progress: Progress) => void) {
    this.#onProgress = onProgress
  }

  moved(progress: Progress): void {
    this.#progress = progress
    this.#report()
  }

  seen(network: NetworkFigures, stalled: StallReason | undefined): void {
    this.#network = { network, ...(stalled && { stalled }) }
    this.#report()
  }

  /** Some bytes come twice: more than all is not said. What came is of the past: while nothing comes, the network knows the rate. */
  #report(): void {
    if (!this.#progress) return
    const { secondsLeft, ...progress } = this.#progress
    const { network, stalled } = this.#network
    this.#onProgress({
      ...progress, ...this.#network,
      done: Math.min(progress.done, progress.total),
      ...(network && { rate: network.received }),
      ...(secondsLeft !== undefined && stalled === undefined && { secondsLeft }),
    })
  }
}
