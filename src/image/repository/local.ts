import { readdir, readFile, rm, stat, statfs } from 'node:fs/promises'
import { join, resolve as resolvePath } from 'node:path'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import { toHex } from '#shared/formats/digest.ts'
import { MAX_PACK, type PlacedBlob } from '#shared/formats/pack.ts'
import { readManifest, sha256Aside } from '../codecs.ts'
import type { BuiltPack, CallOptions, ChunkStore, ManifestId, PackId, PackTail, PutOptions, RangeOptions } from '../store.ts'
import { checkChunks } from './check-chunks.ts'
import { DamageMarks } from './damage-marks.ts'
import { nodeFileSystem, type FileSystem } from './file-system.ts'
import { DurableFiles, fileError } from './files.ts'
import { fillPack, type FillOptions } from './fill-pack.ts'
import { loadIndex } from './load-index.ts'
import type { LockKind } from './lock.ts'
import { makeRepository, readIdentity } from './open.ts'
import { digestsOf, type PackIndex } from './pack-index.ts'
import { Presence } from './presence.ts'
import { readInto, reading, readRange, readTail } from './readable.ts'
import type { ImageRef } from './refs.ts'
import { Revisions, type TrashedRef } from './revisions.ts'
import { Unfinished } from './unfinished.ts'

export interface LocalRepositoryOptions {
  /** Whether to make a repository where there is none, in a folder that is missing or empty; yes unless said. */
  create?: boolean
  /** Bytes of the filesystem that are left to others, among them whoever has to keep account of this repository; 0 unless said. */
  reserve?: number
  /** By which the folder is changed; the system's own unless said. */
  fileSystem?: FileSystem
}

/** A revision that is to be named. */
export interface NewRevision {
  image: string
  /** Revision of the same image that it was made from: a differential revision; without one, a base. */
  parent?: number | undefined
  /** Published already. */
  manifest: ManifestId
  description: string
}

/** What those are given who have a repository to themselves. */
export interface Alone {
  /** The same repository, to add to it. */
  repository: LocalRepository
  revisions: Revisions
  files: DurableFiles
  marks: DamageMarks
}

/** Milliseconds after which what an interrupted upload left in `tmp` is removed. */
const STALE = 24 * 60 * 60 * 1000

/**
 * A repository in a folder. Packs and manifests are immutable files named by their hashes; see docs/image-format.md.
 * Several processes may add to it at a time, and read it at any time; who takes something away has it to himself
 * (`RepositoryLock`). What adds holds the lock, and knows the packs, until `close`.
 */
export class LocalRepository implements ChunkStore {
  readonly root: string
  readonly id: string
  readonly #options: LocalRepositoryOptions
  readonly #files: DurableFiles
  readonly #revisions: Revisions
  readonly #marks: DamageMarks
  readonly #presence: Presence
  #index: Promise<PackIndex> | undefined
  readonly #unfinished = new Unfinished()
  /** Packs that are being written. */
  #incoming = 0
  #damaged = new Map<PackId, string>()

  private constructor(root: string, id: string, files: DurableFiles, options: LocalRepositoryOptions) {
    this.root = root
    this.id = id
    this.#options = options
    this.#files = files
    this.#revisions = new Revisions(root, files)
    this.#marks = new DamageMarks(root, files)
    this.#presence = new Presence(join(root, 'locks'), (kind) => this.#clean(kind))
  }

  /**
   * Opens a repository. Nothing is written where there is one already, before something is added to it.
   * @throws `image` something else is there · `notFound` nothing is there, and it is not to be made
   */
  static async open(path: string, options: LocalRepositoryOptions = {}): Promise<LocalRepository> {
    const root = resolvePath(path)
    const files = new DurableFiles(options.fileSystem ?? nodeFileSystem, root)
    const id = await readIdentity(root)
    if (id === undefined && options.create === false) {
      throw new ClonaulaError('notFound', `there is no repository in ${root}`, { what: root })
    }
    return new LocalRepository(root, id ?? (await makeRepository(root, files)), files, options)
  }

  /** Packs that were known to be damaged, with the reason, when something was last to be added: their chunks count as missing. */
  get damaged(): ReadonlyMap<PackId, string> {
    return this.#damaged
  }

  packPath(id: PackId): string {
    return join(this.root, 'packs', checkId(id).slice(0, 2), `${id}.pack`)
  }

  manifestPath(id: ManifestId): string {
    return join(this.root, 'manifests', `${checkId(id)}.manifest`)
  }

  async manifest(id: ManifestId): Promise<Uint8Array> {
    const path = this.manifestPath(id)
    return readFile(path).catch((cause: unknown) => {
      throw fileError(path, cause)
    })
  }

  async packTail(id: PackId, length: number): Promise<PackTail> {
    return reading(this.packPath(id), (file) => readTail(file, length))
  }

  async packRange(id: PackId, offset: number, length: number, { into }: RangeOptions = {}): Promise<Uint8Array> {
    return reading(this.packPath(id), async (file) => {
      if (offset + length > (await file.size())) throw new ClonaulaError('corruptImage', `pack ${id} ends too early`, { pack: id })
      return into ? readInto(file, offset, into.subarray(0, length)) : readRange(file, offset, length)
    })
  }

  /** Names of all the packs that are here, also of those that nothing needs. */
  async listPacks(): Promise<PackId[]> {
    return this.#namesIn('packs', 'pack')
  }

  /** Names of all the manifests that are here, also of those that are no revision. */
  async listManifests(): Promise<ManifestId[]> {
    return this.#namesIn('manifests', 'manifest')
  }

  async locate(ids: readonly Uint8Array[]): Promise<(PackId | undefined)[]> {
    return this.#adding(async (index) => ids.map((id) => index.find(id)))
  }

  async putPack(pack: BuiltPack, options: PutOptions = {}): Promise<void> {
    await this.#storePack(pack.id, pack.parts, { ...options, chunksAreRight: pack.chunksAreRight })
  }

  /** As `putPack`, for bytes that are still on their way. */
  async receivePack(
    id: PackId, bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, options: CallOptions = {},
  ): Promise<void> {
    await this.#storePack(id, bytes, options)
  }

  async #storePack(
    id: PackId, bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, options: FillOptions,
  ): Promise<void> {
    const path = this.packPath(id)
    await this.#adding(async (index) => {
      if (index.has(id)) return
      let blobs: PlacedBlob[] = []
      this.#incoming += 1
      try {
        await this.#checkSpace()
        await this.#files.publish(path, async (file) => {
          blobs = await fillPack(file, id, bytes, options)
        })
        this.#unfinished.stored(id)
      } finally {
        this.#incoming -= 1
      }
      index.add(id, digestsOf(blobs))
      if (this.#damaged.delete(id)) await this.#marks.remove([id])
    })
  }

  async publish(manifest: Uint8Array): Promise<ManifestId> {
    const id = toHex(await sha256Aside(manifest))
    const decoded = await readManifest(manifest)
    return this.#adding(async (index) => {
      await checkChunks(this, decoded, index)
      await this.#checkSpace()
      await this.#files.publish(this.manifestPath(id), (file) => file.append(manifest))
      this.#unfinished.published(id, decoded)
      return id
    })
  }

  /** Names a published revision. @throws `notFound` its manifest is not here · `nameTaken` its number is another one's */
  async putRef(ref: ImageRef): Promise<void> {
    await this.manifest(ref.manifest)
    await this.#writing(() => this.#revisions.put(ref))
    this.#unfinished.named(ref.manifest)
  }

  /**
   * Makes a published manifest the next revision of an image; one that it is already stays what it is.
   * @throws `notFound` its manifest or its parent is not here · `corruptImage` · `noSpace` · `noWriteAccess`
   */
  async addRevision({ image, parent, manifest, description }: NewRevision): Promise<ImageRef> {
    const { facts: { created } } = await readManifest(await this.manifest(manifest))
    const named = await this.#writing(() =>
      this.#revisions.add({ image, ...(parent === undefined ? {} : { parent }), created, manifest, description }))
    this.#unfinished.named(manifest)
    return named
  }

  /** The revision that `NAME` (the newest), `NAME@3` or `NAME@tag` means. @throws `notFound` */
  async resolve(text: string): Promise<ImageRef> {
    return this.#revisions.resolve(text)
  }

  async listRefs(): Promise<ImageRef[]> {
    return this.#revisions.list()
  }

  /** Another text whenever any revision, in the trash or not, was added, taken away or changed; cheap. */
  async refsStamp(): Promise<string> {
    return this.#revisions.stamp()
  }

  async listTrash(): Promise<TrashedRef[]> {
    return this.#revisions.listTrash()
  }

  /**
   * Gives a revision a tag, which whoever of its image had it loses, or (`remove`) takes it away.
   * @throws `notFound` · `invalidRequest` it cannot be a tag
   */
  async tag({ image, revision }: Pick<ImageRef, 'image' | 'revision'>, tag: string, { remove = false } = {}): Promise<ImageRef> {
    return this.#writing(async () => {
      const ref = await this.resolve(`${image}@${revision}`)
      return remove ? this.#revisions.untag(ref, tag) : this.#revisions.tag(ref, tag)
    })
  }

  /**
   * Moves revisions to the trash: all of `NAME`, or `NAME@3`, `NAME@tag`. What they need stays.
   * @throws `notFound` · `locked`
   */
  async trash(text: string): Promise<ImageRef[]> {
    return this.alone(async ({ revisions }) => {
      const refs = await revisions.select(text)
      await revisions.moveToTrash(refs)
      return refs
    })
  }

  /** Moves revisions back from the trash: all of `NAME`, or `NAME@3`, `NAME@tag`. @throws `notFound` · `locked` */
  async untrash(text: string): Promise<ImageRef[]> {
    return this.alone(async ({ revisions }) => {
      const refs = await revisions.selectTrash(text)
      await revisions.moveBack(refs)
      return Promise.all(refs.map(({ image, revision }) => revisions.resolve(`${image}@${revision}`)))
    })
  }

  /** Does what nobody else may add during. @throws `locked` somebody does, in this process or another */
  async alone<T>(work: (alone: Alone) => Promise<T>): Promise<T> {
    if (this.#presence.busy) throw new ClonaulaError('locked', 'something is being added to the repository')
    await this.close()
    const own = new LocalRepository(this.root, this.id, this.#files, this.#options)
    try {
      await own.#presence.enter('exclusive')
      return await work({ repository: own, revisions: own.#revisions, files: own.#files, marks: own.#marks })
    } finally {
      await own.close()
    }
  }

  /**
   * Lets others take things away, when what is being added has been. Whatever is added next is begun anew. What is of no
   * manifest is left for the next attempt, unless the disk was full: then its room is given back.
   */
  async close(): Promise<void> {
    await this.#presence.leave()
    this.#index = undefined
    const giveBack = this.#unfinished.takeBack()
    if (!giveBack) return
    await this.alone(giveBack).catch((cause: unknown) => {
      // Not while somebody else adds something, and perhaps counts on it: a purge will do it.
      if (!(cause instanceof ClonaulaError)) throw cause
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Runs what adds chunks, or counts on them: nobody takes them away before `close`. @throws `locked` */
  async #adding<T>(work: (index: PackIndex) => Promise<T>): Promise<T> {
    return this.#writing(async () => {
      this.#index ??= this.#loadIndex()
      const index = await this.#index.catch((cause: unknown) => {
        this.#index = undefined
        throw cause
      })
      return work(index)
    })
  }

  /** Runs what adds something. */
  async #writing<T>(work: () => Promise<T>): Promise<T> {
    return this.#presence.during(() => this.#unfinished.writing(work))
  }

  async #loadIndex(): Promise<PackIndex> {
    const { index, damaged } = await loadIndex(this, await this.#marks.list())
    this.#damaged = damaged
    return index
  }

  async #namesIn(folder: string, ending: string): Promise<Sha256Hex[]> {
    const path = join(this.root, folder)
    const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
      throw fileError(path, cause)
    })
    const name = new RegExp(`^([0-9a-f]{64})\\.${ending}$`)
    return entries.flatMap((entry) => (entry.isFile() ? (name.exec(entry.name)?.[1] ?? []) : []))
  }

  /** For all the packs that are on their way. @throws `noSpace` */
  async #checkSpace(): Promise<void> {
    const { reserve = 0 } = this.#options
    if (reserve === 0) return
    const { bavail, bsize } = await statfs(this.root)
    if (bavail * bsize - this.#incoming * MAX_PACK >= reserve) return
    throw new ClonaulaError('noSpace', `less than ${reserve} bytes would be left free`, { path: this.root })
  }

  /** Removes drafts that nobody will finish: those of long ago, or all of them when nobody else is here. */
  async #clean(kind: LockKind): Promise<void> {
    const folder = join(this.root, 'tmp')
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name)
      const file = await stat(path).catch(() => undefined) // whoever wrote it may be done meanwhile
      if (file && (kind === 'exclusive' || Date.now() - file.mtimeMs > STALE)) await rm(path, { force: true })
    }
  }
}

/** An id becomes part of a path: nothing but 64 hexadecimal digits passes, whoever asks. */
function checkId(id: string): Sha256Hex {
  const parsed = Sha256Hex.safeParse(id)
  if (!parsed.success) throw new ClonaulaError('notFound', 'not the name of a pack or a manifest')
  return parsed.data
}
