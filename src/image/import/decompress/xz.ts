/** The .xz file format, version 1.2.1. */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { ByteReader, equalBytes } from '#shared/formats/bytes.ts'
import type { ByteSource } from './byte-source.ts'
import { Crc64 } from './crc64.ts'
import { checkDictionary } from './lzma.ts'
import { lzma2 } from './lzma2.ts'

export const XZ_MAGIC = Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)
const FOOTER_MAGIC = Uint8Array.of(0x59, 0x5a)
const LZMA2 = 0x21

/** What protects the plain bytes of a block. */
interface Check {
  length: number
  update(bytes: Uint8Array): void
  digest(): Uint8Array
}

const CHECKS: Readonly<Record<number, () => Check>> = {
  0x00: () => ({ length: 0, update: () => {}, digest: () => new Uint8Array() }),
  0x01: crc32Check,
  0x04: () => {
    const crc = new Crc64()
    return { length: 8, update: (bytes) => crc.update(bytes), digest: () => crc.digest() }
  },
  0x0a: () => {
    const hash = createHash('sha256')
    return { length: 32, update: (bytes) => void hash.update(bytes), digest: () => hash.digest() }
  },
}

function crc32Check(): Check {
  let crc = 0
  return { length: 4, update: (bytes) => void (crc = crc32(bytes, crc)), digest: () => littleEndian(crc) }
}

/** Several streams one after another count as one; zeros may lie between them, four at a time. */
export function* xz(input: ByteSource): Generator<Uint8Array, void> {
  do {
    yield* readStream(input)
    let padding = 0
    for (; input.peek() === 0; padding += 1) input.u8()
    if (padding % 4 !== 0) throw input.fail('the padding is damaged')
  } while (!input.ended)
}

/** What an index says of each block, and what was found: as a checksum of both numbers of all, so as not to keep them. */
interface Records {
  count: number
  sum: number
}

function* readStream(input: ByteSource): Generator<Uint8Array, void> {
  if (!equalBytes(input.take(XZ_MAGIC.length), XZ_MAGIC)) throw input.fail('not a file of xz')
  const flags = input.take(2)
  if (input.u32() !== crc32(flags)) throw input.fail('the checksum of the header is wrong')
  const check = flags[0] === 0 ? CHECKS[flags[1]!] : undefined
  if (!check) throw input.fail('an unknown kind of checksum')
  const blocks: Records = { count: 0, sum: 0 }
  for (let size = input.u8(); size !== 0; size = input.u8()) yield* readBlock(input, size, check(), blocks)
  const indexSize = readIndex(input, blocks)
  const sum = input.u32()
  const end = input.take(6)
  if (crc32(end) !== sum || littleEndianAt(end, 0) !== indexSize / 4 - 1 || !equalBytes(end.subarray(4), flags)) {
    throw input.fail('the end is damaged')
  }
  if (!equalBytes(input.take(2), FOOTER_MAGIC)) throw input.fail('the end is damaged')
}

function* readBlock(input: ByteSource, size: number, check: Check, blocks: Records): Generator<Uint8Array, void> {
  const { dictionary, compressed, plain } = readBlockHeader(input, size)
  const start = input.position
  let total = 0
  for (const bytes of lzma2(input, dictionary)) {
    total += bytes.length
    check.update(bytes)
    yield bytes
  }
  const length = input.position - start
  if ((compressed ?? length) !== length || (plain ?? total) !== total) throw input.fail('the length of a block is wrong')
  for (let at = length; at % 4 !== 0; at += 1) if (input.u8() !== 0) throw input.fail('the padding is damaged')
  if (!equalBytes(input.take(check.length), check.digest())) throw input.fail('the checksum of a block is wrong')
  addRecord(blocks, (size + 1) * 4 + length + check.length, total)
}

interface BlockHeader {
  dictionary: number
  compressed?: number
  plain?: number
}

/** @param size its first byte */
function readBlockHeader(input: ByteSource, size: number): BlockHeader {
  const bytes = Uint8Array.of(size, ...input.take((size + 1) * 4 - 5))
  if (input.u32() !== crc32(bytes)) throw input.fail('the checksum of a block header is wrong')
  const reader = new ByteReader(bytes.subarray(1), 'xz')
  const flags = reader.u8()
  if ((flags & 0x3f) !== 0) throw input.fail('filters besides LZMA2 are not known here')
  const compressed = (flags & 0x40) !== 0 ? reader.varint() : undefined
  const plain = (flags & 0x80) !== 0 ? reader.varint() : undefined
  if (reader.varint() !== LZMA2 || reader.varint() !== 1) throw input.fail('an unknown filter')
  const code = reader.u8()
  const dictionary = code === 40 ? 2 ** 32 - 1 : (2 | (code & 1)) * 2 ** ((code >> 1) + 11)
  if (code > 40 || reader.take(reader.remaining).some((byte) => byte !== 0)) throw input.fail('a block header is damaged')
  checkDictionary(dictionary, 'xz')
  return { dictionary, ...(compressed !== undefined && { compressed }), ...(plain !== undefined && { plain }) }
}

function addRecord(records: Records, unpadded: number, plain: number): void {
  records.count += 1
  records.sum = crc32(`${unpadded} ${plain} `, records.sum)
}

/** @returns bytes of the index */
function readIndex(input: ByteSource, blocks: Records): number {
  let crc = crc32(Uint8Array.of(0))
  let size = 1
  const u8 = (): number => {
    const byte = input.u8()
    crc = crc32(Uint8Array.of(byte), crc)
    size += 1
    return byte
  }
  const number = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = u8()
      value += (byte & 0x7f) * scale
      if (!Number.isSafeInteger(value)) throw input.fail('number out of range')
      if (byte < 0x80) return value
    }
  }
  const found: Records = { count: 0, sum: 0 }
  if (number() !== blocks.count) throw input.fail('the index is of other blocks')
  while (found.count < blocks.count) addRecord(found, number(), number())
  if (found.sum !== blocks.sum) throw input.fail('the index is of other blocks')
  for (let padding = (4 - (size % 4)) % 4; padding > 0; padding -= 1) if (u8() !== 0) throw input.fail('the index is damaged')
  if (input.u32() !== crc) throw input.fail('the checksum of the index is wrong')
  return size + 4
}

function littleEndian(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24)
}

function littleEndianAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true)
}
