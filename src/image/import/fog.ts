import { isExtended } from '../disk/partition-type.ts'
import { basename } from 'node:path'
import type { DiskLayout, LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { noteLogicalBootCode } from './boot-records.ts'
import { bootVolume, swapVolume } from './disk-volumes.ts'
import { Folder } from './files.ts'
import { noteOtherFiles } from './left-out.ts'
import { isOldFogName, oldFogImages } from './old-fog.ts'
import type { ImportPlan, PlannedVolume } from './plan.ts'
import { refuse, type ImportNote } from './problem.ts'
import { parseSfdiskDump } from './sfdisk-dump.ts'
import { partcloneVolume } from './single-file.ts'
import type { SourceTable } from './source-table.ts'
import { parseTableBytes } from './table-bytes.ts'
import { isSwapUuid } from '../filesystem/swap-header.ts'

/** 2048 sectors of an MBR disk; a backup of sgdisk has 32 KiB and a few sectors. */
const MAX_MBR = 2 * 1024 * 1024
const SECTOR = 512

const DISK_FILE = /^d(\d{1,2})\.(?:partitions|original\.partitions|mbr)$/
const PARTITION_FILE = /^d\d{1,2}p\d{1,3}\.img(?:\.000)?$/
/** Files of a disk that have been read, or that say nothing which an image needs: what to shrink, and how far. */
const KNOWN = new RegExp('^d\\d+(?:'
  + '\\.(?:(?:original|minimum|shrunken|sgdisk\\.original)\\.)?partitions|\\.(?:mbr|grub\\.mbr|has_grub|size|fixed_size_partitions|imgtypes?)'
  + '|\\.original\\.(?:fstypes|swapuuids|uuids)|p\\d+\\.(?:ebr|lvm|lvm\\.vgcfg))$')

/** Whether a folder looks like one of FOG's `/images`. */
export function isFog(folder: Folder): boolean {
  return [...folder.names].some((name) => DISK_FILE.test(name) || PARTITION_FILE.test(name) || isOldFogName(name))
}

/**
 * A folder of FOG's `/images`: the first of its disks. What FOG before 1.0 kept of Windows 7 has no table, and gives
 * partitions without a disk.
 * @throws `image` no partition table, or nothing to import · `corruptImage` a part is missing
 */
export async function planFog(folder: Folder): Promise<ImportPlan> {
  const disks = [...new Set([...folder.names].flatMap((name) => Number(DISK_FILE.exec(name)?.[1] ?? Number.NaN) || []))].sort((a, b) => a - b)
  const [disk = 1, ...others] = disks
  const notes: ImportNote[] = others.map((other) => ({ kind: 'otherDisk', disk: `d${other}` }))
  const old = oldFogImages(folder)
  const table = await readTable(folder, disk)
  if (!table && old.size === 0) throw refuse('noTable', 'there is no list of the partitions')
  const volumes = table ? await planDisk(folder, disk, table, old, notes) : [...old].map(([number, files]) => partcloneVolume(number, files))
  if (!table) notes.push({ kind: 'partitionsOnly' })
  if (volumes.every(({ files }) => files.length === 0)) throw refuse('nothingInside', 'no partition of it can be imported')
  const isKnown = (name: string): boolean => KNOWN.test(name) || others.some((other) => new RegExp(`^d${other}[.p]`).test(name))
  return {
    format: 'fog', source: `FOG: ${basename(folder.path)}`.slice(0, 500), ...(table ? { disk: table.layout } : {}), volumes, sums: [],
    notes: [...notes, ...noteOtherFiles(folder.names, volumes, notes, isKnown), { kind: 'noSums' }],
  }
}

/** FOG before 1.3 lists the partitions of a disk only where some are logical: the table itself is in what it keeps to start from. */
async function readTable(folder: Folder, disk: number): Promise<SourceTable | undefined> {
  const size = await diskSize(folder, disk)
  const list = await folder.text(`d${disk}.partitions`) ?? await folder.text(`d${disk}.original.partitions`)
  if (list !== undefined) return parseSfdiskDump(list, size)
  const sectors = await folder.bytes(`d${disk}.mbr`, MAX_MBR)
  return sectors && parseTableBytes(sectors, { diskSize: size })
}

async function planDisk(
  folder: Folder, disk: number, { layout, sizeGuessed }: SourceTable, old: ReadonlyMap<number, string[]>, notes: ImportNote[],
): Promise<PlannedVolume[]> {
  if (sizeGuessed) notes.push({ kind: 'diskSizeGuessed' })
  const boot = await bootCode(folder, disk, layout)
  if (!boot) notes.push({ kind: 'noBootCode' })
  notes.push(...await noteLogicalBootCode(folder, layout, (number) => `d${disk}p${number}.ebr`))
  const swaps = await swapUuids(folder, disk)
  const volumes: PlannedVolume[] = boot ? [boot] : []
  for (const partition of layout.partitions.filter((partition) => !isExtended(partition))) {
    const stem = `d${disk}p${partition.number}`
    const files = folder.parts(`${stem}.img`)
    const saved = files.length > 0 ? files : old.get(partition.number)
    const volume = saved ? partcloneVolume(partition.number, saved, partition.size) : swapPartition(stem, partition, swaps, notes)
    if (volume) volumes.push(volume)
    else notes.push(notePartition(folder, stem))
  }
  return volumes
}

/** @param stem `d1p2` */
function swapPartition(
  stem: string, partition: LayoutPartition, swaps: ReadonlyMap<number, string>, notes: ImportNote[],
): PlannedVolume | undefined {
  const uuid = swaps.get(partition.number)
  if (uuid === '') notes.push({ kind: 'swapWithoutIdentity', partition: stem })
  return uuid === undefined ? undefined : swapVolume(partition, { uuid, label: '' })
}

/** Why nothing of a partition is imported. Each logical volume is an image of partclone: `d1p2.root.img`. */
function notePartition(folder: Folder, stem: string): ImportNote {
  if (!folder.names.has(`${stem}.lvm`) && !folder.names.has(`${stem}.lvm.vgcfg`)) return { kind: 'notSaved', partition: stem }
  return { kind: 'lvm', partition: stem, files: [...folder.names].filter((name) => name.startsWith(`${stem}.`) && /\.img(?:\.000)?$/.test(name)) }
}

/**
 * MBR: the sectors before the first partition. GPT: those where GRUB starts from BIOS, or else a backup of sgdisk, which
 * begins with the protective MBR.
 */
async function bootCode(folder: Folder, disk: number, layout: DiskLayout): Promise<PlannedVolume | undefined> {
  const [first, second] = layout.label === 'gpt' ? ['grub.mbr', 'mbr'] : ['mbr', 'grub.mbr']
  const mbr = await folder.bytes(`d${disk}.${first}`, MAX_MBR) ?? await folder.bytes(`d${disk}.${second}`, MAX_MBR)
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
