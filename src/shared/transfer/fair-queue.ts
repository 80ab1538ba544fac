interface Waiting<T> { item: T; cost: number }

interface Client<T> {
  waiting: Waiting<T>[]
  /** What it has been given, on the scale of `#level`. */
  given: number
}

/**
 * Who goes next when more want to go than may: whoever has been given least, so that each client gets as much as the
 * others however many requests it makes and however large they are. A client that comes, or comes back, begins where the
 * others are: neither behind what they were given before, nor with anything saved up. This is start-time fair queueing
 * (Goyal, Vin and Cheng, SIGCOMM 1996) with equal weights.
 */
export class FairQueue<T> {
  readonly #clients = new Map<string, Client<T>>()
  /** What the one that went last had been given before. */
  #level = 0

  /** @param cost what it is given when it goes, e.g. bytes */
  add(client: string, cost: number, item: T): void {
    const known = this.#clients.get(client)
    if (known) {
      if (known.waiting.length === 0) known.given = Math.max(known.given, this.#level)
      known.waiting.push({ item, cost })
    } else {
      this.#clients.set(client, { waiting: [{ item, cost }], given: this.#level })
    }
  }

  /** The next one, which waits no more; undefined when nobody waits. */
  take(): T | undefined {
    let next: Client<T> | undefined
    for (const [name, client] of this.#clients) {
      if (client.waiting.length > 0) {
        if (!next || client.given < next.given) next = client
      } else if (client.given <= this.#level) {
        this.#clients.delete(name)
      }
    }
    const first = next?.waiting.shift()
    if (!next || !first) return undefined
    this.#level = next.given
    next.given += first.cost
    return first.item
  }

  /** @returns whether it was still waiting */
  remove(client: string, item: T): boolean {
    const waiting = this.#clients.get(client)?.waiting ?? []
    const at = waiting.findIndex((each) => each.item === item)
    if (at < 0) return false
    waiting.splice(at, 1)
    return true
  }
}
