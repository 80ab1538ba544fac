/**
 * partclone images as streams: header, map of used blocks, and the used blocks in order, with checksums between them.
 * Memory is bounded by the map (a bit a block) and one block.
 */
import { ByteReader } from './bytes.ts'
import type { ByteStream } from './byte-stream.ts'
import { encodePartcloneBitmap, readPartcloneBitmap, type BlockBitmap } from './partclone-bitmap.ts'
import { blockChecksum, crcOf0001, type PartcloneTools } from './partclone-checksum.ts'
import {
  CHECKSUM_LENGTH, decodePartcloneHeader, encodePartcloneHeader, PARTCLONE_HEAD, partcloneHeaderLength, type PartcloneHeader,
} from './partclone-header.ts'

/** Reads an image from its first byte to its last. */
export class PartcloneReader {
  readonly header: PartcloneHeader
  readonly bitmap: BlockBitmap
  readonly #stream: ByteStream
  readonly #data: DataReader

  private constructor(header: PartcloneHeader, bitmap: BlockBitmap, stream: ByteStream, tools: PartcloneTools) {
    this.header = header
    this.bitmap = bitmap
    this.#stream = stream
    const total = bitmap.used * header.blockSize
    this.#data = new (header.version === 1 ? BlockReader : StripReader)(stream, header, total, tools)
  }

  /** Reads header and map. @throws `corruptImage` · what the stream throws */
  static async open(stream: ByteStream, tools: PartcloneTools): Promise<PartcloneReader> {
    const head = await stream.take(PARTCLONE_HEAD)
    const bytes = new Uint8Array(partcloneHeaderLength(head))
    bytes.set(head)
    await stream.read(bytes.subarray(head.length))
    const header = decodePartcloneHeader(bytes, tools.crc32)
    return new PartcloneReader(header, await readPartcloneBitmap(stream, header, tools.crc32), stream, tools)
  }

  /**
   * The next bytes of the used blocks, one block after another. What it gave is only proven when the checksum that
   * follows has been read, at the latest by `end`.
   * @throws `corruptImage` when a checksum is wrong, or the image ends
   */
  async read(into: Uint8Array): Promise<void> {
    await this.#data.read(into)
  }

  /** After the last block: nothing may be left. @throws `corruptImage` */
  async end(): Promise<void> {
    await this.#data.end()
    if (!(await this.#stream.ended())) throw this.#stream.fail('there is more than its blocks')
  }
}

interface DataReader {
  read(into: Uint8Array): Promise<void>
  end(): Promise<void>
}

/** 0002: a checksum after every so many blocks, and one after those that are left. */
class StripReader implements DataReader {
  readonly #stream: ByteStream
  readonly #checksum: ReturnType<typeof blockChecksum>
  readonly #checksumLength: number
  /** Bytes from one checksum to the next, those that are left of the blocks, and those until the next checksum. */
  readonly #strip: number
  #left: number
  #untilChecksum: number
  readonly #reseed: boolean

  constructor(stream: ByteStream, header: PartcloneHeader, total: number, tools: PartcloneTools) {
    this.#stream = stream
    this.#checksum = blockChecksum(header, tools)
    this.#checksumLength = CHECKSUM_LENGTH[header.checksum]
    this.#strip = header.checksum === 'none' ? Infinity : header.blocksPerChecksum * header.blockSize
    this.#left = total
    this.#untilChecksum = Math.min(this.#strip, total)
    this.#reseed = header.reseed
    this.#checksum.reset()
  }

  async read(into: Uint8Array): Promise<void> {
    for (let at = 0; at < into.length; ) {
      const piece = into.subarray(at, at + Math.min(into.length - at, this.#untilChecksum))
      if (piece.length === 0) throw this.#stream.fail('no block is left')
      await this.#stream.read(piece)
      if (this.#strip !== Infinity) this.#checksum.update(piece)
      at += piece.length
      this.#left -= piece.length
      this.#untilChecksum -= piece.length
      if (this.#untilChecksum === 0) await this.#check()
    }
  }

  async end(): Promise<void> {
    if (this.#left > 0) throw this.#stream.fail('blocks are left')
  }

  async #check(): Promise<void> {
    this.#untilChecksum = Math.min(this.#strip, this.#left)
    if (this.#strip === Infinity) return
    const stored = await this.#stream.take(this.#checksumLength)
    if (!this.#checksum.matches(stored)) throw this.#stream.fail('the checksum of its blocks is wrong')
    if (this.#reseed) this.#checksum.reset()
  }
}

/**
 * 0001: a checksum after each block, which goes on from the one before. Some versions on 64-bit computers wrote each as eight
 * bytes (partclone before 0.1.0), which nothing says: it shows at the second block, which then fits four bytes further on.
 */
class BlockReader implements DataReader {
  readonly #stream: ByteStream
  readonly #next: ReturnType<typeof crcOf0001>
  readonly #size: number
  /** A block, its checksum, and what a wide one shifts it by. */
  readonly #buffer: Uint8Array
  /** What of the block in the buffer was not asked for yet. */
  #block: Uint8Array = new Uint8Array()
  #blocksRead = 0
  readonly #blocks: number
  #crc = 0xffffffff
  #wide = false

  constructor(stream: ByteStream, header: PartcloneHeader, total: number, tools: PartcloneTools) {
    this.#stream = stream
    this.#size = header.blockSize
    this.#next = crcOf0001(header.blockSize, tools.crc32)
    this.#blocks = total / header.blockSize
    this.#buffer = new Uint8Array(header.blockSize + 8)
  }

  async read(into: Uint8Array): Promise<void> {
    for (let at = 0; at < into.length; ) {
      if (this.#block.length === 0) await this.#readBlock()
      const length = Math.min(into.length - at, this.#block.length)
      into.set(this.#block.subarray(0, length), at)
      this.#block = this.#block.subarray(length)
      at += length
    }
  }

  async end(): Promise<void> {
    if (this.#blocksRead < this.#blocks) throw this.#stream.fail('blocks are left')
  }

  async #readBlock(): Promise<void> {
    if (this.#blocksRead === this.#blocks) throw this.#stream.fail('no block is left')
    await this.#stream.read(this.#buffer.subarray(0, this.#size + 4))
    let start = 0
    let crc = this.#soundCrc(0)
    if (crc === undefined && this.#blocksRead === 1) {
      await this.#stream.read(this.#buffer.subarray(this.#size + 4))
      start = 4
      crc = this.#soundCrc(start)
      this.#wide = true
    }
    if (crc === undefined) throw this.#stream.fail('the checksum of a block is wrong')
    if (this.#wide) await this.#stream.take(4)
    this.#crc = crc
    this.#block = this.#buffer.subarray(start, start + this.#size)
    this.#blocksRead += 1
  }

  /** The CRC up to the block that begins here in the buffer, if it is what is stored after it. */
  #soundCrc(start: number): number | undefined {
    const end = start + this.#size
    const crc = this.#next(this.#buffer.subarray(start, end), this.#crc)
    return new ByteReader(this.#buffer.subarray(end), 'partclone block').u32() === crc ? crc : undefined
  }
}

/**
 * Writes an image.
 * @param data the bytes of the used blocks, in order, in pieces of any length; as many as the bitmap says
 */
export async function* encodePartclone(
  header: PartcloneHeader, bitmap: BlockBitmap, data: AsyncIterable<Uint8Array>, tools: PartcloneTools,
): AsyncGenerator<Uint8Array> {
  yield encodePartcloneHeader(header, bitmap.used, tools.crc32)
  yield encodePartcloneBitmap(bitmap, header, tools.crc32)
  const checksum = blockChecksum(header, tools)
  checksum.reset()
  const strip = header.checksum === 'none' ? Infinity : header.blocksPerChecksum * header.blockSize
  let filled = 0
  for await (const bytes of data) {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + Math.min(bytes.length - at, strip - filled))
      if (strip !== Infinity) checksum.update(piece)
      yield piece
      at += piece.length
      filled += piece.length
      if (filled < strip) continue
      yield checksum.value()
      if (header.reseed) checksum.reset()
      filled = 0
    }
  }
  if (filled > 0 && strip !== Infinity) yield checksum.value()
}
