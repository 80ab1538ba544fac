/**
 * How much of a filesystem is in use, from its first blocks: one read, where asking each filesystem's own tool costs a
 * process and sometimes minutes.
 */
import type { Filesystem } from '#shared/domain/disk.ts'
import { SUPERBLOCK_BYTES, viewOf } from '../used-map/superblock.ts'

type Decoder = (view: DataView) => number | undefined

const ext: Decoder = (view) => {
  // Documentation/filesystems/ext4/super.rst; the superblock is at 1024.
  const at = 1024
  if (view.getUint16(at + 0x38, true) !== 0xef53) return undefined
  const wide = (view.getUint32(at + 0x60, true) & 0x80) !== 0
  const count = (low: number, high: number): number =>
    view.getUint32(at + low, true) + (wide ? view.getUint32(at + high, true) * 2 ** 32 : 0)
  const blockSize = 1024 * 2 ** view.getUint32(at + 0x18, true)
  return (count(0x4, 0x150) - count(0xc, 0x158)) * blockSize
}

const fat32: Decoder = (view) => {
  // Microsoft's FAT specification 1.03: the FSInfo sector counts free clusters; all ones when it does not know.
  const sector = view.getUint16(11, true)
  const cluster = sector * view.getUint8(13)
  const info = view.getUint16(48, true) * sector
  if (info + 512 > view.byteLength || view.getUint32(info, true) !== 0x4161_5252) return undefined
  const size = view.getUint32(32, true) * sector
  const free = view.getUint32(info + 488, true) * cluster
  return free <= size ? size - free : undefined
}

const exfat: Decoder = (view) => {
  // Microsoft's exFAT specification, 3.1: PercentInUse is 0xff when it is not known.
  const inUse = view.getUint8(112)
  const size = Number(view.getBigUint64(72, true)) * 2 ** view.getUint8(108)
  return inUse <= 100 ? Math.round((size * inUse) / 100) : undefined
}

const xfs: Decoder = (view) => {
  // struct xfs_sb, big-endian: sb_blocksize, sb_dblocks, sb_fdblocks.
  const blocks = Number(view.getBigUint64(8)) - Number(view.getBigUint64(144))
  return blocks * view.getUint32(4)
}

/** struct btrfs_super_block at 64 KiB: bytes_used. */
const btrfs: Decoder = (view) => Number(view.getBigUint64(64 * 1024 + 0x78, true))

const DECODERS: Partial<Record<Filesystem, Decoder>> = { ext2: ext, ext3: ext, ext4: ext, fat32, exfat, xfs, btrfs }

/**
 * Bytes in use, or `undefined` when the first blocks do not say.
 * @param bytes The partition's first `SUPERBLOCK_BYTES`.
 */
export function decodeUsed(filesystem: Filesystem, bytes: Uint8Array): number | undefined {
  if (bytes.length < SUPERBLOCK_BYTES) return undefined
  const used = DECODERS[filesystem]?.(viewOf(bytes))
  return used !== undefined && Number.isSafeInteger(used) && used >= 0 ? used : undefined
}
