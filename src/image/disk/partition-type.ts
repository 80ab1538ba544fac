/** Partition types of GPT (UEFI 2.10 table 5.7, Discoverable Partitions, Microsoft's list) and MBR that decide something. */
import type { Filesystem, TableLabel } from '#shared/domain/disk.ts'
import type { LayoutPartition } from '#shared/formats/manifest-facts.ts'

type Typed = Pick<LayoutPartition, 'type'>

const EXTENDED = new Set(['05', '0f', '85'])
const ESP = new Set(['C12A7328-F81F-11D2-BA4B-00A0C93EC93B', 'ef'])
const BIOS_BOOT = '21686148-6449-6E6F-744E-656564454649'
const MICROSOFT_RESERVED = 'E3C9E316-0B5C-4DB8-817D-F92DF00215AE'

/** An MBR entry that only holds logical partitions. */
export const isExtended = ({ type }: Typed): boolean => EXTENDED.has(type)
export const isEsp = ({ type }: Typed): boolean => ESP.has(type)
/** Where GRUB keeps its core image on a GPT disk that BIOS starts. */
export const isBiosBoot = ({ type }: Typed): boolean => type === BIOS_BOOT
/** Microsoft's MSR: never holds a filesystem. */
export const isReserved = ({ type }: Typed): boolean => type === MICROSOFT_RESERVED

/** The type that is written, and the others that suit the filesystem just as well. */
interface Types {
  write: string
  accept: readonly string[]
}

const GPT_LINUX: Types = {
  write: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
  accept: [
    '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709', // root, x86-64
    '933AC7E1-2EB4-4F13-B844-0E14E2AEF915', // home
    '3B8F8425-20E0-4F3B-907F-1A25A76F98E8', // srv
    '4D21B016-B534-45C2-A9FB-5C16E091FD2D', // var
    'BC13C2FF-59E6-4262-A352-B275FD6F7172', // extended boot loader
  ],
}
const GPT_MICROSOFT: Types = {
  write: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7',
  accept: ['DE94BBA4-06D1-4D40-A16A-BFD50179D6AC'], // recovery
}
const GPT_FAT: Types = { write: GPT_MICROSOFT.write, accept: [...ESP, 'BC13C2FF-59E6-4262-A352-B275FD6F7172'] }
const GPT_SWAP: Types = { write: '0657FD6D-A4AB-43C4-84E5-0933C84B4F4F', accept: [] }

const MBR_LINUX: Types = { write: '83', accept: [] }
const MBR_FAT: readonly string[] = ['01', '04', '06', '0b', '0c', '0e', 'ef', '11', '14', '16', '1b', '1c', '1e']

const SUITABLE: Record<Exclude<TableLabel, 'none'>, Partial<Record<Filesystem, Types>>> = {
  gpt: {
    ext2: GPT_LINUX, ext3: GPT_LINUX, ext4: GPT_LINUX, xfs: GPT_LINUX, btrfs: GPT_LINUX, f2fs: GPT_LINUX,
    ntfs: GPT_MICROSOFT, exfat: GPT_MICROSOFT, bitlocker: GPT_MICROSOFT,
    fat12: GPT_FAT, fat16: GPT_FAT, fat32: GPT_FAT, swap: GPT_SWAP,
  },
  msdos: {
    ext2: MBR_LINUX, ext3: MBR_LINUX, ext4: MBR_LINUX, xfs: MBR_LINUX, btrfs: MBR_LINUX, f2fs: MBR_LINUX,
    ntfs: { write: '07', accept: ['17', '27'] }, exfat: { write: '07', accept: [] }, bitlocker: { write: '07', accept: [] },
    fat12: { write: '01', accept: MBR_FAT }, fat16: { write: '0e', accept: MBR_FAT }, fat32: { write: '0c', accept: MBR_FAT },
    swap: { write: '82', accept: [] },
  },
}

/** The type that a partition should get when this filesystem goes into it; `undefined` when the one that it has is right. */
export function newType(label: TableLabel, current: string, filesystem: Filesystem): string | undefined {
  const types = label === 'none' ? undefined : SUITABLE[label][filesystem]
  if (types === undefined || types.write === current || types.accept.includes(current)) return undefined
  return types.write
}
