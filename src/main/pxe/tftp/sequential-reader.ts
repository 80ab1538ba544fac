import type { Readable } from 'node:stream'

/** Takes exact lengths off a stream, one call at a time. */
export class SequentialReader {
  readonly #stream: Readable
  readonly #chunks: AsyncIterator<unknown>
  #left: Uint8Array = new Uint8Array(0)

  constructor(stream: Readable) {
    this.#stream = stream
    this.#chunks = stream[Symbol.asyncIterator]()
    // The iterator reports the failure to whoever is reading; this keeps it from ending the process when nobody is.
    stream.on('error', () => {})
  }

  /** The next `length` bytes; fewer only at the stream's end. */
  async next(length: number): Promise<Uint8Array> {
    const parts = [this.#left]
    let available = this.#left.length
    while (available < length) {
      const { done, value } = await this.#chunks.next()
      if (done === true) break
      if (!(value instanceof Uint8Array)) throw new TypeError('a boot file is made of bytes')
      parts.push(value)
      available += value.length
    }
    const all = Buffer.concat(parts)
    this.#left = all.subarray(length)
    return all.subarray(0, length)
  }

  close(): void {
    this.#stream.destroy()
  }
}
