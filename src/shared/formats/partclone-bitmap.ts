import { ByteReader, ByteWriter, malformed } from './bytes.ts'
import type { ByteStream } from './byte-stream.ts'
import { partcloneCrc, type Crc32, type PartcloneHeader } from './partclone-header.ts'

/** Blocks next to one another. */
export interface BlockRun {
  start: number
  count: number
}

/** What follows a map of bytes: "BiTmAgIc". */
const BYTES_END = Uint8Array.of(0x42, 0x69, 0x54, 0x6d, 0x41, 0x67, 0x49, 0x63)
/** Bytes of a map that are read at a time: memory is taken for what has come, not for what a header promises. */
const PIECE = 1024 * 1024

/** Which blocks of a filesystem are in an image: a bit each, the lowest bit of a byte first. */
export class BlockBitmap {
  readonly blocks: number
  /** Empty when every block is in it: no memory for what a header alone says. */
  readonly bits: Uint8Array
  readonly #all: boolean

  /** @param bits a bit each, or `all` */
  constructor(blocks: number, bits: Uint8Array | 'all' = new Uint8Array(Math.ceil(blocks / 8))) {
    this.blocks = blocks
    this.#all = bits === 'all'
    this.bits = bits === 'all' ? new Uint8Array() : bits
  }

  has(block: number): boolean {
    return this.#all || (this.bits[block >>> 3]! & (1 << (block & 7))) !== 0
  }

  /** Not for a bitmap of `all`. */
  add({ start, count }: BlockRun): void {
    for (let block = start; block < start + count; block += 1) this.bits[block >>> 3]! |= 1 << (block & 7)
  }

  /** Blocks that are in it. */
  get used(): number {
    let used = 0
    for (const { count } of this.runs()) used += count
    return used
  }

  /** As few runs as there can be, in order. Bits beyond the last block mean nothing. */
  *runs(): Generator<BlockRun> {
    if (this.#all) {
      yield { start: 0, count: this.blocks }
      return
    }
    let start = -1
    for (let block = 0; block < this.blocks; ) {
      const byte = this.bits[block >>> 3]!
      // Whole bytes of the same: most of a map.
      if (block % 8 === 0 && block + 8 <= this.blocks && byte === (start < 0 ? 0 : 0xff)) {
        block += 8
        continue
      }
      const used = (byte & (1 << (block & 7))) !== 0
      if (used && start < 0) start = block
      if (!used && start >= 0) {
        yield { start, count: block - start }
        start = -1
      }
      block += 1
    }
    if (start >= 0) yield { start, count: this.blocks - start }
  }
}

/** @throws `corruptImage` */
export async function readPartcloneBitmap(stream: ByteStream, header: PartcloneHeader, crc32: Crc32): Promise<BlockBitmap> {
  const { blocks, bitmap } = header
  if (bitmap === 'none') return new BlockBitmap(blocks, 'all')
  return bitmap === 'bit' ? readBits(stream, blocks, crc32) : readBytes(stream, blocks)
}

async function readBits(stream: ByteStream, blocks: number, crc32: Crc32): Promise<BlockBitmap> {
  const bits = new GrowingBytes(Math.ceil(blocks / 8))
  let crc = partcloneCrc(new Uint8Array(), crc32)
  for (let left = bits.length; left > 0; left -= PIECE) {
    const piece = await stream.take(Math.min(PIECE, left))
    crc = partcloneCrc(piece, crc32, crc)
    bits.add(piece)
  }
  const stored = new ByteReader(await stream.take(4), 'partclone bitmap').u32()
  if (stored !== crc) throw malformed('partclone bitmap', 'its checksum is wrong')
  return new BlockBitmap(blocks, bits.finish())
}

/** 1 is used, and nothing else is: there are images with other values in their maps, which partclone takes as free too. */
async function readBytes(stream: ByteStream, blocks: number): Promise<BlockBitmap> {
  const bits = new GrowingBytes(Math.ceil(blocks / 8))
  for (let left = blocks; left > 0; left -= PIECE) {
    const piece = await stream.take(Math.min(PIECE, left))
    const packed = new BlockBitmap(piece.length)
    for (const [at, byte] of piece.entries()) if (byte === 1) packed.add({ start: at, count: 1 })
    bits.add(packed.bits)
  }
  const end = await stream.take(BYTES_END.length)
  if (end.some((byte, at) => byte !== BYTES_END[at])) throw malformed('partclone bitmap', 'its end is missing')
  return new BlockBitmap(blocks, bits.finish())
}

/** The counterpart. */
export function encodePartcloneBitmap(bitmap: BlockBitmap, header: PartcloneHeader, crc32: Crc32): Uint8Array {
  switch (header.bitmap) {
    case 'none': return new Uint8Array()
    case 'bit': return new ByteWriter().raw(bitmap.bits).u32(partcloneCrc(bitmap.bits, crc32)).finish()
    case 'byte': {
      const bytes = Uint8Array.from({ length: bitmap.blocks }, (_, block) => Number(bitmap.has(block)))
      return new ByteWriter().raw(bytes).raw(BYTES_END).finish()
    }
    default: return header.bitmap satisfies never
  }
}

/** Bytes whose number is known, in a buffer that is never more than twice what has come of them. */
class GrowingBytes {
  readonly length: number
  #bytes = new Uint8Array()
  #filled = 0

  constructor(length: number) {
    this.length = length
  }

  add(piece: Uint8Array): void {
    const filled = this.#filled + piece.length
    if (filled > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.length, filled * 2))
      grown.set(this.#bytes.subarray(0, this.#filled))
      this.#bytes = grown
    }
    this.#bytes.set(piece, this.#filled)
    this.#filled = filled
  }

  finish(): Uint8Array {
    return this.#bytes
  }
}
