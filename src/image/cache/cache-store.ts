import { readdir, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CachedImage, type CachedName } from '#shared/domain/cache.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import { toHex } from '#shared/formats/digest.ts'
import { PARALLEL, readManifest, sha256Aside } from '../codecs.ts'
import { readPackEnd } from '../pack-reader.ts'
import { prefetch } from '../prefetch.ts'
import { nodeFileSystem } from '../repository/file-system.ts'
import { DurableFiles, fileError } from '../repository/files.ts'
import { LocalRepository } from '../repository/local.ts'
import type { CallOptions, ManifestId, PackId } from '../store.ts'
import { readCacheIndex, writeCacheIndex, type CacheEntry } from './cache-index.ts'
import { checkPackFile, checkPackHash } from './check-pack-file.ts'
import type { KeptImage } from './plan-eviction.ts'

/** Bytes of the filesystem that are left to folders, index and locks. */
const RESERVE = 8 * 1024 * 1024
/** What stat(2) counts in, whatever the filesystem does. */
const STAT_BLOCK = 512

/** Bytes that images may have on the filesystem of a CACHE, and how many of them nobody has. */
export async function cacheSpace(folder: string): Promise<{ size: number; free: number }> {
  const { blocks, bavail, bsize } = await statfs(folder)
  return { size: Math.max(0, blocks * bsize - RESERVE), free: Math.max(0, bavail * bsize - RESERVE) }
}

export interface CacheContent {
  images: CachedImage[]
  /** Bytes that none of them needs. */
  leftovers: number
}

/** Who fills a CACHE with packs, however they come. */
export interface PackIntake {
  /** A file in the CACHE that is to become this pack; what an earlier transfer left of it may be there. */
  incomingPath(id: PackId): string
  /**
   * Checks that file, hash by hash, and makes it one of the packs, durably. One that is wrong is removed.
   * @throws `corruptImage`
   */
  accept(id: PackId, options?: CallOptions): Promise<void>
}

/**
 * The images of a CACHE: a repository in a folder (docs/cache.md), and besides it `incoming/` with packs on their way and
 * `cache.json` with names and last uses. One process at a time uses it.
 */
export class CacheStore implements PackIntake {
  /** To read images from, and to capture into. */
  readonly repository: LocalRepository
  readonly #files: DurableFiles
  #entries: Map<ManifestId, CacheEntry>

  private constructor(repository: LocalRepository, files: DurableFiles, entries: Map<ManifestId, CacheEntry>) {
    this.repository = repository
    this.#files = files
    this.#entries = entries
  }

  /**
   * Opens the images in a folder, which is made where there is none.
   * @throws `image` something else is there · `noWriteAccess` · `noSpace`
   */
  static async open(root: string): Promise<CacheStore> {
    const repository = await LocalRepository.open(root)
    const files = new DurableFiles(nodeFileSystem, repository.root)
    await files.makeFolder(join(repository.root, 'incoming'))
    return new CacheStore(repository, files, await readEntries(repository))
  }

  /** What is in a folder, which may be on a filesystem that is mounted read-only; nothing where there is no CACHE in it. */
  static async look(root: string): Promise<CacheContent> {
    const repository = await LocalRepository.open(root, { create: false }).catch((cause: unknown) => {
      if (cause instanceof ClonaulaError && cause.result === 'notFound') return undefined
      throw cause
    })
    if (!repository) return { images: [], leftovers: 0 }
    const store = new CacheStore(repository, new DurableFiles(nodeFileSystem, repository.root), await readEntries(repository))
    return { images: [...store.#entries.values()].map((entry) => CachedImage.parse(entry)), leftovers: await store.leftovers() }
  }

  get root(): string {
    return this.repository.root
  }

  entry(id: ManifestId): CacheEntry | undefined {
    return this.#entries.get(id)
  }

  /** The images but one. */
  others(id: ManifestId): KeptImage[] {
    return [...this.#entries.values()].filter(({ manifest }) => manifest !== id)
  }

  /** The bytes of a manifest, if they are here and right. */
  async manifest(id: ManifestId): Promise<Uint8Array | undefined> {
    const bytes = await this.repository.manifest(id).catch((cause: unknown) => {
      if (cause instanceof ClonaulaError && cause.result === 'notFound') return undefined
      throw cause
    })
    return bytes && toHex(await sha256Aside(bytes)) === id ? bytes : undefined
  }

  /** Those packs that are not here, or not as long as their own ends say. */
  async missing(packs: readonly PackId[]): Promise<PackId[]> {
    const missing: PackId[] = []
    for await (const { id, here } of prefetch(packs, PARALLEL * 2, async (pack) => ({ id: pack, here: await this.#isWhole(pack) }))) {
      if (!here) missing.push(id)
    }
    return missing
  }

  /** Bytes of all the packs that are here. */
  async sizes(): Promise<Map<PackId, number>> {
    const packs = await this.repository.listPacks()
    return new Map(await Promise.all(packs.map(async (id) => [id, (await stat(this.repository.packPath(id))).size] as const)))
  }

  async space(): Promise<{ size: number; free: number }> {
    return cacheSpace(this.root)
  }

  incomingPath(id: PackId): string {
    return join(this.root, 'incoming', `${Sha256Hex.parse(id)}.pack`)
  }

  /** Bytes of a pack that an earlier transfer left. */
  async incoming(id: PackId): Promise<number> {
    return spaceOf(this.incomingPath(id))
  }

  async accept(id: PackId, options: CallOptions = {}): Promise<void> {
    const from = this.incomingPath(id)
    const to = this.repository.packPath(id)
    try {
      await checkPackFile(from, id, options)
    } catch (cause) {
      if (cause instanceof ClonaulaError && cause.result === 'corruptImage') await rm(from, { force: true })
      throw cause
    }
    try {
      await this.#files.makeFolder(dirname(to))
      await nodeFileSystem.rename(from, to)
      await nodeFileSystem.syncFolder(dirname(to))
    } catch (cause) {
      throw fileError(to, cause)
    }
  }

  /**
   * Makes an image of packs that are here, and notes it as used just now.
   * @param unpublished it is in no repository yet
   * @throws `corruptImage` not a manifest · `image` chunks are missing · `noSpace`
   */
  async add(manifest: Uint8Array, image: Partial<CachedName> | undefined, unpublished = false): Promise<ManifestId> {
    const id = await this.repository.publish(manifest)
    const { packs } = await readManifest(manifest)
    const bytes = manifest.length + await totalOf(packs.map((pack) => this.repository.packPath(pack)), sizeOf)
    await this.#note({ ...this.#entries.get(id), manifest: id, ...image, bytes, packs: [...packs], unpublished, usedAt: this.#now() })
    return id
  }

  /** Notes that an image was used just now, and what it is called if somebody says so. */
  async used(id: ManifestId, image: CachedName | undefined): Promise<void> {
    const entry = this.#entries.get(id)
    if (entry) await this.#note({ ...entry, ...image, usedAt: this.#now() })
  }

  /** Notes that a repository has an image too. */
  async published(id: ManifestId): Promise<void> {
    const entry = this.#entries.get(id)
    if (entry) await this.#note({ ...entry, unpublished: false })
  }

  /** Packs whose bytes are not those of their names any more, of an image that is here. */
  async damaged(packs: readonly PackId[], options: CallOptions = {}): Promise<PackId[]> {
    const damaged: PackId[] = []
    for (const id of packs) {
      await checkPackHash(this.repository.packPath(id), id, options).catch((cause: unknown) => {
        if (!isDamage(cause)) throw cause
        damaged.push(id)
      })
    }
    return damaged
  }

  /** Takes packs away whatever needs them: they are damaged. */
  async discard(packs: readonly PackId[]): Promise<void> {
    await this.repository.alone(({ files }) => files.remove(packs.map((id) => this.repository.packPath(id))))
  }

  /** Takes images away, with the packs that neither one of the others nor `keep` needs. @returns bytes that this freed */
  async remove(images: readonly ManifestId[], keep: readonly PackId[] = []): Promise<number> {
    const gone = new Set(images)
    const packs = new Set(images.flatMap((id) => this.#entries.get(id)?.packs ?? []))
    return this.repository.alone(async ({ files }) => {
      // The manifests first: whatever comes between leaves packs that nobody needs, and no image without its packs.
      await files.remove(images.map((id) => this.repository.manifestPath(id)))
      this.#entries = new Map([...this.#entries].filter(([id]) => !gone.has(id)))
      await this.#save()
      const needed = this.#needed(keep)
      return removeFiles(files, [...packs].filter((pack) => !needed.has(pack)).map((pack) => this.repository.packPath(pack)))
    })
  }

  /** Bytes of packs, of parts of packs and of unreadable manifests that neither an image nor `keep` needs. */
  async leftovers(keep: readonly PackId[] = []): Promise<number> {
    return totalOf(await this.#stray(keep), spaceOf)
  }

  /** Takes them away. @returns bytes that this freed */
  async clear(keep: readonly PackId[] = []): Promise<number> {
    const paths = await this.#stray(keep)
    return this.repository.alone(({ files }) => removeFiles(files, paths))
  }

  async close(): Promise<void> {
    await this.repository.close()
  }

  async #stray(keep: readonly PackId[]): Promise<string[]> {
    const { repository } = this
    const needed = this.#needed(keep)
    const packs = (await repository.listPacks()).filter((id) => !needed.has(id)).map((id) => repository.packPath(id))
    const manifests = (await repository.listManifests()).filter((id) => !this.#entries.has(id)).map((id) => repository.manifestPath(id))
    const wanted = new Set(keep.map((id) => this.incomingPath(id)))
    const folder = join(this.root, 'incoming')
    const incoming = (await readdir(folder).catch(() => [])).map((name) => join(folder, name)).filter((path) => !wanted.has(path))
    return [...packs, ...manifests, ...incoming]
  }

  #needed(keep: readonly PackId[] = []): Set<PackId> {
    return new Set([...keep, ...[...this.#entries.values()].flatMap(({ packs }) => packs)])
  }

  async #isWhole(id: PackId): Promise<boolean> {
    return readPackEnd(this.repository, id).then(() => true, (cause: unknown) => {
      if (isDamage(cause)) return false
      throw cause
    })
  }

  /** Later than every use before, also where the computer's clock was set back: the order of use decides who goes first. */
  #now(): number {
    return Math.max(Date.now(), ...[...this.#entries.values()].map(({ usedAt }) => usedAt + 1))
  }

  async #note(entry: CacheEntry): Promise<void> {
    this.#entries.set(entry.manifest, entry)
    await this.#save()
  }

  async #save(): Promise<void> {
    await writeCacheIndex(this.root, this.#files, [...this.#entries.values()])
  }
}

/** Whether a file is not what it should be, for whatever reason; a new one in its place will be. */
function isDamage(cause: unknown): boolean {
  return cause instanceof ClonaulaError && ['corruptImage', 'notFound', 'diskError'].includes(cause.result)
}

/** The images whose manifests are there; one that the index does not note is looked into. */
async function readEntries(repository: LocalRepository): Promise<Map<ManifestId, CacheEntry>> {
  const noted = new Map((await readCacheIndex(repository.root)).map((entry) => [entry.manifest, entry]))
  const entries = new Map<ManifestId, CacheEntry>()
  for (const id of await repository.listManifests()) {
    const entry = noted.get(id) ?? await lookInto(repository, id)
    if (entry) entries.set(id, entry)
  }
  return entries
}

/** Undefined when the manifest is damaged: then nobody knows which packs it needs. */
async function lookInto(repository: LocalRepository, id: ManifestId): Promise<CacheEntry | undefined> {
  try {
    const manifest = await repository.manifest(id)
    const { packs } = await readManifest(manifest)
    const bytes = manifest.length + await totalOf(packs.map((pack) => repository.packPath(pack)), sizeOf)
    const { mtimeMs } = await stat(repository.manifestPath(id))
    return { manifest: id, bytes, usedAt: Math.floor(mtimeMs), unpublished: false, packs: [...packs] }
  } catch (cause) {
    if (cause instanceof ClonaulaError && cause.result === 'corruptImage') return undefined
    throw cause
  }
}

/** 0 for a file that is not there. */
async function sizeOf(path: string): Promise<number> {
  return stat(path).then(({ size }) => size, () => 0)
}

/** Bytes of a file that are on the medium: what a swarm left has gaps. 0 for a file that is not there. */
async function spaceOf(path: string): Promise<number> {
  return stat(path).then(({ size, blocks }) => Math.min(size, blocks * STAT_BLOCK), () => 0)
}

async function totalOf(paths: readonly string[], measure: (path: string) => Promise<number>): Promise<number> {
  const sizes = await Promise.all(paths.map(measure))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** @returns bytes that this freed */
async function removeFiles(files: DurableFiles, paths: readonly string[]): Promise<number> {
  const bytes = await totalOf(paths, spaceOf)
  await files.remove(paths)
  return bytes
}
