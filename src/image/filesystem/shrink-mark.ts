import { equalBytes } from '#shared/formats/bytes.ts'
import { sha256 } from '../codecs.ts'

/*
 * The sector that says of a filesystem that a capture made it small, and what size it is to have again:
 *
 *   0   magic, 8                       24  zeros
 *   8   u64 bytes of the filesystem    32  SHA-256 of bytes 0–31
 *   16  u64 bytes of its partition     64  zeros
 *
 * Little-endian. Partitions that were made anew, or that got an image of this one, have another size, and it says nothing of them.
 */

const MAGIC = Uint8Array.from([0x43, 0x4c, 0x4e, 0x53, 0x4d, 0x41, 0x4c, 1]) // "CLNSMAL", version 1
const SIGNED = 32

/** What a disk writes whole or not at all, whatever its make. */
export const SECTOR = 512

export interface ShrinkMark {
  /** Bytes that the filesystem had. */
  size: number
  /** Bytes of what it is in. */
  room: number
}

/** A whole sector. */
export function encodeMark({ size, room }: ShrinkMark): Uint8Array {
  const sector = new Uint8Array(SECTOR)
  const view = new DataView(sector.buffer)
  sector.set(MAGIC)
  view.setBigUint64(8, BigInt(size), true)
  view.setBigUint64(16, BigInt(room), true)
  sector.set(sha256(sector.subarray(0, SIGNED)), SIGNED)
  return sector
}

/** @returns nothing when it is no such sector, or not all of one */
export function decodeMark(sector: Uint8Array): ShrinkMark | undefined {
  if (sector.length !== SECTOR || !equalBytes(sector.subarray(0, MAGIC.length), MAGIC)) return undefined
  if (!equalBytes(sha256(sector.subarray(0, SIGNED)), sector.subarray(SIGNED, SIGNED + 32))) return undefined
  const view = new DataView(sector.buffer, sector.byteOffset)
  const [size, room] = [Number(view.getBigUint64(8, true)), Number(view.getBigUint64(16, true))]
  return size > 0 && size <= room && Number.isSafeInteger(room) ? { size, room } : undefined
}
