/**
 * Would a restore work on this computer, and if not, why not: what is shown before the click, and what decides
 * after it. The agent asks the same questions again, of the disks as it finds them then.
 */
import type { RestoreRequest } from '../contract/console.ts'
import type { ComputerView, ImageView, RestorePlanRow, RevisionView, VolumeView } from '../contract/views.ts'
import { chooseMethod, type MethodRequest } from './automatic-change.ts'
import { isCache } from './cache.ts'
import { isExtended } from './disk-facts.ts'
import { partitionDevice, type Disk, type Firmware, type Partition } from './disk.ts'
import { ClonaulaError } from './errors.ts'
import { cacheInTheWay, keptCache } from './kept-cache.ts'
import { isDirect, type CacheMethod } from './method.ts'

export type PlannedComputer = Pick<ComputerView, 'id' | 'name' | 'state' | 'hardware'>
export type PlannedImage = Pick<ImageView, 'name' | 'kind'> & { revision: Pick<RevisionView, 'volumes' | 'disk'> }
export type PlannedRestore = Pick<RestoreRequest, 'target' | 'volume' | 'method'>

/** What decides how the data comes. `cache`: what this image means for the computer's; absent: it has none that can be used. */
export type PlannedTransfer = Omit<MethodRequest, 'method'>

interface Effect extends Pick<RestorePlanRow, 'bytes' | 'erases'>, Required<Pick<RestorePlanRow, 'space'>> {
  /** The CACHE would be erased, which only matters to those who read from it: what they are told. */
  loses?: ClonaulaError
}

export function planRestore(
  computer: PlannedComputer, image: PlannedImage, request: PlannedRestore, transfer: PlannedTransfer,
): RestorePlanRow {
  return rowOf(computer, () => {
    const { loses, ...done } = effect(computer, image, request)
    const use = chooseMethod({ method: request.method, ...transfer })
    if (loses && !isDirect(use.method)) throw loses
    const cache = isDirect(request.method) ? undefined : transfer.cache
    return { ...done, use, ...(cache && { cache }), ...(loses && { losesCache: true }) }
  })
}

/** As `planRestore`, of what only brings the image into the CACHE. */
export function planCacheUpdate(computer: PlannedComputer, method: CacheMethod, transfer: PlannedTransfer): RestorePlanRow {
  return rowOf(computer, () => {
    readyHardware(computer)
    const use = chooseMethod({ method, ...transfer })
    return { bytes: 0, erases: [], use, ...(transfer.cache && { cache: transfer.cache }) }
  })
}

/** @param plan throws a ClonaulaError, the reason of the refusal */
function rowOf({ id, name }: PlannedComputer, plan: () => Omit<RestorePlanRow, 'computerId' | 'computerName' | 'ok'>): RestorePlanRow {
  const row = { computerId: id, computerName: name }
  try {
    return { ...row, ok: true, ...plan() }
  } catch (error) {
    if (!(error instanceof ClonaulaError)) throw error
    return { ...row, ok: false, bytes: 0, erases: [], refusal: { result: error.result, params: error.params } }
  }
}

/** @throws ClonaulaError, the reason of the refusal */
function effect(computer: PlannedComputer, image: PlannedImage, request: PlannedRestore): Effect {
  const hardware = readyHardware(computer)
  const { disk: number, partition } = request.target
  const disk = findDisk(hardware.disks, number)
  return partition === undefined
    ? wholeDisk(disk, hardware.firmware, image, request)
    : onePartition(disk, partition, image, request)
}

function readyHardware({ state, hardware }: PlannedComputer): NonNullable<ComputerView['hardware']> {
  if (state === 'maintenance') throw new ClonaulaError('maintenance', 'in maintenance')
  if (state === 'busy') throw new ClonaulaError('busy', 'it runs something else')
  // What runs a restore is the live agent: a computer that has started its own system has none.
  if (state !== 'waiting' || hardware === undefined) throw new ClonaulaError('noAgent', `${state}: no live agent`)
  return hardware
}

/** Removable media are numbered too, after the fixed disks, so that they can be shown; they are never a target. */
function findDisk(disks: readonly Disk[], number: number): Disk {
  const disk = disks.find((each) => each.number === number)
  if (disk === undefined) throw new ClonaulaError('partition', `no disk ${number}`, { target: String(number) })
  if (disk.removable) throw new ClonaulaError('removable', `${disk.device} is removable`, { target: disk.device })
  return disk
}

function wholeDisk(disk: Disk, firmware: Firmware, image: PlannedImage, { volume }: PlannedRestore): Effect {
  const { disk: needs, volumes } = image.revision
  if (image.kind !== 'disk' || needs === undefined || volume !== undefined) throw wrongKind(image)
  if (needs.sectorSize !== disk.sectorSize) {
    const problem = `${needs.sectorSize} ≠ ${disk.sectorSize} B/sector`
    throw new ClonaulaError('image', `sectors differ: ${problem}`, { image: image.name, problem })
  }
  if (disk.size < needs.minimumSize) {
    const params = { target: disk.device, needed: needs.minimumSize, available: disk.size }
    throw new ClonaulaError('diskTooSmall', `${disk.device} is too small`, params)
  }
  refuseFirmware(needs.boots, firmware)
  const kept = keptCache(disk, needs, numbersOf(image.revision))
  const erased = disk.partitions.filter((each) => each !== kept?.partition)
  return {
    bytes: volumes.reduce((sum, { used }) => sum + used, 0),
    erases: [words(disk.device, disk.model, disk.serial), ...erased.map((each) => partitionWords(disk, each))],
    space: { needed: needs.minimumSize, available: disk.size },
    ...(erased.some(isCache) && { loses: cacheInTheWay(disk, needs) }),
  }
}

/** Of the image's partitions. Logical ones are in an extended one, which has no volume and takes one of the four numbers. */
function numbersOf({ disk, volumes }: PlannedImage['revision']): number[] {
  const numbers = volumes.map(({ partition }) => partition)
  const extended = [1, 2, 3, 4].find((number) => !numbers.includes(number))
  const isInside = disk?.label === 'msdos' && numbers.some((number) => number > 4)
  return isInside && extended !== undefined ? [...numbers, extended] : numbers
}

/** A disk of data goes anywhere; one that starts a system only where the firmware can start it. */
function refuseFirmware(boots: readonly Firmware[], firmware: Firmware): void {
  if (boots.length === 0 || boots.includes(firmware)) return
  if (firmware === 'bios') throw new ClonaulaError('notUefi', 'the image starts from UEFI only')
  throw new ClonaulaError('notBios', 'the image starts from BIOS only')
}

function onePartition(disk: Disk, number: number, image: PlannedImage, request: PlannedRestore): Effect {
  const device = partitionDevice(disk.device, number)
  const partition = disk.partitions.find((each) => each.number === number)
  if (partition === undefined || isExtended(disk.label, partition.type)) {
    throw new ClonaulaError('partition', `no ${device}`, { target: device })
  }
  const volume = chooseVolume(image, request.volume)
  if (partition.size < volume.minimumSize) {
    const params = { target: device, needed: volume.minimumSize, available: partition.size }
    throw new ClonaulaError('partitionTooSmall', `${device} is too small`, params)
  }
  return {
    bytes: volume.used,
    erases: [partitionWords(disk, partition)],
    space: { needed: volume.minimumSize, available: partition.size },
    ...(isCache(partition) && { loses: new ClonaulaError('inUse', `${device} is the CACHE`, { target: device }) }),
  }
}

/** The image of a partition has one volume; of a disk image, somebody has to say which. */
function chooseVolume(image: PlannedImage, wanted: number | undefined): VolumeView {
  const { volumes } = image.revision
  const volume = wanted === undefined && image.kind === 'partition'
    ? volumes[0]
    : volumes.find(({ partition }) => partition === wanted)
  if (volume === undefined) throw wrongKind(image)
  return volume
}

function wrongKind({ name, kind }: PlannedImage): ClonaulaError {
  return new ClonaulaError('imageKind', `the image of a ${kind} does not go there`, { image: name })
}

/** `/dev/sda2 · Windows 11 · ntfs · Datos`: what somebody would miss. */
function partitionWords({ device }: Disk, { number, system, filesystem, label, name }: Partition): string {
  return words(partitionDevice(device, number), system?.name, filesystem === 'none' ? '' : filesystem, label || name)
}

function words(...parts: (string | undefined)[]): string {
  return parts.filter(Boolean).join(' · ')
}
