import type { Filesystem } from '#shared/domain/disk.ts'
import { btrfs } from './btrfs.ts'
import { ext } from './ext.ts'
import { f2fs } from './f2fs.ts'
import type { FilesystemFamily } from './family.ts'
import { exfat, fat } from './fat.ts'
import { ntfs } from './ntfs.ts'
import { xfs } from './xfs.ts'

const FAMILIES: Partial<Record<Filesystem, FilesystemFamily>> = {
  ext2: ext, ext3: ext, ext4: ext, ntfs, btrfs, xfs, f2fs, fat12: fat, fat16: fat, fat32: fat, exfat,
}

/** What is known of a filesystem; nothing for swap, LVM, LUKS and the like. */
export function familyOf(filesystem: Filesystem): FilesystemFamily | undefined {
  return FAMILIES[filesystem]
}

/** Whether a restored filesystem of this kind becomes as large as its partition. */
export function canGrow(filesystem: Filesystem): boolean {
  return familyOf(filesystem)?.growing !== undefined
}
