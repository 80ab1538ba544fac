import { ClonaulaError } from '#shared/domain/errors.ts'
import { partitionDevice, type Filesystem, type Partition } from '#shared/domain/disk.ts'
import { DISK_VOLUME, type DiskLayout, type LayoutPartition, type ManifestFacts, type VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { fitTable } from '../disk/fit-table.ts'
import { cacheToKeep } from '../disk/keep-cache.ts'
import { localDisks } from '../disk/local-disks.ts'
import type { Machine } from '../disk/machine.ts'
import { sparedAreas } from '../disk/outer-areas.ts'
import { isExtended } from '../disk/partition-type.ts'
import type { Extent } from '../extents.ts'
import { chooseVolume, planPartition, refuseInUse } from '../disk/plan-restore.ts'
import { parseTable, sfdiskCommand } from '../disk/table.ts'
import { refuseUsed } from '../filesystem/block-device.ts'
import { findPlace, type DiskPlace, type Place, type VolumePlace } from './place.ts'

export interface TargetRequest {
  /** Partition, disk, loop device, or a plain file, which need not be there yet. */
  path: string
  image: ManifestFacts
  /** The one volume of a disk's image that goes to the target. */
  volume?: number | undefined
  /** Bytes of a plain file that is made, or that has less; the source's size unless said. */
  size?: number | undefined
}

/** Something that is on the target now. */
export interface ErasedPart {
  path: string
  filesystem: Filesystem
  label: string
  size: number
}

/** Everything that is going to be done to a target. */
export interface TargetPlan {
  /** Device or file that is written to. */
  path: string
  block: boolean
  /** What is there now and will not be any more. */
  erases: readonly ErasedPart[]
  /** Bytes that the file is given. */
  extendTo?: number | undefined
  /** A whole disk: its new table. */
  layout?: DiskLayout | undefined
  /** Number in that table of the disk's CACHE, which stays with all that is in it. */
  keeps?: number | undefined
  /** What goes into the target, or into the partitions of the same numbers. */
  volumes: readonly VolumeFacts[]
  /** The disk's image has something from outside of the partitions. */
  bootAreas: boolean
  /** What of the disk that stays away from. */
  spare: readonly Extent[]
  /** The new type of the partition that is the target. */
  type?: { disk: string; partition: number; type: string } | undefined
}

/**
 * Decides what a restore does to a target; writes nothing.
 * @throws `imageKind` a partition's image for a disk, or the reverse · `partitionTooSmall` · `diskTooSmall` · `inUse` · `image` sectors of
 *   another size · `invalidRequest` · `noWriteAccess`
 */
export async function planTarget(machine: Machine, request: TargetRequest): Promise<TargetPlan> {
  const { path, image, volume } = request
  const place = await findPlace(machine, path).catch((cause: unknown) => {
    if (cause instanceof ClonaulaError && cause.result === 'notFound') return undefined
    throw cause
  })
  if (place?.block === false) await refuseUsed(place.path)
  if (!place && path.startsWith('/dev/')) throw new ClonaulaError('notFound', `${path} is not there`, { what: path })
  if (image.disk === undefined || volume !== undefined) return planVolume(machine, request, place)
  if (place?.kind === 'volume' && place.partition) {
    throw new ClonaulaError('imageKind', `${path} is a partition, and the image is of a whole disk`)
  }
  return place?.block ? planDevice(machine, image, image.disk, place) : planFile(machine, request, image.disk, place)
}

async function planVolume(machine: Machine, request: TargetRequest, place: Place | undefined): Promise<TargetPlan> {
  const { image, volume } = request
  if (place?.kind === 'disk') {
    throw new ClonaulaError('imageKind', `${place.path} has a partition table, and the image is of one partition`)
  }
  if (place?.partition) {
    const { disk, number } = place.partition
    const [local] = await localDisks(machine, [disk])
    if (!local) throw new ClonaulaError('partition', `no disk ${disk}`, { target: disk })
    const { type } = planPartition(image, local, number, volume)
    return { ...volumePlan(request, place), ...(type && { type: { disk, ...type } }) }
  }
  return volumePlan(request, place)
}

function volumePlan(request: TargetRequest, place: VolumePlace | undefined): TargetPlan {
  const volume = chooseVolume(request.image, request.volume)
  const room = place?.size ?? 0
  const size = place?.block ? room : fileSize(request, room, room >= volume.minimumSize, volume.size)
  if (size < volume.minimumSize) {
    throw new ClonaulaError('partitionTooSmall', `${request.path} has ${size} bytes, the image needs ${volume.minimumSize}`, {
      target: request.path, needed: volume.minimumSize, available: size,
    })
  }
  return {
    path: place?.path ?? request.path,
    block: place?.block ?? false,
    erases: place ? erasedVolume(place) : [],
    ...(size > room && { extendTo: size }),
    volumes: [volume],
    spare: [],
    bootAreas: false,
  }
}

/** A whole disk onto a block device. */
async function planDevice(machine: Machine, image: ManifestFacts, layout: DiskLayout, place: Place): Promise<TargetPlan> {
  const { path } = place
  const [local] = await localDisks(machine, [path])
  if (!local) throw new ClonaulaError('partition', `no disk ${path}`, { target: path })
  refuseInUse(local, [...local.inUse.keys()], path)
  const { size, sectorSize, partitions } = local.disk
  const keep = cacheToKeep(local.disk, layout, image.volumes)
  const erased = partitions.filter((partition) => partition.start !== keep?.start)
  return {
    path,
    block: true,
    erases: place.kind === 'volume' ? erasedVolume(place) : erasedPartitions(path, erased),
    ...(keep !== undefined && { keeps: keep.number }),
    ...diskPlan(image, fitTable(layout, image.volumes, { device: path, size, sectorSize, keep })),
  }
}

/** A whole disk into a plain file. */
async function planFile(
  machine: Machine, request: TargetRequest, layout: DiskLayout, place: Place | undefined,
): Promise<TargetPlan> {
  const { image, path } = request
  const fit = (size: number): DiskLayout => fitTable(layout, image.volumes, { device: path, size, sectorSize: layout.sectorSize })
  const room = place?.size ?? 0
  const size = fileSize(request, room, succeeds(() => fit(room)), layout.size)
  return {
    path: place?.path ?? path,
    block: false,
    erases: place?.kind === 'disk' ? await erasedTable(machine, place) : place ? erasedVolume(place) : [],
    ...(size > room && { extendTo: size }),
    ...diskPlan(image, fit(size)),
  }
}

function diskPlan({ disk, volumes }: ManifestFacts, layout: DiskLayout): Pick<TargetPlan, 'layout' | 'volumes' | 'bootAreas' | 'spare'> {
  const placed = new Set(layout.partitions.filter((partition) => !isExtended(partition)).map(({ number }) => number))
  return {
    layout,
    volumes: volumes.filter(({ number }) => placed.has(number)),
    bootAreas: volumes.some(({ number }) => number === DISK_VOLUME),
    spare: disk === undefined ? [] : sparedAreas(disk, layout),
  }
}

/** Bytes that a plain file is going to have: never less than now. */
function fileSize({ size }: TargetRequest, room: number, isEnough: boolean, source: number): number {
  return Math.max(room, size ?? (isEnough ? room : source))
}

function succeeds(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch (cause) {
    if (cause instanceof ClonaulaError) return false
    throw cause
  }
}

function erasedVolume({ path, size, probe: { filesystem, label } }: VolumePlace): ErasedPart[] {
  return filesystem === 'none' ? [] : [{ path, filesystem, label, size }]
}

function erasedPartitions(disk: string, partitions: readonly (LayoutPartition & Partial<Partition>)[]): ErasedPart[] {
  return partitions.filter((partition) => !isExtended(partition)).map(({ number, size, filesystem = 'unknown', label = '' }) =>
    ({ path: partitionDevice(disk, number), filesystem, label, size }))
}

/** Only the table of a disk in a file is looked at: what its partitions hold would take a loop device. */
async function erasedTable(machine: Machine, { path, size }: DiskPlace): Promise<ErasedPart[]> {
  const { stdout } = await machine.run(sfdiskCommand(path))
  return erasedPartitions(path, parseTable(stdout, size).partitions)
}
