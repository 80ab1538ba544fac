import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Filesystem } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import type { DiskLayout } from '#shared/formats/manifest-facts.ts'
import type { CaptureFigures } from '../capture.ts'
import { Meter } from '../meter.ts'
import { fileError } from '../repository/files.ts'
import type { LocalRepository } from '../repository/local.ts'
import type { ImageRef } from '../repository/refs.ts'
import type { ChunkStore, PackId } from '../store.ts'
import { isClonezilla, planClonezilla } from './clonezilla.ts'
import { discardPacks } from './discard-packs.ts'
import { isEncryptedFolder } from './encrypted.ts'
import { fileSizes, Folder } from './files.ts'
import { isFog, planFog } from './fog.ts'
import { isOpengnsys, planOpengnsys } from './opengnsys.ts'
import { withPlace } from './place.ts'
import type { ImportPlan, LegacyFormat } from './plan.ts'
import { refuse, type ImportNote } from './problem.ts'
import { planPartclone } from './single-file.ts'
import { storeVolumes } from './store-volumes.ts'
import { checkSum } from './sums.ts'
import type { VolumeReport } from './volume.ts'

export interface ImportOptions extends SlowOptions {
  repository: LocalRepository
  /** Of the image that is made, or that gets one more revision. */
  name: string
  description: string
  format: LegacyFormat | 'auto'
  /** A file, or a folder. */
  path: string
  /** Program and version. */
  creator: string
}

/** What was imported, what proves it, and what is not in it. */
export interface ImportReport {
  ref: ImageRef
  format: LegacyFormat
  source: string
  disk?: DiskLayout
  volumes: VolumeReport[]
  /** Files whose sums were right, and by which algorithm. */
  sums: { files: number; algorithms: string[] }
  notes: ImportNote[]
  figures: CaptureFigures
}

/**
 * Makes a revision of what another system keeps. Phases: `sums`, `import`. When it fails, nothing stays: no
 * revision, no manifest, no pack (unless somebody else is adding to the repository: then its packs go with the next purge).
 * @throws `image` it cannot be imported, `params.reason` says why · `corruptImage` damaged, with the place · `notFound` ·
 *   what the repository throws
 */
export async function importImage(options: ImportOptions): Promise<ImportReport> {
  const { repository, signal, onProgress } = options
  const plan = await planImport(options.path, options.format)
  await checkSums(plan, options)
  const meter = new Meter('import', await fileSizes([...new Set(plan.volumes.flatMap(({ files }) => files))]), onProgress)
  const recorder = new PackRecorder(repository)
  try {
    const stored = await storeVolumes(plan, { store: recorder, creator: options.creator, signal, onRead: (bytes) => meter.add(bytes) })
    meter.end()
    signal?.throwIfAborted()
    const manifest = await repository.publish(stored.manifest)
    const ref = await repository.addRevision({ image: options.name, manifest, description: options.description })
    return {
      ref, format: plan.format, source: plan.source, ...(plan.disk ? { disk: plan.disk } : {}),
      volumes: stored.volumes,
      sums: { files: plan.sums.length, algorithms: [...new Set(plan.sums.map(({ algorithm }) => algorithm))] },
      notes: [...plan.notes, ...unknownContents(stored.volumes), ...withoutChecksums(stored.volumes)],
      figures: stored.figures,
    }
  } catch (cause) {
    await recorder.idle()
    await discardPacks(repository, recorder.stored).catch(() => undefined) // the failure itself is what matters
    throw cause
  }
}

/** Finds out what a path holds. @throws as `importImage` */
export async function planImport(path: string, format: LegacyFormat | 'auto'): Promise<ImportPlan> {
  const facts = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    // The first part's name without its number, or an image's without its ending.
    if (cause.code === 'ENOENT') return undefined
    throw fileError(path, cause)
  })
  if (facts?.isDirectory()) return planFolder(await Folder.open(path), format)
  if (facts && !facts.isFile()) throw refuse('notAFile', `${path} is not a plain file`, { file: path })
  const opengnsys = format === 'opengnsys' || (format === 'auto' && await isOpengnsys(path))
  if (opengnsys) return planOpengnsys(path)
  if (format === 'auto' || format === 'partclone') return planPartclone(path)
  if (!facts) throw new ClonaulaError('notFound', `${path} is not there`, { what: path })
  throw refuse('notThisFormat', `${format} keeps its images in folders`, { file: path })
}

async function planFolder(folder: Folder, format: LegacyFormat | 'auto'): Promise<ImportPlan> {
  if (isEncryptedFolder(folder.names)) throw refuse('encrypted', `${folder.path} is encrypted`, { file: basename(folder.path) })
  const [fog, clonezilla] = [isFog(folder), isClonezilla(folder)]
  if (format === 'fog' ? fog : format === 'auto' && fog && !clonezilla) return planFog(folder)
  if (format === 'clonezilla' ? clonezilla : format === 'auto' && clonezilla) return planClonezilla(folder)
  throw refuse(format === 'auto' ? 'notLegacy' : 'notThisFormat', `${folder.path} is not what it should be`, { file: folder.path })
}

async function checkSums({ sums }: ImportPlan, { signal, onProgress }: ImportOptions): Promise<void> {
  if (sums.length === 0) return
  const meter = new Meter('sums', await fileSizes(sums.map(({ path }) => path)), onProgress)
  for (const sum of sums) {
    await withPlace([sum.path], () => checkSum(sum, { signal, onRead: (bytes) => meter.add(bytes) }))
  }
  meter.end()
}

const OPAQUE: ReadonlySet<Filesystem> = new Set(['unknown', 'lvm', 'luks', 'bitlocker'])

/** A store that remembers which packs it got. */
class PackRecorder implements Pick<ChunkStore, 'locate' | 'putPack'> {
  readonly #store: Pick<ChunkStore, 'locate' | 'putPack'>
  readonly #storing = new Set<Promise<void>>()
  readonly stored: PackId[] = []

  constructor(store: Pick<ChunkStore, 'locate' | 'putPack'>) {
    this.#store = store
  }

  locate: ChunkStore['locate'] = (ids, options) => this.#store.locate(ids, options)

  putPack: ChunkStore['putPack'] = async (pack, options) => {
    this.stored.push(pack.id)
    const storing = this.#store.putPack(pack, options)
    this.#storing.add(storing)
    await storing.finally(() => this.#storing.delete(storing))
  }

  /** When nothing is being stored any more: whoever failed may have left a pack on its way. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#storing)
  }
}

/** Volumes that hold no filesystem that is known. */
function unknownContents(volumes: readonly VolumeReport[]): ImportNote[] {
  return volumes.filter(({ container, filesystem }) => container !== 'made' && OPAQUE.has(filesystem))
    .map(({ number, filesystem, savedAs = '' }) => ({ kind: 'blockByBlock', partition: number, content: filesystem === 'unknown' ? savedAs : filesystem }))
}

/** Volumes whose blocks nothing but their compression protects, if that. */
function withoutChecksums(volumes: readonly VolumeReport[]): ImportNote[] {
  return volumes.filter(({ container, checksum }) => container !== 'made' && checksum === 'none')
    .map(({ number }) => ({ kind: 'noBlockChecksums', partition: number }))
}
