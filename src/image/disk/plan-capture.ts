import { isCache } from '#shared/domain/cache.ts'
import { partitionDevice, type Disk, type DiskTarget, type Filesystem, type Partition } from '#shared/domain/disk.ts'
import { assertNever, ClonaulaError } from '#shared/domain/errors.ts'
import type { CaptureMode } from '#shared/domain/image.ts'
import { DISK_VOLUME, type DiskLayout } from '#shared/formats/manifest-facts.ts'
import type { CaptureVolume } from '../capture.ts'
import { endOf } from '../extents.ts'
import { SWAP_PAGE } from '../filesystem/swap-header.ts'
import { mapperOf } from '../used-map/mappers.ts'
import type { LocalDisk } from './local-disks.ts'
import { bootAreas, outerAreas } from './outer-areas.ts'
import { isBiosBoot, isExtended, isReserved } from './partition-type.ts'

export interface CaptureIntent {
  source: DiskTarget
  mode: CaptureMode
}

/** What of a partition goes into the image. */
export type Part = 'used' | 'sector' | 'swap' | 'boot'

export interface CapturePlan {
  disk: Disk
  /** The table, when the image is one of a whole disk. */
  layout?: DiskLayout
  volumes: readonly CaptureVolume[]
  /** For the log: each partition, and why it is read as it is. */
  parts: readonly { partition: Partition; device: string; part: Part }[]
  /** Device of the CACHE of a whole disk: it is the computer's own, and neither it nor its place in the table is in the image. */
  cache?: string
}

/**
 * Decides what is read. Pure; whether filesystems are clean is asked when they are about to be read.
 * @throws `noUsablePartition` no such disk or partition, or nothing in it · `hibernated` a Linux in hibernation · `inUse`
 */
export function planCapture(disks: readonly LocalDisk[], intent: CaptureIntent): CapturePlan {
  const local = disks.find(({ disk }) => disk.number === intent.source.disk)
  if (local === undefined) {
    throw new ClonaulaError('noUsablePartition', `no disk ${intent.source.disk}`, { target: String(intent.source.disk) })
  }
  const { partition } = intent.source
  return partition === undefined ? planDisk(local, intent.mode) : planPartition(local, partition, intent.mode)
}

function planPartition(local: LocalDisk, number: number, mode: CaptureMode): CapturePlan {
  const { disk } = local
  const device = partitionDevice(disk.device, number)
  const partition = disk.partitions.find((one) => one.number === number && !isExtended(one))
  if (partition === undefined) {
    throw new ClonaulaError('noUsablePartition', `${disk.device} has no partition ${number}`, { target: device })
  }
  refuseInUse(local, [0, number], device)
  const part = choosePart(local, partition, mode)
  return { disk, volumes: [volumeOf(partition, device, part)], parts: [{ partition, device, part }] }
}

function planDisk(local: LocalDisk, mode: CaptureMode): CapturePlan {
  const { disk } = local
  const cache = disk.partitions.find(isCache)
  const table = disk.partitions.filter((partition) => partition !== cache)
  const partitions = table.filter((partition) => !isExtended(partition))
  if (disk.label === 'none' || partitions.length === 0) {
    throw new ClonaulaError('noUsablePartition', `${disk.device} has no partitions`, { target: disk.device })
  }
  refuseInUse(local, [...local.inUse.keys()].filter((number) => number !== cache?.number), disk.device)
  const parts = partitions.map((partition) => ({
    partition,
    device: partitionDevice(disk.device, partition.number),
    part: choosePart(local, partition, mode),
  }))
  return {
    disk,
    layout: {
      label: disk.label,
      id: disk.tableId,
      size: disk.size,
      sectorSize: disk.sectorSize,
      firstLba: local.firstLba,
      lastLba: local.lastLba,
      partitions: table.map(({ number, start, size, type, uuid, name, attributes, bootable }) =>
        ({ number, start, size, type, uuid, name, attributes, bootable })),
    },
    volumes: [outside(disk, table, cache, mode), ...parts.map(({ partition, device, part }) => volumeOf(partition, device, part))],
    parts,
    ...(cache !== undefined && { cache: partitionDevice(disk.device, cache.number) }),
  }
}

function choosePart(local: LocalDisk, partition: Partition, mode: CaptureMode): Part {
  const device = partitionDevice(local.disk.device, partition.number)
  if (local.suspended.includes(partition.number)) {
    throw new ClonaulaError('hibernated', `${device} holds a hibernated Linux`, { target: device })
  }
  if (isBiosBoot(partition) || isReserved(partition)) return 'boot'
  return partOf(partition.filesystem, mode)
}

/**
 * How a filesystem is taken. What nobody can look into (LVM, LUKS, BitLocker, or nothing that is known) is taken whole:
 * every sector loses nothing, and zeros take no room.
 */
export function partOf(filesystem: Filesystem, mode: CaptureMode): Part {
  if (mode === 'sector') return 'sector'
  if (filesystem === 'swap') return 'swap'
  return mapperOf(filesystem) === undefined ? 'sector' : 'used'
}

/** What the engine has to read for a part. */
export function volumeOf(
  partition: Pick<Partition, 'number' | 'filesystem' | 'label' | 'filesystemUuid' | 'size'>, path: string, part: Part,
): CaptureVolume {
  const base = {
    number: partition.number, path, filesystem: partition.filesystem, label: partition.label, uuid: partition.filesystemUuid,
  }
  switch (part) {
    case 'used':
      return { ...base, mode: 'used' }
    case 'sector':
    case 'boot':
      return { ...base, mode: 'sector' }
    case 'swap':
      return { ...base, mode: 'sector', areas: [{ offset: 0, length: SWAP_PAGE }], minimumSize: partition.size }
    default:
      return assertNever(part)
  }
}

/** Every sector outside of the partitions, or what a BIOS reads before it comes to one. */
function outside(disk: Disk, table: readonly Partition[], cache: Partition | undefined, mode: CaptureMode): CaptureVolume {
  const areas = mode === 'sector' ? outerAreas(disk, cache) : bootAreas(disk.label, table)
  return {
    number: DISK_VOLUME, path: disk.device, filesystem: 'none', mode: 'sector', areas,
    minimumSize: mode === 'sector' ? disk.size : endOf(areas),
  }
}

function refuseInUse(local: LocalDisk, numbers: readonly number[], target: string): void {
  const uses = numbers.flatMap((number) => local.inUse.get(number) ?? [])
  if (uses.length > 0) throw new ClonaulaError('inUse', `${target} is in use: ${uses.join(', ')}`, { target })
}
