import type { Filesystem } from '#shared/domain/disk.ts'
import { ext } from './ext.ts'
import type { FilesystemFamily } from './family.ts'

const FAMILIES: Partial<Record<Filesystem, FilesystemFamily>> = {
  ext2: ext, ext3: ext, ext4: ext,
}

/** What is known of a filesystem; nothing for swap, LVM, LUKS and the like. */
export function familyOf(filesystem: Filesystem): FilesystemFamily | undefined {
  return FAMILIES[filesystem]
}
