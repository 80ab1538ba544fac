import { basename, dirname } from 'node:path'
import { planDiskImage } from './disk-image.ts'
import { Folder } from './files.ts'
import { withPlace } from './place.ts'
import type { ImportPlan } from './plan.ts'
import { refuse, type ImportNote, type Refusal } from './problem.ts'
import { partcloneVolume } from './single-file.ts'
import { SUM_DIGITS, type FileSum } from './sums.ts'

/** `NAME.img.sum` is of so many bytes from the end. */
const LAST = 1024 * 1024

/** Other files of an OpenGnsys repository, which are no image of a filesystem. */
const REFUSED: readonly (readonly [RegExp, Refusal])[] = [[/\.(mbr|gpt)$/, 'bootSector'], [/\.diff$/, 'differential']]
/** Every sector of a disk. */
const DISK = /\.dsk$/

/** Endings that only OpenGnsys puts behind an image's name. */
const COMPANIONS = ['.sum', '.full.sum', '.info', '.torrent', '.lock', '.ant'] as const

/** Whether a path is one of OpenGnsys' repository: its companions tell, since its content is a partclone image like others. */
export async function isOpengnsys(path: string): Promise<boolean> {
  if (DISK.test(path) || REFUSED.some(([ending]) => ending.test(path))) return true
  const { names } = await Folder.open(dirname(path))
  return COMPANIONS.some((ending) => names.has(`${basename(path)}${ending}`))
}

/**
 * `NAME.img`, or `NAME.dsk`, with what is beside it.
 * @throws `image` another kind of file, or locked · `notFound` · `corruptImage` a sum that is none
 */
export async function planOpengnsys(path: string): Promise<ImportPlan> {
  const folder = await Folder.open(dirname(path))
  const given = basename(path)
  const name = !folder.names.has(given) && folder.names.has(`${given}.img`) ? `${given}.img` : given
  const refused = REFUSED.find(([ending]) => ending.test(name))
  if (refused) throw refuse(refused[1], `${name} is no image of a filesystem`, { file: name })
  if (folder.names.has(`${name}.lock`)) throw refuse('locked', `${name} is locked by OpenGnsys`, { file: name })
  const notes: ImportNote[] = []
  const sums = await sumsOf(folder, name)
  if (sums.length === 0) notes.push({ kind: 'noSums' })
  else if (sums.every(({ last }) => last !== undefined)) notes.push({ kind: 'lastMegabyteOnly', file: name })
  const stem = name.replace(/\.img$/, '')
  const beside = (...files: string[]): string[] => files.filter((file) => folder.names.has(file))
  notes.push(...beside(`${name}.ant`, `${name}.diff`, `${stem}.diff`).map((file): ImportNote => ({ kind: 'otherVersions', file })))
  notes.push(...beside(`${stem}.mbr`, `${stem}.gpt`).map((file): ImportNote => ({ kind: 'otherBootSector', file })))
  const info = parseInfo(await folder.text(`${name}.info`) ?? '')
  if (info.neededKib !== undefined) notes.push({ kind: 'declaredSize', bytes: info.neededKib * 1024 })
  const plan: Omit<ImportPlan, 'volumes'> = {
    format: 'opengnsys', source: `OpenGnsys: ${name}${info.host === '' ? '' : ` (${info.host})`}`.slice(0, 500), sums, notes,
  }
  const files = [folder.join(name)]
  return DISK.test(name) ? planDisk(plan, files) : { ...plan, volumes: [partcloneVolume(1, files)] }
}

async function planDisk(plan: Omit<ImportPlan, 'volumes'>, files: readonly string[]): Promise<ImportPlan> {
  const { table: { layout, sizeGuessed }, volumes } = await withPlace(files, () => planDiskImage(files))
  return { ...plan, disk: layout, volumes, notes: sizeGuessed ? [...plan.notes, { kind: 'diskSizeGuessed' }] : plan.notes }
}

/** Of the whole file where there is one, otherwise of its last MiB. */
async function sumsOf(folder: Folder, name: string): Promise<FileSum[]> {
  const path = folder.join(name)
  const full = await sumIn(folder, `${name}.full.sum`)
  if (full !== undefined) return [{ path, algorithm: 'md5', sum: full }]
  const last = await sumIn(folder, `${name}.sum`)
  return last === undefined ? [] : [{ path, algorithm: 'md5', sum: last, last: LAST }]
}

/** The first word of a file of md5sum. */
async function sumIn(folder: Folder, name: string): Promise<string | undefined> {
  const text = await folder.text(name)
  if (text === undefined) return undefined
  const sum = /^([0-9A-Fa-f]+)\s*( .*)?$/.exec(text.trim())?.[1]?.toLowerCase()
  if (sum?.length !== SUM_DIGITS.md5) throw refuse('wrongSum', `${name} is not an MD5 sum`, { place: name })
  return sum
}

/** `TOOL:COMPRESSOR:FS:KB:HOST`, with spaces or line breaks here and there in some versions. */
function parseInfo(text: string): { neededKib?: number; host: string } {
  const [, , , kib = '', host = ''] = text.trim().split(/[:\n]/).map((field) => field.trim())
  return { ...(/^\d{1,12}$/.test(kib) ? { neededKib: Number(kib) } : {}), host: /^[\w.-]{1,64}$/.test(host) ? host : '' }
}
