import type { Filesystem } from '#shared/domain/disk.ts'

/**
 * Why the used blocks of a known filesystem cannot be told: `multiDevice` a part of it is on another device, `features` it was made
 * with a feature that partclone does not know. Every sector is captured then.
 */
export type Unmappable = 'multiDevice' | 'features'

/** Incompatible features of ext that libext2fs 1.47 knows; what it does not know, it does not open (lib/ext2fs/ext2fs.h). */
const EXT_KNOWN = 0x3e7de
/** Bitmaps count clusters with it, and partclone takes them for blocks. */
const EXT_BIGALLOC = 0x200

/** Up to "3 or 4 copies" (Linux 5.5): zoned devices, extent tree 2, RAID stripes and simple quotas come after. */
const BTRFS_KNOWN = 0xfffn
const BTRFS = 64 * 1024

/** Up to the large extent counters (Linux 5.19), which is where the library of partclone 0.3.23 ends. */
const XFS_KNOWN = 0x3f

const INSPECTORS: Partial<Record<Filesystem, (head: DataView) => Unmappable | undefined>> = {
  ext2: ext, ext3: ext, ext4: ext, btrfs, xfs,
}

/** @param head The volume's first `SUPERBLOCK_BYTES`. */
export function unmappable(filesystem: Filesystem, head: DataView): Unmappable | undefined {
  return INSPECTORS[filesystem]?.(head)
}

/** Documentation/filesystems/ext4/super.rst: s_feature_incompat, s_feature_ro_compat. A journal on another device does not matter. */
function ext(head: DataView): Unmappable | undefined {
  const unknown = (head.getUint32(1024 + 0x60, true) & ~EXT_KNOWN) !== 0
  return unknown || (head.getUint32(1024 + 0x64, true) & EXT_BIGALLOC) !== 0 ? 'features' : undefined
}

/** struct btrfs_super_block: num_devices, incompat_flags. */
function btrfs(head: DataView): Unmappable | undefined {
  if (head.getBigUint64(BTRFS + 0x88, true) > 1n) return 'multiDevice'
  return (head.getBigUint64(BTRFS + 0xbc, true) & ~BTRFS_KNOWN) === 0n ? undefined : 'features'
}

/** struct xfs_dsb, big-endian: sb_rblocks of a real-time device, sb_logstart (0 = the log is elsewhere), sb_features_incompat of version 5. */
function xfs(head: DataView): Unmappable | undefined {
  if (head.getBigUint64(16) > 0n || head.getBigUint64(48) === 0n) return 'multiDevice'
  const version = head.getUint16(100) & 0xf
  return version > 5 || (version === 5 && (head.getUint32(216) & ~XFS_KNOWN) !== 0) ? 'features' : undefined
}
