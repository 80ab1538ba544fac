/** What a target disk must be like for the image of a disk, worked out from the table of its source. */
import type { Firmware } from './disk.ts'
import type { DiskLayout, LayoutPartition } from '../formats/manifest-facts.ts'

export interface DiskFacts {
  label: DiskLayout['label']
  /** Bytes of the source disk. */
  size: number
  /** Bytes that a target disk must have: the partitions stay where they were. */
  minimumSize: number
  /** What can start from it; empty when it is no system disk, or nothing in its table says so. */
  boots: Firmware[]
}

/** EFI system partition: UEFI 2.10, table 5.7; as an MBR type, section 5.2.2. */
const ESP = { gpt: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', msdos: 'ef' } as const
/** GRUB's own partition, which stands for the gap after the MBR that a GPT disk lacks. */
const BIOS_BOOT = '21686148-6449-6E6F-744E-656564454649'
/** Sectors of the second GPT at the end of the disk: header and 128 entries of 128 bytes (UEFI 2.10, 5.3.2). */
const GPT_BACKUP_BYTES = 128 * 128

function isEsp({ label }: DiskLayout, { type }: LayoutPartition): boolean {
  return type.toLowerCase() === ESP[label].toLowerCase()
}

function startsFromBios({ label }: DiskLayout, { type, bootable }: LayoutPartition): boolean {
  return label === 'msdos' ? bootable : type.toUpperCase() === BIOS_BOOT
}

export function diskFacts(layout: DiskLayout): DiskFacts {
  const boots: Firmware[] = []
  if (layout.partitions.some((partition) => startsFromBios(layout, partition))) boots.push('bios')
  if (layout.partitions.some((partition) => isEsp(layout, partition))) boots.push('uefi')
  const end = Math.max(0, ...layout.partitions.map(({ start, size }) => start + size))
  const tail = layout.label === 'gpt' ? GPT_BACKUP_BYTES + layout.sectorSize : 0
  return { label: layout.label, size: layout.size, minimumSize: end + tail, boots }
}
