import type { Filesystem } from '#shared/domain/disk.ts'
import type { Sha256Hex } from '#shared/domain/ids.ts'
import { ByteReader, ByteWriter, equalBytes } from '#shared/formats/bytes.ts'
import { DIGEST_LENGTH, fromHex, toHex, type Sha256 } from '#shared/formats/digest.ts'

/*
 * The record that a target carries while a restore to it is under way (docs/image-format.md, "While a restore is
 * under way"): one sector, exactly where the signature of its filesystem is going to be, so that one write of one
 * sector replaces the record by the signature.
 *
 *   0    magic, 8          64   u32 bytes of the bitmap       160  SHA-256 of bytes 0–159
 *   8    u32 volume        68   u64 bytes of the target       192  zeros
 *   12   u8 state          76   zeros
 *   13   u8 slot           96   the manifest's name, 32
 *   14   u8 shift          128  SHA-256 of the bitmap, 32
 *   15   zeros
 *
 * Bytes that may be anything stay away from 16–17, 56–57 and 510–511 of the sector, where ext's, Minix' and FAT's magic is.
 */

const MAGIC = Uint8Array.from([0x43, 0x4c, 0x4e, 0x52, 0x53, 0x54, 0x52, 1]) // "CLNRSTR", version 1
const SIGNED = 160

/** What a disk writes whole or not at all, whatever its make. */
export const SECTOR = 512
/** The first bytes of a target are written last: all filesystems have their signature in them. */
export const HEAD = 1024 * 1024
/** Where the two bitmaps lie in the head; the record says which of them counts. */
const SLOT_BYTES = 448 * 1024
const SLOTS = [128 * 1024, 128 * 1024 + SLOT_BYTES] as const

export const slotOffset = (slot: 0 | 1): number => SLOTS[slot]

/**
 * `listed`: what the bitmap lists is done, and nothing is known of the rest. `partial`: some of the rest may be right
 * as well, and reading it may save writing it. `body`: all but the head is done.
 */
export const RECORD_STATES = ['listed', 'partial', 'body'] as const
export type RecordState = (typeof RECORD_STATES)[number]

export interface RestoreRecord {
  manifest: Sha256Hex
  /** Number of the volume in the manifest. */
  volume: number
  /** Bytes of the target: partitions that were made anew are other targets. */
  size: number
  state: RecordState
  /** Which of the two slots has the bitmap. */
  slot: 0 | 1
  /** Each bit stands for 2^shift places. */
  shift: number
  /** Bytes of the bitmap; 0 when nothing is listed. */
  listed: number
  /** SHA-256 of the bitmap. */
  digest: Uint8Array
}

/** A whole sector. */
export function encodeRecord(record: RestoreRecord, sha256: Sha256): Uint8Array {
  const writer = new ByteWriter().raw(MAGIC).u32(record.volume)
    .u8(RECORD_STATES.indexOf(record.state)).u8(record.slot).u8(record.shift).raw(new Uint8Array(49))
    .u32(record.listed).u32(record.size % 2 ** 32).u32(Math.floor(record.size / 2 ** 32)).raw(new Uint8Array(20))
    .raw(fromHex(record.manifest)).raw(record.digest)
  const signed = writer.finish()
  return writer.raw(sha256(signed)).raw(new Uint8Array(SECTOR - SIGNED - DIGEST_LENGTH)).finish()
}

/** The record of a sector; `undefined` for a sector that has none of this version, whole and in every detail. */
export function decodeRecord(sector: Uint8Array, sha256: Sha256): RestoreRecord | undefined {
  const signed = sector.subarray(0, SIGNED)
  if (sector.length !== SECTOR || !equalBytes(sector.subarray(0, MAGIC.length), MAGIC)) return undefined
  if (!equalBytes(sha256(signed), sector.subarray(SIGNED, SIGNED + DIGEST_LENGTH))) return undefined
  const reader = new ByteReader(signed.subarray(MAGIC.length), 'record of a restore')
  const volume = reader.u32()
  const state = RECORD_STATES[reader.u8()]
  const slot = reader.u8()
  const shift = reader.u8()
  reader.take(49)
  const listed = reader.u32()
  const size = reader.u32() + reader.u32() * 2 ** 32
  reader.take(20)
  const manifest = toHex(reader.take(DIGEST_LENGTH))
  const digest = reader.take(DIGEST_LENGTH).slice()
  if (state === undefined || (slot !== 0 && slot !== 1) || shift > 31 || listed > SLOT_BYTES) return undefined
  return { manifest, volume, size, state, slot, shift, listed, digest }
}

/** First byte of a filesystem's signature; where none is listed, the signature is in the first sector, or nobody knows. */
const SIGNATURES: Partial<Record<Filesystem, number>> = {
  ext2: 1024, ext3: 1024, ext4: 1024, f2fs: 1024, btrfs: 64 * 1024, lvm: 512, swap: 4086,
}

/** Where the record of a target lies; `undefined` for one that is too small to have any. Bytes. */
export function recordOffset(filesystem: Filesystem, size: number): number | undefined {
  const sector = Math.floor((SIGNATURES[filesystem] ?? 0) / SECTOR) * SECTOR
  if (sector + SECTOR <= size) return sector
  return size >= SECTOR ? 0 : undefined
}

/** The smallest shift with which a bitmap of so many places fits its slot; `undefined` in a target that has no room for slots. */
export function bitmapShift(places: number, size: number): number | undefined {
  if (size < HEAD) return undefined
  let shift = 0
  while (bitmapBytes(places, shift) > SLOT_BYTES) shift += 1
  return shift
}

export function bitmapBytes(places: number, shift: number): number {
  return Math.ceil(Math.ceil(places / 2 ** shift) / 8)
}
