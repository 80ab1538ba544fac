/**
 * What lies outside of a disk's partitions, and who writes it. The table is made anew from the image's layout, by sfdisk: it gets places that
 * suit the target, and a second GPT at its end. All else is bytes of the image (volume `DISK_VOLUME`), which stay away from the table and from the
 * partitions of the *target*: the last of them may be larger there, and a CACHE may have stayed.
 */
import type { Disk, Partition, TableLabel } from '#shared/domain/disk.ts'
import type { DiskLayout, LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { gapsBetween, type Extent } from '../extents.ts'
import { isExtended } from './partition-type.ts'

/** MBR boot code, without disk identifier and table. */
const BOOT_CODE = 440
const SECTOR = 512
/** The gap after an MBR holds a boot loader's second stage; partitions start at 1 MiB since 2009, at 63 sectors before. */
const GAP_LIMIT = 1024 * 1024
/** UEFI 2.10, chapter 5: entries of a GPT, as many as everybody makes, and bytes of each. */
const GPT_ENTRIES = 128
const GPT_ENTRY = 128

type Place = Pick<LayoutPartition, 'start' | 'size' | 'type' | 'number'>

/** What a BIOS reads before it comes to a partition. On GPT the gap is the table itself. */
export function bootAreas(label: TableLabel, partitions: readonly Place[]): Extent[] {
  const firstStart = Math.min(...partitions.map(({ start }) => start), GAP_LIMIT)
  const areas: Extent[] = [{ offset: 0, length: BOOT_CODE }]
  if (label === 'msdos' && firstStart > SECTOR) areas.push({ offset: SECTOR, length: firstStart - SECTOR })
  return areas
}

/**
 * Every sector outside of the partitions and of the table: gaps, the tail, and of an extended partition all but the logical ones.
 * @param leftOut a partition that is not in the image's table
 */
export function outerAreas({ label, size, sectorSize, partitions }: Disk, leftOut?: Partition): Extent[] {
  const table = { label, size, sectorSize, partitions: partitions.filter((partition) => partition !== leftOut) }
  // The chain of an extended partition names a logical one that is left out.
  const around = leftOut ? partitions.filter((partition) => isExtended(partition) && isInside(leftOut, partition)) : []
  const holes = [...tableAreas(table), ...partitions.filter((partition) => !isExtended(partition)), ...around].map(extentOf)
  return gapsBetween(holes, Math.floor(size / sectorSize) * sectorSize)
}

/**
 * What the image's bytes are kept from on a target. The chain of logical partitions is one of these bytes, and exact, where none of its
 * partitions has changed; otherwise it is sfdisk's, and so are the gaps that it may run through.
 */
export function sparedAreas(source: DiskLayout, target: DiskLayout): Extent[] {
  const chain = sameChain(source, target) ? [] : [...source.partitions, ...target.partitions].filter(isExtended)
  return [...tableAreas(target), ...target.partitions.filter((partition) => !isExtended(partition)), ...chain].map(extentOf)
}

/** A table, at the disk's ends: it has its copy at the last sectors, the header behind the entries. */
function tableAreas({ label, size, sectorSize, partitions }: Pick<DiskLayout, 'size' | 'sectorSize'> & { label: TableLabel; partitions: readonly Place[] }): Extent[] {
  if (label !== 'gpt') return [{ offset: BOOT_CODE, length: SECTOR - BOOT_CODE }]
  const count = Math.max(GPT_ENTRIES, ...partitions.map(({ number }) => number))
  const entries = Math.ceil((count * GPT_ENTRY) / sectorSize) * sectorSize
  const end = Math.floor(size / sectorSize) * sectorSize
  return [
    { offset: BOOT_CODE, length: 2 * sectorSize + entries - BOOT_CODE },
    { offset: end - sectorSize - entries, length: size - end + sectorSize + entries },
  ]
}

function sameChain(source: DiskLayout, target: DiskLayout): boolean {
  const [before, after] = [source, target].map(({ partitions }) => {
    const extended = partitions.filter(isExtended)
    const logical = partitions.filter((one) => extended.some((outer) => outer !== one && isInside(one, outer)))
    return [...extended, ...logical].map(({ number, start, size, type }) => `${number} ${start} ${size} ${type}`).sort().join('\n')
  })
  return before === after
}

function isInside(inner: Place, outer: Place): boolean {
  return inner.start >= outer.start && inner.start < outer.start + outer.size
}

function extentOf(place: Extent | Place): Extent {
  return 'start' in place ? { offset: place.start, length: place.size } : place
}
