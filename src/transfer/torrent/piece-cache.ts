import type { Lease } from './buffer-pool.ts'

/** Pieces that were fetched or read last, by their numbers: what one peer asks for, others ask for soon. */
export class PieceCache {
  readonly #budget: number
  /** In the order of their last use. */
  readonly #pieces = new Map<number, Lease>()
  #bytes = 0

  /** @param budget bytes; the newest piece stays also when it is longer */
  constructor(budget: number) {
    this.#budget = budget
  }

  /** @returns the cache's own lease: to be shared by who uses it beyond this turn of the event loop */
  get(piece: number): Lease | undefined {
    const lease = this.#pieces.get(piece)
    if (!lease) return undefined
    this.#pieces.delete(piece)
    this.#pieces.set(piece, lease)
    return lease
  }

  /** @param lease the cache's from now on; nobody changes its bytes any more */
  put(piece: number, lease: Lease): void {
    this.#remove(piece)
    this.#pieces.set(piece, lease)
    this.#bytes += lease.bytes.length
    for (const oldest of this.#pieces.keys()) {
      if (this.#bytes <= this.#budget || oldest === piece) return
      this.#remove(oldest)
    }
  }

  #remove(piece: number): void {
    const lease = this.#pieces.get(piece)
    if (!lease) return
    this.#bytes -= lease.bytes.length
    this.#pieces.delete(piece)
    lease.end()
  }
}
