/** Pieces that were fetched or read last, by their numbers: what one peer asks for, others ask for soon. */
export class PieceCache {
  readonly #budget: number
  /** In the order of their last use. */
  readonly #pieces = new Map<number, Uint8Array>()
  #bytes = 0

  /** @param budget bytes; the newest piece stays also when it is longer */
  constructor(budget: number) {
    this.#budget = budget
  }

  get(piece: number): Uint8Array | undefined {
    const bytes = this.#pieces.get(piece)
    if (!bytes) return undefined
    this.#pieces.delete(piece)
    this.#pieces.set(piece, bytes)
    return bytes
  }

  /** @param bytes nobody changes them any more */
  put(piece: number, bytes: Uint8Array): void {
    this.#remove(piece)
    this.#pieces.set(piece, bytes)
    this.#bytes += bytes.length
    for (const oldest of this.#pieces.keys()) {
      if (this.#bytes <= this.#budget || oldest === piece) return
      this.#remove(oldest)
    }
  }

  #remove(piece: number): void {
    this.#bytes -= this.#pieces.get(piece)?.length ?? 0
    this.#pieces.delete(piece)
  }
}
