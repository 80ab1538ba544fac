/** What a target disk must be like for the image of a disk, worked out from the table of its source. */
import type { Firmware, TableLabel } from './disk.ts'
import { DISK_VOLUME, type DiskLayout, type LayoutPartition, type VolumeFacts } from '../formats/manifest-facts.ts'

export interface DiskFacts {
  label: DiskLayout['label']
  /** Bytes of the source disk. */
  size: number
  sectorSize: number
  /** Bytes that a target disk must have: partitions start where they did, and the last one may give what its volume does not need. */
  minimumSize: number
  /** First byte behind its partitions, in that case; only of an image that keeps every sector, which needs a disk as large as its source. */
  end?: number
  /** What can start from it; empty when it is no system disk, or nothing in its table says so. */
  boots: Firmware[]
}

/** EFI system partition: as a GPT type and as an MBR one (UEFI 2.10, chapter 5). */
const ESP = { gpt: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', msdos: 'ef' } as const
/** GRUB's own partition, which stands for the gap after the MBR that a GPT disk lacks. */
const BIOS_BOOT = '21686148-6449-6E6F-744E-656564454649'
/** MBR entries that only hold logical partitions. */
const EXTENDED = new Set(['05', '0f', '85'])
/** Bytes of the entries of the second GPT at the end of the disk: 128 of 128 bytes, with a header of one sector (UEFI 2.10, chapter 5). */
const GPT_BACKUP_BYTES = 128 * 128
/** An MBR counts sectors in 32 bits. */
const MSDOS_SECTORS = 2 ** 32

function isEsp({ label }: DiskLayout, { type }: LayoutPartition): boolean {
  return type.toLowerCase() === ESP[label].toLowerCase()
}

function startsFromBios({ label }: DiskLayout, { type, bootable }: LayoutPartition): boolean {
  return label === 'msdos' ? bootable : type.toUpperCase() === BIOS_BOOT
}

/** Whether this MBR entry only holds logical partitions, and so is never the place for an image. */
export function isExtended(label: TableLabel, type: string): boolean {
  return label === 'msdos' && EXTENDED.has(type.toLowerCase())
}

/** @param volumes of the image; a partition without one keeps its size */
export function diskFacts(layout: DiskLayout, volumes: readonly Pick<VolumeFacts, 'number' | 'minimumSize'>[] = []): DiskFacts {
  const boots: Firmware[] = []
  if (layout.partitions.some((partition) => startsFromBios(layout, partition))) boots.push('bios')
  if (layout.partitions.some((partition) => isEsp(layout, partition))) boots.push('uefi')
  const end = neededEnd(layout, volumes)
  return {
    label: layout.label,
    size: layout.size,
    sectorSize: layout.sectorSize,
    minimumSize: end + tableTail(layout),
    ...(keepsEverySector(layout, volumes) && { end, minimumSize: layout.size }),
    boots,
  }
}

/** Whether the image has what is outside of the partitions too: all of it, and not only what a BIOS starts from. */
export function keepsEverySector({ size }: DiskLayout, volumes: readonly Pick<VolumeFacts, 'number' | 'minimumSize'>[]): boolean {
  return volumes.some(({ number, minimumSize }) => number === DISK_VOLUME && minimumSize >= size)
}

type TableKind = Pick<DiskFacts, 'label' | 'sectorSize'>

/** Bytes at the end of a disk that a table needs for itself. */
export function tableTail({ label, sectorSize }: TableKind): number {
  return label === 'gpt' ? GPT_BACKUP_BYTES + sectorSize : 0
}

/** First byte of a disk of `size` bytes that no partition may have under such a table. */
export function usableEnd(table: TableKind, size: number): number {
  const { label, sectorSize } = table
  const whole = Math.floor(size / sectorSize) * sectorSize - tableTail(table)
  return label === 'gpt' ? whole : Math.min(whole, MSDOS_SECTORS * sectorSize)
}

/** First byte behind the partitions, when the one that starts last is as small as it can be. */
function neededEnd(layout: DiskLayout, volumes: readonly Pick<VolumeFacts, 'number' | 'minimumSize'>[]): number {
  const partitions = layout.partitions.filter((partition) => !isExtended(layout.label, partition.type)).sort((a, b) => a.start - b.start)
  const ends = partitions.map(({ number, start, size }, index) => {
    const volume = index === partitions.length - 1 ? volumes.find((each) => each.number === number) : undefined
    return start + (volume?.minimumSize ?? size)
  })
  return Math.max(0, ...ends)
}
