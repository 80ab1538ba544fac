/** zstd's frames (RFC 8878), one after another: node:zlib stops after the first, and pzstd makes many. */
import { createZstdDecompress } from 'node:zlib'
import { ByteStream } from '#shared/formats/byte-stream.ts'
import { transformed } from './transformed.ts'

export const ZSTD_MAGIC = 0xfd2fb528
/** 0x184d2a50 to 0x184d2a5f: something else, to be passed over. */
export const isSkippable = (magic: number): boolean => magic >>> 4 === 0x184d2a5

const RLE = 1
const RESERVED = 3
const MAX_BLOCK = 128 * 1024
/** Bytes that a skippable frame is passed over by. */
const PIECE = 64 * 1024

export async function* zstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = new ByteStream(source, 'zstd')
  try {
    do {
      const magic = await stream.take(4)
      const value = littleEndian(magic)
      if (value === ZSTD_MAGIC) yield* transformed(frame(stream, magic), createZstdDecompress(), 'zstd')
      else if (isSkippable(value)) await skip(stream)
      else throw stream.fail('not a frame')
    } while (!(await stream.ended()))
  } finally {
    await stream.close()
  }
}

async function skip(stream: ByteStream): Promise<void> {
  for (let left = littleEndian(await stream.take(4)); left > 0; left -= PIECE) await stream.take(Math.min(left, PIECE))
}

/** The bytes of one frame: its header and its blocks say where it ends. */
async function* frame(stream: ByteStream, magic: Uint8Array): AsyncGenerator<Uint8Array> {
  yield magic
  const descriptor = await stream.take(1)
  const flags = descriptor[0]!
  const singleSegment = (flags & 0x20) !== 0
  const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][flags >> 6]!
  const dictionary = [0, 1, 2, 4][flags & 3]!
  yield descriptor
  yield await stream.take((singleSegment ? 0 : 1) + dictionary + contentSize)
  for (let last = false; !last; ) {
    const header = await stream.take(3)
    const value = littleEndian(header)
    const type = (value >> 1) & 3
    const size = value >> 3
    if (type === RESERVED || size > MAX_BLOCK) throw stream.fail('a block is damaged')
    yield header
    yield await stream.take(type === RLE ? 1 : size)
    last = (value & 1) === 1
  }
  if ((flags & 4) !== 0) yield await stream.take(4)
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0)
}
