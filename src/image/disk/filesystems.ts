import type { Filesystem } from '#shared/domain/disk.ts'

const EXT: ReadonlySet<Filesystem> = new Set(['ext2', 'ext3', 'ext4'])

export const isExt = (filesystem: Filesystem): boolean => EXT.has(filesystem)

/** Filesystems that Linux systems live on, and that this live system mounts. */
export const isLinux = (filesystem: Filesystem): boolean => isExt(filesystem) || filesystem === 'xfs' || filesystem === 'btrfs'
