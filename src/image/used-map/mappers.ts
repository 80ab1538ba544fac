import type { Filesystem } from '#shared/domain/disk.ts'

/** partclone's program for each filesystem of which it can say what is in use. */
const PARTCLONE: Partial<Record<Filesystem, string>> = {
  ext2: 'partclone.extfs', ext3: 'partclone.extfs', ext4: 'partclone.extfs',
  ntfs: 'partclone.ntfs', exfat: 'partclone.exfat', btrfs: 'partclone.btrfs', xfs: 'partclone.xfs', f2fs: 'partclone.f2fs',
}

/** Who tells what of a filesystem is in use: our own reading of FAT's tables, a program of partclone's, or nobody. */
export function mapperOf(filesystem: Filesystem): 'fat' | { program: string } | undefined {
  if (filesystem.startsWith('fat')) return 'fat'
  const program = PARTCLONE[filesystem]
  return program === undefined ? undefined : { program }
}
