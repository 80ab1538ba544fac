import type { Filesystem } from '#shared/domain/disk.ts'

/** What blkid finds on a partition. */
export interface Probe {
  filesystem: Filesystem
  label: string
  uuid: string
  /** A Linux that is hibernated: memory is in the swap partition, and filesystems are as it left them, in use. */
  suspended: boolean
}

/** blkid's exit codes that are answers: 0 something, 2 nothing that it knows, 8 more than one thing. */
export const BLKID_ANSWERS = [0, 2, 8]

/** Low-level probing: neither blkid's cache nor udev takes part. */
export function blkidCommand(device: string): [string, ...string[]] {
  return ['blkid', '--probe', '--output', 'udev', device]
}

const FILESYSTEM: Readonly<Record<string, Filesystem>> = {
  ext2: 'ext2', ext3: 'ext3', ext4: 'ext4', ntfs: 'ntfs', exfat: 'exfat', btrfs: 'btrfs', xfs: 'xfs', f2fs: 'f2fs',
  swap: 'swap', swsuspend: 'swap', LVM2_member: 'lvm', crypto_LUKS: 'luks', BitLocker: 'bitlocker',
}
const FAT: Readonly<Record<string, Filesystem>> = { FAT12: 'fat12', FAT16: 'fat16', FAT32: 'fat32' }

/** @param code blkid's exit code, one of `BLKID_ANSWERS`. */
export function parseProbe(output: string, code: number): Probe {
  const values = new Map(
    output.split('\n').map((line) => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)] as const
    }),
  )
  const type = values.get('ID_FS_TYPE')
  return {
    filesystem: code === 8 ? 'unknown' : filesystemName(type, values.get('ID_FS_VERSION')),
    label: decode(values.get('ID_FS_LABEL_ENC') ?? ''),
    uuid: values.get('ID_FS_UUID') ?? '',
    suspended: type === 'swsuspend',
  }
}

function filesystemName(type: string | undefined, version: string | undefined): Filesystem {
  if (type === undefined) return 'none'
  if (type === 'vfat') return FAT[version ?? ''] ?? 'unknown'
  return FILESYSTEM[type] ?? 'unknown'
}

/** blkid writes bytes that are unsafe in an environment as `\x20`; together they are UTF-8. */
function decode(text: string): string {
  const bytes = text.replaceAll(/\\x([0-9a-f]{2})/gi, (_, hex: string) => `%${hex}`)
  try {
    return decodeURIComponent(bytes.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'))
  } catch {
    return text
  }
}
