import { setImmediate as turn } from 'node:timers/promises'

/** Milliseconds of work after which others on the event loop have their turn. */
const STRETCH = 5

/** Takes items one after another; many that come at once do not hold the event loop. */
export class InTurns<Item extends object> {
  readonly #take: (item: Item) => void
  readonly #waiting: Item[] = []
  #isTaking = false

  /** @param take never throws */
  constructor(take: (item: Item) => void) {
    this.#take = take
  }

  push(item: Item): void {
    this.#waiting.push(item)
    if (!this.#isTaking) void this.#takeAll()
  }

  async #takeAll(): Promise<void> {
    this.#isTaking = true
    // Also before the first: each of many comes by an event of its own, all of them in one turn.
    await turn()
    let since = performance.now()
    for (let item = this.#waiting.shift(); item; item = this.#waiting.shift()) {
      this.#take(item)
      if (performance.now() - since < STRETCH) continue
      await turn()
      since = performance.now()
    }
    this.#isTaking = false
  }
}
