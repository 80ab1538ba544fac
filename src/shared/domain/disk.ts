import { z } from 'zod'
import { strictList } from './strict-list.ts'

/** What is on a partition, as blkid names it; anything else is `unknown` and can only be taken sector by sector. */
export const FILESYSTEMS = [
  'ext2', 'ext3', 'ext4', 'ntfs', 'fat12', 'fat16', 'fat32', 'exfat', 'btrfs', 'xfs', 'f2fs',
  'swap', 'lvm', 'luks', 'bitlocker', 'none', 'unknown',
] as const
export const Filesystem = z.enum(FILESYSTEMS)
export type Filesystem = z.infer<typeof Filesystem>

export const TableLabel = z.enum(['gpt', 'msdos', 'none'])
export type TableLabel = z.infer<typeof TableLabel>

/** Where the firmware starts from: it decides which boot loader a disk needs. */
export const Firmware = z.enum(['bios', 'uefi'])
export type Firmware = z.infer<typeof Firmware>

/** An operating system that was found on a partition. */
export const InstalledSystem = z.object({
  family: z.enum(['windows', 'linux', 'macos']),
  name: z.string().max(200),
})
export type InstalledSystem = z.infer<typeof InstalledSystem>

/** One partition as the live agent sees it. Sizes and offsets in bytes. */
export const Partition = z.object({
  number: z.number().int().min(1).max(256),
  start: z.number().int().nonnegative(),
  size: z.number().int().positive(),
  /** GPT type GUID in upper case, or the MBR type as two hexadecimal digits. */
  type: z.string().max(36),
  /** GPT unique GUID, or MBR `diskid-number`; empty when the table has none. */
  uuid: z.string().max(64),
  /** GPT partition name. */
  name: z.string().max(72),
  /** GPT attributes as sfdisk prints them. */
  attributes: z.string().max(200),
  bootable: z.boolean(),
  filesystem: Filesystem,
  label: z.string().max(200),
  /** The filesystem's own identifier (blkid UUID). */
  filesystemUuid: z.string().max(64),
  /** Bytes in use by the filesystem; absent when nobody can tell. */
  used: z.number().int().nonnegative().optional(),
  system: InstalledSystem.optional(),
})
export type Partition = z.infer<typeof Partition>

/** One disk as the live agent sees it. `number` counts fixed disks from 1, in the kernel's order. */
export const Disk = z.object({
  number: z.number().int().min(1).max(64),
  /** Kernel device: `/dev/sda`, `/dev/nvme0n1`. */
  device: z.string().regex(/^\/dev\/[A-Za-z0-9_/-]+$/),
  size: z.number().int().nonnegative(),
  sectorSize: z.number().int().positive(),
  model: z.string().max(200),
  serial: z.string().max(200),
  /** World-wide name, where the disk has one: the surest identity. */
  wwn: z.string().max(100),
  transport: z.string().max(20),
  removable: z.boolean(),
  label: TableLabel,
  /** GPT disk GUID or MBR disk id. */
  tableId: z.string().max(64),
  partitions: strictList(Partition, 256),
})
export type Disk = z.infer<typeof Disk>

/** Names a partition (or, with no `partition`, the whole disk) of one computer. */
export const DiskTarget = z.object({
  disk: z.number().int().min(1).max(64),
  partition: z.number().int().min(1).max(256).optional(),
})
export type DiskTarget = z.infer<typeof DiskTarget>

/** `/dev/sda` + 2 → `/dev/sda2`; `/dev/nvme0n1` + 2 → `/dev/nvme0n1p2` (Linux: a `p` after a digit). */
export function partitionDevice(disk: string, number: number): string {
  return /\d$/.test(disk) ? `${disk}p${number}` : `${disk}${number}`
}
