import { usableEnd } from '#shared/domain/disk-facts.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { DiskLayout, LayoutPartition, VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { canGrow } from '../filesystem/families.ts'
import { isExtended } from './partition-type.ts'

/** A disk that is going to get a table. Bytes. */
export interface Room {
  device: string
  size: number
  sectorSize: number
  /** A partition that is on it, behind everything else, and stays there as it is. */
  keep?: LayoutPartition | undefined
}

const MIB = 1024 * 1024

/**
 * The source's table on another disk: every partition starts where it did (boot loaders and firmware entries remember
 * places), and the one that ends last takes what the target has more, or gives what it has less. Nothing else moves: a recovery
 * or swap partition at the end keeps its place, and the room behind it stays free. What the target keeps ends the room for all of it.
 * @throws `format` the sectors differ in size · `diskTooSmall`
 */
export function fitTable(layout: DiskLayout, volumes: readonly VolumeFacts[], room: Room): DiskLayout {
  if (layout.sectorSize !== room.sectorSize) {
    throw new ClonaulaError('image', `the image has sectors of ${layout.sectorSize} bytes, ${room.device} of ${room.sectorSize}`, {
      problem: `${layout.sectorSize} ≠ ${room.sectorSize} B/sector`,
    })
  }
  const diskEnd = usableEnd(layout, room.size)
  const end = room.keep?.start ?? diskEnd
  const last = layout.partitions.filter((partition) => !isExtended(partition)).reduce<LayoutPartition | undefined>(
    (latest, partition) => (latest === undefined || partition.start > latest.start ? partition : latest), undefined)
  const partitions = layout.partitions.map((partition) => {
    if (partition === last) return { ...partition, size: lastSize(partition, volumes, end) }
    return partition
  })
  const stretched = partitions.map((partition) => (isExtended(partition) ? enclose(partition, last, partitions) : partition))
  const needed = Math.max(0, ...stretched.map(({ start, size }) => start + size))
  if (needed > end) {
    throw new ClonaulaError('diskTooSmall', `${room.device} has ${room.size} bytes, the image needs ${needed + room.size - end}`, {
      target: room.device, needed: needed + room.size - end, available: room.size,
    })
  }
  return {
    ...layout,
    partitions: room.keep ? [...stretched, room.keep].sort((a, b) => a.number - b.number) : stretched,
    size: room.size,
    lastLba: Math.floor(diskEnd / room.sectorSize) - 1,
  }
}

/** A growable filesystem gets all that there is; any other partition keeps its size, or what the target has of it. */
function lastSize(partition: LayoutPartition, volumes: readonly VolumeFacts[], end: number): number {
  const volume = volumes.find(({ number }) => number === partition.number)
  const available = Math.floor(end / MIB) * MIB - partition.start
  if (available > partition.size) return volume !== undefined && canGrow(volume.filesystem) ? available : partition.size
  const exact = Math.min(partition.size, end - partition.start)
  return Math.max(exact, volume?.minimumSize ?? partition.size)
}

/** The extended partition around the last logical one ends where that one does. */
function enclose(
  extended: LayoutPartition, last: LayoutPartition | undefined, partitions: readonly LayoutPartition[],
): LayoutPartition {
  const grown = partitions.find(({ number }) => number === last?.number)
  const inside = last !== undefined && last.start > extended.start && last.start < extended.start + extended.size
  return inside && grown !== undefined ? { ...extended, size: grown.start + grown.size - extended.start } : extended
}
