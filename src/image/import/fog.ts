import { isExtended } from '../disk/partition-type.ts'
import { basename } from 'node:path'
import type { DiskLayout, LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { bootVolume, swapVolume } from './disk-volumes.ts'
import { Folder } from './files.ts'
import type { ImportPlan, PlannedVolume } from './plan.ts'
import { refuse, type ImportNote } from './problem.ts'
import { parseSfdiskDump } from './sfdisk-dump.ts'
import { partcloneVolume } from './single-file.ts'
import { isSwapUuid } from '../filesystem/swap-header.ts'

/** 2048 sectors of an MBR disk; a backup of sgdisk has 32 KiB and a few sectors. */
const MAX_MBR = 2 * 1024 * 1024
const SECTOR = 512

const DISK_FILE = /^d(\d{1,2})\.(?:partitions|original\.partitions|mbr)$/

/** Whether a folder looks like one of FOG's `/images`. */
export function isFog(folder: Folder): boolean {
  return [...folder.names].some((name) => DISK_FILE.test(name) || /^d\d{1,2}p\d{1,3}\.img(\.000)?$/.test(name) || name === 'sys.img.000')
}

/**
 * A folder of FOG's `/images`: the first of its disks.
 * @throws `image` no partition table, or nothing to import · `corruptImage` a part is missing
 */
export async function planFog(folder: Folder): Promise<ImportPlan> {
  const disks = [...new Set([...folder.names].flatMap((name) => Number(DISK_FILE.exec(name)?.[1] ?? Number.NaN) || []))].sort((a, b) => a - b)
  const [disk] = disks
  const table = disk === undefined ? undefined : await folder.text(`d${disk}.partitions`) ?? await folder.text(`d${disk}.original.partitions`)
  if (disk === undefined || table === undefined) throw refuse('noTable', 'there is no list of the partitions')
  const notes: ImportNote[] = disks.slice(1).map((other) => ({ kind: 'otherDisk', disk: `d${other}` }))
  const { layout, sizeGuessed } = parseSfdiskDump(table, await diskSize(folder, disk))
  if (sizeGuessed) notes.push({ kind: 'diskSizeGuessed' })
  const boot = await bootCode(folder, disk, layout)
  if (!boot) notes.push({ kind: 'noBootCode' })
  const swaps = await swapUuids(folder, disk)
  const volumes: PlannedVolume[] = boot ? [boot] : []
  for (const partition of layout.partitions.filter((partition) => !isExtended(partition))) {
    const volume = planPartition(folder, `d${disk}p${partition.number}`, partition, swaps, notes)
    if (volume) volumes.push(volume)
  }
  if (volumes.every(({ files }) => files.length === 0)) throw refuse('nothingInside', 'no partition of it can be imported')
  return {
    format: 'fog', source: `FOG: ${basename(folder.path)}`.slice(0, 500), disk: layout, volumes, sums: [],
    notes: [...notes, { kind: 'noSums' }],
  }
}

/** @param stem `d1p2` */
function planPartition(
  folder: Folder, stem: string, partition: LayoutPartition, swaps: ReadonlyMap<number, string>, notes: ImportNote[],
): PlannedVolume | undefined {
  const files = folder.parts(`${stem}.img`)
  if (files.length > 0) return partcloneVolume(partition.number, files, partition.size)
  const swap = swaps.get(partition.number)
  if (swap !== undefined) {
    if (swap === '') notes.push({ kind: 'swapWithoutIdentity', partition: stem })
    return swapVolume(partition, { uuid: swap, label: '' })
  }
  notes.push({ kind: folder.names.has(`${stem}.lvm`) || folder.names.has(`${stem}.lvm.vgcfg`) ? 'lvm' : 'notSaved', partition: stem })
  return undefined
}

/** MBR: the sectors before the first partition. GPT: a backup of sgdisk, which begins with the protective MBR. */
async function bootCode(folder: Folder, disk: number, layout: DiskLayout): Promise<PlannedVolume | undefined> {
  const mbr = await folder.bytes(`d${disk}.mbr`, MAX_MBR)
  return mbr && bootVolume(layout, mbr, layout.label === 'msdos' ? mbr.subarray(SECTOR) : undefined)
}

/** Swap areas, and their identifiers as far as they were kept: lines of a partition's number and a UUID; a list of filesystems. */
async function swapUuids(folder: Folder, disk: number): Promise<Map<number, string>> {
  const swaps = new Map<number, string>()
  for (const line of (await folder.text(`d${disk}.original.fstypes`) ?? '').split('\n')) {
    const [, number] = /^(?:\/dev\/\S*?)?(\d+)\s+swap\b/.exec(line) ?? []
    if (number !== undefined) swaps.set(Number(number), '')
  }
  for (const line of (await folder.text(`d${disk}.original.swapuuids`) ?? '').split('\n')) {
    const [number = '', uuid = ''] = line.trim().split(/\s+/)
    if (/^\d{1,3}$/.test(number) && isSwapUuid(uuid)) swaps.set(Number(number), uuid)
  }
  return swaps
}

/** `d1.size`: the disk's number and its bytes, in newer versions. */
async function diskSize(folder: Folder, disk: number): Promise<number | undefined> {
  const bytes = /^(?:\d+:)?(\d{6,15})$/.exec((await folder.text(`d${disk}.size`) ?? '').trim())?.[1]
  return bytes === undefined ? undefined : Number(bytes)
}
