/** What a lease's memory knows of itself. */
interface Memory {
  whole: Uint8Array<ArrayBuffer>
  holders: number
  giveBack: (whole: Uint8Array<ArrayBuffer>) => void
}

/**
 * Bytes in memory that several may hold at a time, each by a lease of its own. When the last one lets go of it, the memory is
 * used again. Who never lets go does no harm: his memory is collected as garbage.
 */
export class Lease {
  readonly bytes: Uint8Array<ArrayBuffer>
  #memory: Memory | undefined

  private constructor(memory: Memory, begin: number, end: number) {
    memory.holders += 1
    this.#memory = memory
    this.bytes = memory.whole.subarray(begin, end)
  }

  /** @param giveBack is told when nobody holds it any more; nobody is, of memory that is not of a pool */
  static of(whole: Uint8Array<ArrayBuffer>, length = whole.length, giveBack: Memory['giveBack'] = () => undefined): Lease {
    return new Lease({ whole, holders: 0, giveBack }, 0, length)
  }

  /** A lease of a part, for somebody else. @throws Error when this one has ended */
  share(begin: number, length: number): Lease {
    if (!this.#memory) throw new Error('a lease that has ended')
    const from = this.bytes.byteOffset - this.#memory.whole.byteOffset + begin
    return new Lease(this.#memory, from, from + length)
  }

  /** Lets go of it: its bytes are not to be looked at any more. */
  end(): void {
    const memory = this.#memory
    this.#memory = undefined
    if (memory && --memory.holders === 0) memory.giveBack(memory.whole)
  }
}

/**
 * Memory for bytes that come and go all the time, in parts of one length. With new memory for each of them V8 looks through its
 * whole heap once for every few that come, because it counts them as its own: that took about a quarter of the processor time of a download.
 */
export class BufferPool {
  readonly #length: number
  readonly #mostSpare: number
  readonly #spare: Uint8Array<ArrayBuffer>[] = []

  /** @param length bytes of each part. @param spare bytes that are kept though nobody uses them */
  constructor(length: number, spare: number) {
    this.#length = length
    this.#mostSpare = Math.max(1, Math.floor(spare / length))
  }

  /** @param length bytes, not more than those of a part. What is in them is left over from before */
  lease(length: number): Lease {
    if (length > this.#length) throw new RangeError(`${length} bytes of ${this.#length}`)
    return Lease.of(this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#length), length, (whole) => {
      if (this.#spare.length < this.#mostSpare) this.#spare.push(whole)
    })
  }
}
