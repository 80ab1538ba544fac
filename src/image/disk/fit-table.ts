import { keepsEverySector, usableEnd } from '#shared/domain/disk-facts.ts'
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
 * An image that has every sector of its source goes onto a disk of the same size just as it was, and onto no smaller one.
 * @throws `format` the sectors differ in size · `diskTooSmall`
 */
export function fitTable(layout: DiskLayout, volumes: readonly VolumeFacts[], room: Room): DiskLayout {
  if (layout.sectorSize !== room.sectorSize) {
    throw new ClonaulaError('image', `the image has sectors of ${layout.sectorSize} bytes, ${room.device} of ${room.sectorSize}`, {
      problem: `${layout.sectorSize} ≠ ${room.sectorSize} B/sector`,
    })
  }
  const whole = keepsEverySector(layout, volumes)
  if (whole && room.size < layout.size) throw tooSmall(room, layout.size)
  const exact = whole && room.size === layout.size
  const diskEnd = usableEnd(layout, room.size)
  const end = room.keep?.start ?? diskEnd
  const last = layout.partitions.filter((partition) => !isExtended(partition)).reduce<LayoutPartition | undefined>(
    (latest, partition) => (latest === undefined || partition.start > latest.start ? partition : latest), undefined)
  const partitions = layout.partitions.map((partition) => {
    if (partition === last && !exact) return { ...partition, size: lastSize(partition, volumes, end) }
    return partition
  })
  const stretched = partitions.map((partition) => (isExtended(partition) && !exact ? enclose(partition, last, partitions) : partition))
  const needed = Math.max(0, ...stretched.map(({ start, size }) => start + size))
  if (needed > end) throw tooSmall(room, needed + room.size - end)
  return {
    ...layout,
    partitions: room.keep ? [...stretched, room.keep].sort((a, b) => a.number - b.number) : stretched,
    size: room.size,
    lastLba: Math.floor(diskEnd / room.sectorSize) - 1,
  }
}

function tooSmall({ device, size }: Room, needed: number): ClonaulaError {
  return new ClonaulaError('diskTooSmall', `${device} has ${size} bytes, the image needs ${needed}`, { target: device, needed, available: size })
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
