import { isCache } from '#shared/domain/cache.ts'
import { diskFacts } from '#shared/domain/disk-facts.ts'
import { partitionDevice, type DiskTarget, type Filesystem, type Firmware, type Partition } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { cacheInTheWay } from '#shared/domain/kept-cache.ts'
import { isDirect, type RestoreMethod } from '#shared/domain/method.ts'
import { DISK_VOLUME, type DiskLayout, type ManifestFacts, type VolumeFacts } from '#shared/formats/manifest-facts.ts'
import type { Extent } from '../extents.ts'
import type { LocalDisk } from './local-disks.ts'
import { sparedAreas } from './outer-areas.ts'
import { isExtended, newType } from './partition-type.ts'
import { fitTable } from './fit-table.ts'
import { cacheToKeep } from './keep-cache.ts'

/** What is asked for. */
export interface RestoreIntent {
  target: DiskTarget
  /** Which partition of a disk image goes into the target partition. */
  volume?: number | undefined
  method: RestoreMethod
}

/** What is known before anything is touched. */
export interface RestoreFacts {
  firmware: Firmware
  disks: readonly LocalDisk[]
  image: ManifestFacts
}

/** A volume of the image and the partition that gets it. */
export interface Placement {
  /** Number of the volume in the manifest. */
  volume: number
  partition: number
  device: string
  filesystem: Filesystem
  /** Bytes of the source partition and of the target. */
  sourceSize: number
  size: number
}

/** Everything that a restore is going to do, in the order of its fields. Nothing outside of it is touched. */
export interface RestorePlan {
  disk: LocalDisk['disk']
  /** Device that is erased, for the log. */
  device: string
  /** The table that the whole disk is to have. */
  table?: DiskLayout
  /** Number in that table of the CACHE, which stays on the disk with all that is in it. */
  keeps?: number
  /** The one partition whose type does not suit the filesystem that it gets. */
  type?: { partition: number; type: string }
  placements: readonly Placement[]
  /** Whether the image has something from outside of the partitions, which is written too. */
  bootAreas: boolean
  /** What of the disk that stays away from. */
  spare: readonly Extent[]
}

/**
 * Decides whether and how an image goes to a target. Pure: the same facts always give the same plan.
 * @throws ClonaulaError `partition` no such disk or partition · `removable` · `inUse` ·
 * `partitionTooSmall` · `diskTooSmall` · `imageKind` · `notUefi` · `notBios` · `image` (sector sizes differ) · `cacheInTheWay`
 */
export function planRestore(facts: RestoreFacts, intent: RestoreIntent): RestorePlan {
  const local = facts.disks.find(({ disk }) => disk.number === intent.target.disk)
  if (local === undefined) {
    throw new ClonaulaError('partition', `no disk ${intent.target.disk}`, { target: String(intent.target.disk) })
  }
  if (local.disk.removable) {
    throw new ClonaulaError('removable', `${local.disk.device} is removable`, { target: local.disk.device })
  }
  const { partition } = intent.target
  return partition === undefined ? planDisk(facts, local, intent.method) : planPartition(facts.image, local, partition, intent.volume)
}

function planDisk({ image, firmware }: RestoreFacts, local: LocalDisk, method: RestoreMethod): RestorePlan {
  const { disk } = local
  if (image.disk === undefined) throw new ClonaulaError('imageKind', 'the image of a partition cannot fill a disk')
  const keep = cacheToKeep(disk, image.disk, image.volumes)
  // By way of the CACHE it is mounted by whoever plans: it is what the image is read from.
  const readFrom = isDirect(method) ? undefined : disk.partitions.find(isCache)
  refuseInUse(local, [...local.inUse.keys()].filter((number) => number !== readFrom?.number), disk.device)
  refuseFirmware(image.disk, firmware)
  const layout = fitTable(image.disk, image.volumes, { ...disk, keep })
  if (readFrom !== undefined && keep === undefined) throw cacheInTheWay(disk, diskFacts(image.disk, image.volumes))
  const placements = layout.partitions.filter((partition) => !isExtended(partition)).flatMap((partition) => {
    const volume = image.volumes.find(({ number }) => number === partition.number)
    return volume === undefined ? [] : [place(volume, disk.device, partition)]
  })
  return {
    disk,
    device: disk.device,
    table: layout,
    ...(keep !== undefined && { keeps: keep.number }),
    placements,
    bootAreas: image.volumes.some(({ number }) => number === DISK_VOLUME),
    spare: sparedAreas(image.disk, layout),
  }
}

/**
 * As `planRestore`, for one partition, whatever the disk around it is.
 * @param wanted Which volume of the image; needed when it has several.
 * @throws `partition` · `inUse` · `partitionTooSmall` · `imageKind`
 */
export function planPartition(image: ManifestFacts, local: LocalDisk, number: number, wanted: number | undefined): RestorePlan {
  const { disk } = local
  const device = partitionDevice(disk.device, number)
  const partition = disk.partitions.find((one) => one.number === number)
  if (partition === undefined || isExtended(partition)) {
    throw new ClonaulaError('partition', `${disk.device} has no partition ${number}`, { target: device })
  }
  refuseInUse(local, [0, number], device)
  const volume = chooseVolume(image, wanted)
  if (volume.minimumSize > partition.size) {
    throw new ClonaulaError('partitionTooSmall', `${device} has ${partition.size} bytes, the image needs ${volume.minimumSize}`, {
      target: device, needed: volume.minimumSize, available: partition.size,
    })
  }
  const type = newType(disk.label, partition.type, volume.filesystem)
  return {
    disk,
    device,
    ...(type !== undefined && { type: { partition: number, type } }),
    placements: [place(volume, disk.device, partition)],
    bootAreas: false,
    spare: [],
  }
}

/** @throws `imageKind` */
export function chooseVolume(image: ManifestFacts, wanted: number | undefined): VolumeFacts {
  const volumes = image.volumes.filter(({ number }) => number !== DISK_VOLUME)
  const only = volumes.length === 1 ? volumes[0] : undefined
  const volume = wanted === undefined ? only : volumes.find(({ number }) => number === wanted)
  if (volume === undefined) {
    throw new ClonaulaError('imageKind', wanted === undefined ? 'which partition of the image?' : `no volume ${wanted} in the image`)
  }
  return volume
}

function place(volume: VolumeFacts, disk: string, partition: Pick<Partition, 'number' | 'size'>): Placement {
  return {
    volume: volume.number,
    partition: partition.number,
    device: partitionDevice(disk, partition.number),
    filesystem: volume.filesystem,
    sourceSize: volume.size,
    size: partition.size,
  }
}

/** @param numbers Partitions, and 0 for the disk itself. @throws `inUse` */
export function refuseInUse(local: LocalDisk, numbers: readonly number[], target: string): void {
  const uses = numbers.flatMap((number) => local.inUse.get(number) ?? [])
  if (uses.length > 0) throw new ClonaulaError('inUse', `${target} is in use: ${uses.join(', ')}`, { target })
}

/** A disk that starts from nothing (data) goes anywhere; a system disk only where the firmware can start it. */
function refuseFirmware(layout: DiskLayout, firmware: Firmware): void {
  const { boots } = diskFacts(layout)
  if (boots.length === 0 || boots.includes(firmware)) return
  if (firmware === 'bios') throw new ClonaulaError('notUefi', 'the image starts from UEFI only, this computer started from BIOS')
  throw new ClonaulaError('notBios', 'the image starts from BIOS only, this computer started from UEFI')
}
