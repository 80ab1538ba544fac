/**
 * The description at the start of a partclone image (IMAGE_FORMATS.md of partclone). Format 0001 is what partclone before
 * 0.3.0 wrote, 0002 what it writes since.
 */
import { ByteReader, ByteWriter, equalBytes, malformed } from './bytes.ts'

/** CRC-32 as zlib's `crc32(bytes, previous)` computes it. */
export type Crc32 = (bytes: Uint8Array, previous?: number) => number

/** What protects the blocks. 0001 has a CRC-32 of its own that sees no more than the first byte of each block. */
export const PARTCLONE_CHECKSUMS = { none: 0x00, crc32: 0x20, xxh64: 0x30, xxh128: 0x31, crc32Of0001: 0xff } as const
export type PartcloneChecksum = keyof typeof PARTCLONE_CHECKSUMS

/** Bytes of each. */
export const CHECKSUM_LENGTH: Readonly<Record<PartcloneChecksum, number>> = {
  none: 0, crc32: 4, xxh64: 8, xxh128: 16, crc32Of0001: 4,
}

/** How the map of used blocks is stored: not at all (all are used), a bit a block, or (0001) a byte a block. */
const BITMAPS = { none: 0x00, bit: 0x01, byte: 0x08 } as const
export type PartcloneBitmapMode = keyof typeof BITMAPS

export interface PartcloneHeader {
  version: 1 | 2
  /** As partclone names it: `EXTFS`, `NTFS`, `FAT`, `raw` … */
  filesystem: string
  /** Bytes of the source as the filesystem counts them. */
  deviceSize: number
  blocks: number
  /** Blocks in use as the filesystem's own count has it; the bitmap decides. */
  usedBlocks: number
  blockSize: number
  checksum: PartcloneChecksum
  /** Blocks that a checksum stands for; 0 without checksums. */
  blocksPerChecksum: number
  /** Whether each checksum starts anew; otherwise it goes on from the one before. */
  reseed: boolean
  bitmap: PartcloneBitmapMode
  /** Version of partclone that wrote it; 0001 does not say. */
  creator: string
}

const MAGIC = text('partclone-image')
/** Magic, file system, version: what tells the two formats apart. */
export const PARTCLONE_HEAD = 36
const LENGTH = { 1: 4160, 2: 110 } as const
const LITTLE_ENDIAN = 0xc0de
/** `sizeof(image_options_v2)`. */
const FEATURES = 18
/** exFAT has clusters of up to 32 MiB; nothing else has larger blocks. */
const MAX_BLOCK = 32 * 1024 * 1024
const MIN_BLOCK = 512
/** A bitmap of 512 MiB: 16 TiB in blocks of 4 KiB. */
const MAX_BLOCKS = 2 ** 32

/** Whether bytes begin as a partclone image does. */
export function isPartclone(bytes: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)
}

/** Bytes of the whole header. @param head its first `PARTCLONE_HEAD` bytes @throws `corruptImage` not an image of a known format */
export function partcloneHeaderLength(head: Uint8Array): number {
  if (!isPartclone(head)) throw malformed('partclone header', 'it does not start as one does')
  return LENGTH[versionOf(head)]
}

function versionOf(head: Uint8Array): 1 | 2 {
  const version = plainText(head.subarray(30, 34))
  if (version === '0001') return 1
  if (version === '0002') return 2
  throw malformed('partclone header', `image format ${JSON.stringify(version)} is not known`)
}

/** @throws `corruptImage` for anything that no partclone writes */
export function decodePartcloneHeader(bytes: Uint8Array, crc32: Crc32): PartcloneHeader {
  if (bytes.length !== partcloneHeaderLength(bytes)) throw malformed('partclone header', 'it has the wrong length')
  const header = versionOf(bytes) === 1 ? decode1(bytes) : decode2(bytes, crc32)
  const { blockSize, blocks, deviceSize } = header
  const bad = (problem: string) => malformed('partclone header', problem)
  if (blockSize < MIN_BLOCK || blockSize > MAX_BLOCK || blockSize % MIN_BLOCK !== 0) throw bad(`blocks of ${blockSize} bytes`)
  if (blocks === 0 || blocks > MAX_BLOCKS) throw bad(`${blocks} blocks`)
  if (!Number.isSafeInteger(blocks * blockSize) || deviceSize === 0) throw bad(`a size of ${deviceSize} bytes`)
  return header
}

function decode1(bytes: Uint8Array): PartcloneHeader {
  const reader = new ByteReader(bytes.subarray(MAGIC.length), 'partclone header')
  const filesystem = plainText(reader.take(15))
  reader.take(6)
  const blockSize = reader.u32()
  const deviceSize = reader.u64()
  const blocks = reader.u64()
  const usedBlocks = reader.u64()
  return {
    version: 1, filesystem, deviceSize, blocks, usedBlocks, blockSize,
    checksum: 'crc32Of0001', blocksPerChecksum: 1, reseed: false, bitmap: 'byte', creator: '',
  }
}

function decode2(bytes: Uint8Array, crc32: Crc32): PartcloneHeader {
  const reader = new ByteReader(bytes.subarray(16), 'partclone header')
  const creator = plainText(reader.take(14))
  reader.take(4)
  if (reader.u16() !== LITTLE_ENDIAN) throw reader.fail('it was written on a big-endian computer')
  if (new ByteReader(bytes.subarray(-4), 'partclone header').u32() !== partcloneCrc(bytes.subarray(0, -4), crc32)) {
    throw reader.fail('its checksum is wrong')
  }
  const filesystem = plainText(reader.take(16))
  const deviceSize = reader.u64()
  const blocks = reader.u64()
  const usedBlocks = reader.u64()
  reader.u64() // used blocks of the bitmap: old versions do not fill it in
  const blockSize = reader.u32()
  if (reader.u32() !== FEATURES || reader.u16() !== 2) throw reader.fail('features that are not known')
  reader.u16() // 32 or 64 bits: says nothing of the image
  const checksum = nameOf(PARTCLONE_CHECKSUMS, reader.u16())
  const checksumLength = reader.u16()
  const blocksPerChecksum = reader.u32()
  const reseed = reader.u8() !== 0
  const bitmap = nameOf(BITMAPS, reader.u8())
  if (checksum === undefined || checksum === 'crc32Of0001' || checksumLength !== CHECKSUM_LENGTH[checksum]) {
    throw reader.fail('a checksum that is not known')
  }
  if (checksum !== 'none' && blocksPerChecksum === 0) throw reader.fail('checksums of no blocks')
  // partclone cannot read a map of bytes that it wrote in this format itself.
  if (bitmap === undefined || bitmap === 'byte') throw reader.fail('a bitmap that is not known')
  return {
    version: 2, filesystem, deviceSize, blocks, usedBlocks, blockSize,
    checksum, blocksPerChecksum: checksum === 'none' ? 0 : blocksPerChecksum, reseed, bitmap, creator,
  }
}

/** The counterpart. @param usedInBitmap blocks that the bitmap counts; 0001 has no place for it */
export function encodePartcloneHeader(header: PartcloneHeader, usedInBitmap: number, crc32: Crc32): Uint8Array {
  const writer = new ByteWriter().raw(MAGIC)
  if (header.version === 1) {
    return writer.raw(padded(header.filesystem, 15)).raw(text('0001')).u16(0)
      .u32(header.blockSize).u64(header.deviceSize).u64(header.blocks).u64(header.usedBlocks).raw(new Uint8Array(4096)).finish()
  }
  const bytes = writer.u8(0).raw(padded(header.creator, 14)).raw(text('0002')).u16(LITTLE_ENDIAN)
    .raw(padded(header.filesystem, 16)).u64(header.deviceSize).u64(header.blocks).u64(header.usedBlocks).u64(usedInBitmap)
    .u32(header.blockSize).u32(FEATURES).u16(2).u16(64)
    .u16(PARTCLONE_CHECKSUMS[header.checksum]).u16(CHECKSUM_LENGTH[header.checksum]).u32(header.blocksPerChecksum)
    .u8(Number(header.reseed)).u8(BITMAPS[header.bitmap]).finish()
  return writer.u32(partcloneCrc(bytes, crc32)).finish()
}

/** partclone leaves out the final inversion of a CRC-32. @param previous a CRC of the same kind that goes on */
export function partcloneCrc(bytes: Uint8Array, crc32: Crc32, previous = 0xffffffff): number {
  return ~crc32(bytes, ~previous >>> 0) >>> 0
}

function nameOf<N extends string>(codes: Readonly<Record<N, number>>, code: number): N | undefined {
  return (Object.keys(codes) as N[]).find((name) => codes[name] === code)
}

/** ASCII up to the first zero. */
function plainText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return String.fromCharCode(...(end < 0 ? bytes : bytes.subarray(0, end)))
}

function text(ascii: string): Uint8Array {
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0))
}

function padded(ascii: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes.set(text(ascii).subarray(0, length))
  return bytes
}
