/** LZ4 frames (LZ4 Frame Format 1.6.4, LZ4 Block Format). */
import type { ByteSource } from './byte-source.ts'
import { xxh32, Xxh32 } from './xxh32.ts'

export const LZ4_MAGIC = Uint8Array.of(0x04, 0x22, 0x4d, 0x18)
const FRAME = 0x184d2204
/** 0x184d2a50 to 0x184d2a5f: something else, to be passed over. */
const SKIPPABLE = 0x184d2a5
/** How far back a match reaches. */
const HISTORY = 64 * 1024
const FLAG = { dictionary: 0x1, contentChecksum: 0x4, contentSize: 0x8, blockChecksum: 0x10, independent: 0x20 } as const

/** Several frames one after another count as one. */
export function* lz4(input: ByteSource): Generator<Uint8Array, void> {
  do {
    const magic = input.u32()
    if (magic >>> 4 === SKIPPABLE) for (let left = input.u32(); left > 0; left -= 1) input.u8()
    else if (magic === FRAME) yield* readFrame(input)
    else throw input.fail('not a frame of LZ4')
  } while (!input.ended)
}

function* readFrame(input: ByteSource): Generator<Uint8Array, void> {
  const { flags, maxBlock, contentSize } = readDescriptor(input)
  const has = (flag: number) => (flags & flag) !== 0
  const content = new Xxh32()
  /** What matches may refer to, and after it the block that is being made. */
  const buffer = new Uint8Array(HISTORY + maxBlock)
  let history = 0
  let total = 0
  for (let size = input.u32(); size !== 0; size = input.u32()) {
    const stored = input.take(blockLength(size, maxBlock, input))
    if (has(FLAG.blockChecksum) && input.u32() !== xxh32(stored)) throw input.fail('the checksum of a block is wrong')
    let end = history + stored.length
    if (size >= 0x8000_0000) buffer.set(stored, history)
    else end = lz4Block(stored, buffer.subarray(0, history + maxBlock), history)
    if (end < 0) throw input.fail('a block is damaged')
    const plain = buffer.slice(history, end)
    total += plain.length
    if (has(FLAG.contentChecksum)) content.update(plain)
    yield plain
    if (has(FLAG.independent)) continue
    history = Math.min(HISTORY, end)
    buffer.copyWithin(0, end - history, end)
  }
  if (has(FLAG.contentChecksum) && input.u32() !== content.digest()) throw input.fail('the checksum is wrong')
  if (contentSize !== undefined && contentSize !== total) throw input.fail('the length is wrong')
}

function readDescriptor(input: ByteSource): { flags: number; maxBlock: number; contentSize: number | undefined } {
  const flags = input.u8()
  const block = input.u8()
  const code = (block >> 4) & 7
  if (flags >> 6 !== 1 || (flags & 2) !== 0 || code < 4 || (block & 0x8f) !== 0) throw input.fail('an unknown kind of frame')
  if ((flags & FLAG.dictionary) !== 0) throw input.fail('a dictionary is needed')
  const size = (flags & FLAG.contentSize) !== 0 ? input.take(8) : new Uint8Array()
  const check = (xxh32(Uint8Array.of(flags, block, ...size)) >>> 8) & 0xff
  if (input.u8() !== check) throw input.fail('the checksum of the header is wrong')
  const contentSize = size.length === 0 ? undefined : Number(new DataView(size.buffer).getBigUint64(0, true))
  return { flags, maxBlock: 2 ** (8 + 2 * code), contentSize }
}

/** The top bit says that a block is stored as it is. */
function blockLength(size: number, maxBlock: number, input: ByteSource): number {
  const length = size % 0x8000_0000
  if (length > maxBlock || length === 0) throw input.fail('a block of an absurd size')
  return length
}

/**
 * Decompresses a block behind what is in `out` already.
 * @param start where it begins; matches may reach back before it
 * @returns where it ends; −1 when it is damaged
 */
export function lz4Block(block: Uint8Array, out: Uint8Array, start: number): number {
  let at = 0
  let end = start
  const more = (short: number): number => {
    let length = short
    if (short !== 15) return length
    for (;;) {
      const byte = block[at++]
      if (byte === undefined) return Infinity
      length += byte
      if (byte !== 255) return length
    }
  }
  while (at < block.length) {
    const token = block[at++]!
    const literals = more(token >> 4)
    if (at + literals > block.length || end + literals > out.length) return -1
    for (const last = end + literals; end < last; ) out[end++] = block[at++]!
    if (at === block.length) return end // the last sequence has no match
    if (at + 2 > block.length) return -1
    const distance = block[at]! | (block[at + 1]! << 8)
    at += 2
    const length = more(token & 15) + 4
    if (distance === 0 || distance > end || end + length > out.length) return -1
    for (const last = end + length; end < last; end += 1) out[end] = out[end - distance]!
  }
  return -1
}
