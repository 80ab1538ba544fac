import { basename } from 'node:path'
import { partitionDevice } from '#shared/domain/disk.ts'
import type { DiskLayout, LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { isExtended } from '../disk/partition-type.ts'
import { noteLogicalBootCode } from './boot-records.ts'
import { bootVolume, rawVolume, swapVolume } from './disk-volumes.ts'
import { partsOf, withoutPart, type Folder } from './files.ts'
import { noteOtherFiles } from './left-out.ts'
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
const COMPRESSIONS = '(?:gz|bz2|lzo|lzma|xz|lzip|lz|lrz|lz4|zst|uncomp)'
const FIRST_PART = new RegExp(`-ptcl-img(?:\\.${COMPRESSIONS})?(?:\\.a{2,3}|\\.0{2,3})?$`)
/** Files of an image that have been read, or that say nothing which an image needs. */
const KNOWN = /^(?:clonezilla-img|disk|parts|(?:dev-fs|blkdev|blkid|luks-dev)\.list|lvm_.*|efi-nvram\.dat|swappt-.*\.info|.*\.txt|(?:MD5|SHA1|B2|B3)SUMS(?:\.info)?)$/

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
  if (whole) notes.push(...await noteLogicalBootCode(folder, layout, (number) => `${partitionDevice(disk, number)}-ebr`))
  const kept = await keptElsewhere(folder)
  for (const partition of layout.partitions.filter((partition) => !isExtended(partition))) {
    const device = partitionDevice(disk, partition.number)
    if (!whole && !parts.includes(device)) continue
    const volume = await planPartition(folder, device, partition, notes)
    if (volume) volumes.push(volume)
    else notes.push(kept.get(device) ?? { kind: 'notSaved', partition: device })
  }
  if (volumes.every(({ files }) => files.length === 0)) throw refuse('nothingInside', 'no partition of it can be imported')
  const sums = await readSums(folder)
  if (sums.length === 0) notes.push({ kind: 'noSums' })
  return {
    format: 'clonezilla', source: `Clonezilla: ${basename(folder.path)}`.slice(0, 500), ...(whole ? { disk: layout } : {}), volumes, sums,
    notes: [...notes, ...noteOtherFiles(folder.names, volumes, notes, (name) => isKnown(name, disk, disks.slice(1)))],
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
  const pattern = new RegExp(`^${device}\\.(?:(?<kind>\\S+-ptcl-img|dd-img|ntfs-img)(?:\\.${COMPRESSIONS})?|[a-z]{2,3}|\\d{3})(?:\\.[a-z]{2,3}|\\.\\d{2,3})?$`)
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

/**
 * Partitions that hold something else than a filesystem, by their device. Lines of `lvm_vg_dev.list`: a group, a device, an
 * identifier; of `luks-dev.list`: a device, what it is called when it is open. What is inside has files with those names.
 */
async function keptElsewhere(folder: Folder): Promise<Map<string, ImportNote>> {
  const kept = new Map<string, ImportNote>()
  for (const [list, kind, name] of [
    ['lvm_vg_dev.list', 'lvm', /^([\w+.-]+)\s+\/dev\//], ['luks-dev.list', 'luks', /\/dev\/mapper\/([\w+.-]+)/],
  ] as const) {
    for (const line of (await folder.text(list) ?? '').split('\n')) {
      const device = /\/dev\/([a-z][a-z0-9]*)(?![\w/])/.exec(line)?.[1]
      if (device !== undefined) kept.set(device, { kind, partition: device, files: imagesOf(folder, name.exec(line)?.[1], kind) })
    }
  }
  return kept
}

/** `vg0-root.ext4-ptcl-img.gz.aa` of the group `vg0`, `ocs_luks_x.ext4-ptcl-img.gz.aa` of what is open as `ocs_luks_x`; of each the first part. */
function imagesOf(folder: Folder, name: string | undefined, kind: 'lvm' | 'luks'): string[] {
  const start = `${name}${kind === 'lvm' ? '-' : '.'}`
  return [...folder.names].filter((file) => file.startsWith(start) && FIRST_PART.test(file))
}

/** Whether a file has been read, says nothing that an image needs, or is of another disk, of which there is a note. */
function isKnown(name: string, disk: string, others: readonly string[]): boolean {
  return KNOWN.test(name) || new RegExp(`^${disk}(?:p?\\d+)?-`).test(name)
    || others.some((other) => new RegExp(`^${other}(?:p?\\d+)?[-.]`).test(name))
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
