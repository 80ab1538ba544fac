import { malformed } from './bytes.ts'

/** Bytes that come in pieces of somebody else's choosing, taken in lengths of one's own. */
export class ByteStream {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #what: string
  #piece: Uint8Array = new Uint8Array()
  #at = 0
  /** Bytes that were taken. */
  position = 0

  /** @param what is being read, for the error when it ends too early */
  constructor(source: AsyncIterable<Uint8Array>, what: string) {
    this.#source = source[Symbol.asyncIterator]()
    this.#what = what
  }

  /** Exactly as many bytes as there is room for. @throws `corruptImage` when there are fewer · what the source throws */
  async read(into: Uint8Array): Promise<void> {
    for (let done = 0; done < into.length; ) {
      if (this.#at === this.#piece.length && !(await this.#next())) throw this.fail('ends too early')
      const length = Math.min(into.length - done, this.#piece.length - this.#at)
      into.set(this.#piece.subarray(this.#at, this.#at + length), done)
      this.#at += length
      this.position += length
      done += length
    }
  }

  /** @throws as `read` */
  async take(length: number): Promise<Uint8Array> {
    const taken = new Uint8Array(length)
    await this.read(taken)
    return taken
  }

  /** Whether nothing follows; the source has then been read to its end, and has checked what it can check only there. */
  async ended(): Promise<boolean> {
    return this.#at === this.#piece.length && !(await this.#next())
  }

  /** Lets go of the source, wherever it is. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  fail(problem: string) {
    return malformed(this.#what, `${problem} (at byte ${this.position})`)
  }

  async #next(): Promise<boolean> {
    do {
      const { done, value } = await this.#source.next()
      if (done === true) return false
      this.#piece = value
      this.#at = 0
    } while (this.#piece.length === 0)
    return true
  }
}
