import { basename } from 'node:path'
import { partitionDevice } from '#shared/domain/disk.ts'
import type { DiskLayout, LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { isExtended } from '../disk/partition-type.ts'
import { bootVolume, rawVolume, swapVolume } from './disk-volumes.ts'
import { partsOf, withoutPart, type Folder } from './files.ts'
import type { ImportPlan, PlannedVolume } from './plan.ts'
import { refuse, type ImportNote } from './problem.ts'
import { parseSfdiskDump } from './sfdisk-dump.ts'
import { partcloneVolume } from './single-file.ts'
import { isSwapUuid } from '../filesystem/swap-header.ts'
import { parseSums, type FileSum, type SumAlgorithm } from './sums.ts'

/** What is between the MBR and the first partition: a MiB, more on odd disks. */
const MAX_GAP = 64 * 1024 * 1024
const SUM_FILES: readonly (readonly [string, SumAlgorithm])[] = [
  ['MD5SUMS', 'md5'], ['SHA1SUMS', 'sha1'], ['B2SUMS', 'blake2b'], ['B3SUMS', 'blake3'],
]

/** Whether a folder looks like one of Clonezilla's images. */
export function isClonezilla(folder: Folder): boolean {
  return folder.names.has('clonezilla-img') || (folder.names.has('parts') && [...folder.names].some((name) => name.endsWith('-pt.sf')))
}

/**
 * A folder that Clonezilla saved: of a disk (`savedisk`) or of some of its partitions (`saveparts`).
 * @throws `image` no partition table, or nothing to import · `corruptImage` a part is missing, or a name leads elsewhere
 */
export async function planClonezilla(folder: Folder): Promise<ImportPlan> {
  const disks = await words(folder, 'disk')
  const parts = await words(folder, 'parts')
  const disk = disks[0] ?? parts[0]?.replace(/p?\d+$/, '')
  const table = disk === undefined ? undefined : await folder.text(`${disk}-pt.sf`)
  if (disk === undefined || table === undefined) throw refuse('noTable', 'there is no list of the partitions')
  const notes: ImportNote[] = disks.slice(1).map((other) => ({ kind: 'otherDisk', disk: other }))
  const { layout, sizeGuessed } = parseSfdiskDump(table, await diskSize(folder, disk))
  const whole = disks.length > 0
  if (whole && sizeGuessed) notes.push({ kind: 'diskSizeGuessed' })
  if (folder.names.has('efi-nvram.dat')) notes.push({ kind: 'firmwareEntries' })
  const volumes: PlannedVolume[] = []
  const boot = whole ? await bootCode(folder, disk, layout) : undefined
  if (boot) volumes.push(boot)
  else if (whole) notes.push({ kind: 'noBootCode' })
  const kept = await keptElsewhere(folder)
  for (const partition of layout.partitions.filter((partition) => !isExtended(partition))) {
    const device = partitionDevice(disk, partition.number)
    if (!whole && !parts.includes(device)) continue
    const volume = await planPartition(folder, device, partition, notes)
    if (volume) volumes.push(volume)
    else notes.push({ kind: kept.get(device) ?? 'notSaved', partition: device })
  }
  if (volumes.every(({ files }) => files.length === 0)) throw refuse('nothingInside', 'no partition of it can be imported')
  const sums = await readSums(folder)
  if (sums.length === 0) notes.push({ kind: 'noSums' })
  return {
    format: 'clonezilla', source: `Clonezilla: ${basename(folder.path)}`.slice(0, 500), ...(whole ? { disk: layout } : {}), volumes, sums, notes,
  }
}

/** The names of devices in a list, which become part of the names of files. */
async function words(folder: Folder, name: string): Promise<string[]> {
  const found = (await folder.text(name) ?? '').split(/\s+/).filter((word) => word !== '')
  const unsafe = found.find((word) => !/^[a-z][a-z0-9]*$/.test(word))
  if (unsafe !== undefined) throw refuse('unsafeName', `${name} names ${JSON.stringify(unsafe.slice(0, 100))}`, { place: name })
  return found
}

async function planPartition(
  folder: Folder, device: string, partition: LayoutPartition, notes: ImportNote[],
): Promise<PlannedVolume | undefined> {
  const pattern = new RegExp(`^${device}\\.(?:(?<kind>\\S+-ptcl-img|dd-img|ntfs-img)(?:\\.(?:gz|bz2|lzo|lzma|xz|lzip|lz|lrz|lz4|zst|uncomp))?|[a-z]{2,3}|\\d{3})(?:\\.[a-z]{2,3}|\\.\\d{2,3})?$`)
  const first = [...folder.names].find((name) => pattern.test(name))
  if (first === undefined) return swapPartition(folder, device, partition, notes)
  const kind = pattern.exec(first)?.groups?.['kind']
  if (kind === undefined) throw refuse('partimage', `${first} is of partimage`, { file: first })
  if (kind === 'ntfs-img') throw refuse('ntfsclone', `${first} is of ntfsclone`, { file: first })
  const files = partsOf(folder.names, withoutPart(first)).map((name) => folder.join(name))
  return kind === 'dd-img' ? rawVolume(partition, files) : partcloneVolume(partition.number, files, partition.size)
}

/** `swappt-sda5.info`: `UUID="…"` and `LABEL="…"`. */
async function swapPartition(
  folder: Folder, device: string, partition: LayoutPartition, notes: ImportNote[],
): Promise<PlannedVolume | undefined> {
  const text = await folder.text(`swappt-${device}.info`)
  if (text === undefined) return undefined
  const value = (key: string): string => new RegExp(`^${key}="?([^"\\n]*)"?\\s*$`, 'm').exec(text)?.[1] ?? ''
  const uuid = value('UUID')
  if (!isSwapUuid(uuid)) notes.push({ kind: 'swapWithoutIdentity', partition: device })
  return swapVolume(partition, { uuid: isSwapUuid(uuid) ? uuid : '', label: value('LABEL') })
}

async function bootCode(folder: Folder, disk: string, layout: DiskLayout): Promise<PlannedVolume | undefined> {
  const mbr = await folder.bytes(`${disk}-mbr`, MAX_GAP) ?? await folder.bytes(`${disk}-gpt-1st`, MAX_GAP)
  return mbr && bootVolume(layout, mbr, await folder.bytes(`${disk}-hidden-data-after-mbr`, MAX_GAP))
}

/** Partitions that hold something else than a filesystem, by their device. */
async function keptElsewhere(folder: Folder): Promise<Map<string, 'lvm' | 'luks'>> {
  const kept = new Map<string, 'lvm' | 'luks'>()
  for (const [name, kind] of [['lvm_vg_dev.list', 'lvm'], ['luks-dev.list', 'luks']] as const) {
    for (const [, device = ''] of (await folder.text(name) ?? '').matchAll(/\/dev\/([a-z][a-z0-9]*)\b/g)) kept.set(device, kind)
  }
  return kept
}

/** What parted said in sectors. */
async function diskSize(folder: Folder, disk: string): Promise<number | undefined> {
  const text = await folder.text(`${disk}-pt.parted`) ?? ''
  const sectors = /^Disk \/dev\/\S+: (\d{1,13})s$/m.exec(text)?.[1]
  const sectorSize = /^Sector size \(logical\/physical\): (\d{3,5})B/m.exec(text)?.[1] ?? '512'
  return sectors === undefined ? undefined : Number(sectors) * Number(sectorSize)
}

/** Of the files that are there: people remove notes that an import does not need. */
async function readSums(folder: Folder): Promise<FileSum[]> {
  for (const [file, algorithm] of SUM_FILES) {
    const text = await folder.text(file)
    if (text === undefined) continue
    return parseSums(text, algorithm).filter(({ name }) => folder.names.has(name))
      .map(({ name, sum }) => ({ path: folder.join(name), algorithm, sum }))
  }
  return []
}
