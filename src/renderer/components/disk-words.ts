import type { DiskTarget, Filesystem } from '#shared/domain/disk.ts'
import { useTexts } from '../state/texts.ts'

const COLOURS: Partial<Record<Filesystem, string>> = {
  ntfs: '#1c7ed6', exfat: '#1c7ed6', fat12: '#0c8599', fat16: '#0c8599', fat32: '#0c8599',
  ext2: '#ae3ec9', ext3: '#ae3ec9', ext4: '#ae3ec9', btrfs: '#6741d9', xfs: '#6741d9', f2fs: '#6741d9',
  swap: '#e8590c', lvm: '#5c940d', luks: '#c2255c', bitlocker: '#c2255c',
}

export function filesystemColour(filesystem: Filesystem): string {
  return COLOURS[filesystem] ?? '#868e96'
}

/** How disks, partitions and filesystems are called on the screens. */
export function useDiskWords(): { filesystemName: (filesystem: Filesystem) => string; targetName: (target: DiskTarget) => string } {
  const { words } = useTexts()
  return {
    filesystemName: (filesystem) => words.filesystems[filesystem] ?? filesystem.toUpperCase(),
    targetName: ({ disk, partition }) =>
      partition === undefined ? `${words.disk(disk)}, ${words.wholeDisk.toLowerCase()}` : `${words.disk(disk)}, ${words.partition(partition).toLowerCase()}`,
  }
}
