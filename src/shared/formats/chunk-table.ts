import { ByteReader, ByteWriter, malformed } from './bytes.ts'
import { DIGEST_LENGTH } from './digest.ts'
import { MAX_CHUNK } from './pack.ts'

/** Granularity of chunk boundaries, in bytes; only the last chunk of a volume or an area need not be a multiple. */
export const BLOCK = 4096

/**
 * The different chunks of an image. Flat arrays and no object per chunk: a 100 GB image has more
 * than a million, and the clients that restore it may have 256 MB of memory.
 */
export class ChunkTable {
  /** SHA-256 of chunk i at 32·i. */
  readonly digests: Uint8Array
  /** Plain bytes. */
  readonly lengths: Uint32Array
  /** Sum of the lengths of the chunks before i; one entry more than there are chunks. */
  readonly #before: Float64Array
  /** How many of the chunks before i are not whole blocks. */
  readonly #partsBefore: Uint32Array

  constructor(digests: Uint8Array, lengths: Uint32Array) {
    if (digests.length !== lengths.length * DIGEST_LENGTH) throw new RangeError('one digest per length')
    this.digests = digests
    this.lengths = lengths
    this.#before = new Float64Array(lengths.length + 1)
    this.#partsBefore = new Uint32Array(lengths.length + 1)
    lengths.forEach((length, at) => {
      this.#partsBefore[at + 1] = this.#partsBefore[at]! + Number(length % BLOCK !== 0)
      this.#before[at + 1] = this.#before[at]! + length
    })
  }

  get count(): number {
    return this.lengths.length
  }

  digest(chunk: number): Uint8Array {
    return this.digests.subarray(chunk * DIGEST_LENGTH, (chunk + 1) * DIGEST_LENGTH)
  }

  length(chunk: number): number {
    return this.lengths[chunk]!
  }

  /** Bytes of chunks `first` … `first + count − 1` together. */
  span(first: number, count: number): number {
    return this.#before[first + count]! - this.#before[first]!
  }

  /** Whether chunks `first` … `first + count − 1` are whole blocks. */
  allWhole(first: number, count: number): boolean {
    return this.#partsBefore[first + count] === this.#partsBefore[first]
  }

  /** Whole blocks as an even number (2·blocks), any other length as an odd one (2·bytes + 1). */
  encodeLengths(): Uint8Array {
    const writer = new ByteWriter()
    for (const length of this.lengths) writer.varint(length % BLOCK === 0 ? (length / BLOCK) * 2 : length * 2 + 1)
    return writer.finish()
  }

  static decode(digests: Uint8Array, encodedLengths: Uint8Array): ChunkTable {
    if (digests.length % DIGEST_LENGTH !== 0) throw malformed('manifest', 'digests: half a hash')
    const reader = new ByteReader(encodedLengths, 'chunk lengths')
    const count = digests.length / DIGEST_LENGTH
    if (count > reader.remaining) throw malformed('manifest', 'fewer chunk lengths than chunks')
    const lengths = new Uint32Array(count)
    for (let chunk = 0; chunk < count; chunk += 1) {
      const value = reader.varint()
      const length = value % 2 === 0 ? (value / 2) * BLOCK : (value - 1) / 2
      if (length === 0 || length > MAX_CHUNK) throw reader.fail('chunk length out of range')
      if (value % 2 === 1 && length % BLOCK === 0) throw reader.fail('whole blocks counted in bytes')
      lengths[chunk] = length
    }
    reader.end()
    return new ChunkTable(digests, lengths)
  }
}
