/** Says how long each step of a build took. */
export class Stopwatch {
  #last = performance.now()
  readonly #log: (line: string) => void

  constructor(log: (line: string) => void) {
    this.#log = log
  }

  /** Ends a step: `stage1.img             12.3 s` */
  lap(step: string): void {
    const now = performance.now()
    this.#log(`${step.padEnd(22)}${((now - this.#last) / 1000).toFixed(1).padStart(6)} s`)
    this.#last = now
  }
}
