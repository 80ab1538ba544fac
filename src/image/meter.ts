import type { Progress, SlowOptions } from '#shared/domain/progress.ts'

/** Milliseconds between two samples, and how far back the rate looks. */
const INTERVAL = 250
const WINDOW = 5000
/** Milliseconds before a rate says anything about the time that is left: a slow first read would promise days. */
const TRUSTED = 2000

/** Counts bytes and reports them now and then: at the start, every quarter of a second, and at the end. */
export class Meter {
  readonly #phase: string
  readonly #total: number
  readonly #onProgress: SlowOptions['onProgress']
  readonly #samples: { at: number; done: number }[] = []
  #done = 0

  constructor(phase: string, total: number, onProgress: SlowOptions['onProgress']) {
    this.#phase = phase
    this.#total = total
    this.#onProgress = onProgress
    this.#report()
  }

  add(bytes: number): void {
    this.#done += bytes
    if (performance.now() - (this.#samples.at(-1)?.at ?? 0) >= INTERVAL) this.#report()
  }

  end(): void {
    this.#report()
  }

  #report(): void {
    const now = performance.now()
    this.#samples.push({ at: now, done: this.#done })
    while (this.#samples.length > 2 && this.#samples[1]!.at < now - WINDOW) this.#samples.shift()
    this.#onProgress?.(this.#progress())
  }

  #progress(): Progress {
    const first = this.#samples[0]!
    const last = this.#samples.at(-1)!
    const elapsed = last.at - first.at
    const rate = elapsed > 0 ? (last.done - first.done) / (elapsed / 1000) : 0
    const progress = { phase: this.#phase, done: this.#done, total: this.#total, rate }
    return rate > 0 && elapsed >= TRUSTED ? { ...progress, secondsLeft: Math.max(0, this.#total - this.#done) / rate } : progress
  }
}
