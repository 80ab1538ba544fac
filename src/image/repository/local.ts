import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import { toHex } from '#shared/formats/digest.ts'
import { checkPackHead, MAX_PACK, packHead, type PlacedBlob } from '#shared/formats/pack.ts'
import { readManifest, sha256 } from '../codecs.ts'
import { readPackEnd } from '../pack-reader.ts'
import type { BuiltPack, CallOptions, ChunkStore, ManifestId, PackId, PackTail } from '../store.ts'
import { nodeFileSystem, type DraftFile, type FileSystem } from './file-system.ts'
import { DurableFiles, fileError } from './files.ts'
import { PackIndex } from './pack-index.ts'
import { Refs, type ImageRef } from './refs.ts'
import { verifyPack } from './verify-pack.ts'

/** What `repository.json` says. */
const Description = z.object({ format: z.literal(1), id: z.uuid() })

export interface LocalRepositoryOptions {
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

/** Milliseconds after which what an interrupted upload left in `tmp` is removed. */
const STALE = 24 * 60 * 60 * 1000

/**
 * A repository in a folder. Packs and manifests are immutable files named by their hashes; see
 * docs/image-format.md. One process writes to it; others may read its files at any time.
 */
export class LocalRepository implements ChunkStore {
  readonly root: string
  readonly id: string
  readonly #files: DurableFiles
  readonly #refs: Refs
  readonly #index = new PackIndex()
  #indexed: Promise<void> | undefined
  readonly #reserve: number
  /** Packs that are being written. */
  #incoming = 0
  /** Packs whose end cannot be read, with the reason: their chunks count as missing. */
  readonly damaged = new Map<PackId, string>()

  private constructor(root: string, id: string, { reserve = 0, fileSystem = nodeFileSystem }: LocalRepositoryOptions) {
    this.root = root
    this.id = id
    this.#reserve = reserve
    this.#files = new DurableFiles(fileSystem, join(root, 'tmp'))
    this.#refs = new Refs(join(root, 'images'), this.#files)
  }

  /** Opens a repository; makes it where there is none (in a folder that is missing or empty). @throws `image` not a repository */
  static async open(root: string, options: LocalRepositoryOptions = {}): Promise<LocalRepository> {
    const path = join(root, 'repository.json')
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
      throw fileError(path, cause)
    })
    if (text === undefined) return LocalRepository.#create(root, options)
    const description = Description.safeParse(parseJson(text))
    if (!description.success) throw new ClonaulaError('image', `${path} is not of a repository that this version knows`)
    const repository = new LocalRepository(root, description.data.id, options)
    await repository.#clean()
    return repository
  }

  static async #create(root: string, options: LocalRepositoryOptions): Promise<LocalRepository> {
    try {
      await mkdir(root, { recursive: true })
      if ((await readdir(root)).length > 0) throw new ClonaulaError('image', `${root} is neither empty nor a repository`)
      const repository = new LocalRepository(root, randomUUID(), options)
      for (const folder of ['packs', 'manifests', 'images', 'tmp']) await mkdir(join(root, folder))
      const text = `${JSON.stringify({ format: 1, id: repository.id })}\n`
      await repository.#files.publishText(join(root, 'repository.json'), text)
      return repository
    } catch (cause) {
      throw fileError(root, cause)
    }
  }

  get #temporary(): string {
    return join(this.root, 'tmp')
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

  async packRange(id: PackId, offset: number, length: number): Promise<Uint8Array> {
    return reading(this.packPath(id), async (file) => {
      const size = await file.size()
      if (offset + length > size) throw new ClonaulaError('corruptImage', `pack ${id} ends too early`, { pack: id })
      return readRange(file, offset, length)
    })
  }

  async locate(ids: readonly Uint8Array[]): Promise<(PackId | undefined)[]> {
    await this.#ready()
    return ids.map((id) => this.#index.find(id))
  }

  async putPack(pack: BuiltPack, options: CallOptions = {}): Promise<void> {
    await this.receivePack(pack.id, pack.parts, options)
  }

  /** As `putPack`, for bytes that are still on their way. */
  async receivePack(
    id: PackId, bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, options: CallOptions = {},
  ): Promise<void> {
    await this.#ready()
    if (this.#index.has(id)) return
    let blobs: PlacedBlob[] = []
    this.#incoming += 1
    try {
      await this.#checkSpace()
      await this.#files.publish(this.packPath(id), async (file) => {
        await writeHashed(file, id, bytes, options)
        blobs = await readBlobs(file, id)
        await verifyPack(id, blobs, (offset, length) => readRange(file, offset, length), options)
      })
    } finally {
      this.#incoming -= 1
    }
    this.#index.add(id, blobs)
    this.damaged.delete(id)
  }

  async publish(manifest: Uint8Array): Promise<ManifestId> {
    const id = toHex(sha256(manifest))
    const { chunks } = await readManifest(manifest)
    await this.#ready()
    let missing = 0
    for (let chunk = 0; chunk < chunks.count; chunk += 1) {
      if (this.#index.find(chunks.digest(chunk)) === undefined) missing += 1
    }
    if (missing > 0) {
      throw new ClonaulaError('image', `${missing} of the image's ${chunks.count} chunks are not in the repository`, { missing })
    }
    await this.#checkSpace()
    await this.#files.publish(this.manifestPath(id), (file) => file.append(manifest))
    return id
  }

  /** Names a published revision. @throws `notFound` when its manifest is not here */
  async putRef(ref: ImageRef): Promise<void> {
    await this.manifest(ref.manifest)
    await this.#refs.put(ref)
  }

  /**
   * Makes a published manifest the next revision of an image.
   * @throws `notFound` its manifest or its parent is not here · `corruptImage` · `noSpace` · `noWriteAccess`
   */
  async addRevision({ image, parent, manifest, description }: NewRevision): Promise<ImageRef> {
    const { facts } = await readManifest(await this.manifest(manifest))
    if (parent !== undefined) await this.resolve(`${image}@${parent}`)
    for (let revision = ((await this.#refs.of(image)).at(-1)?.revision ?? 0) + 1; ; revision += 1) {
      const ref: ImageRef = {
        format: 1, image, revision, ...(parent === undefined ? {} : { parent }), created: facts.created, manifest, description,
      }
      if (await this.#refs.add(ref)) return ref
    }
  }

  /** The revision that `NAME` (the newest), `NAME@3` or `NAME@tag` means. @throws `notFound` */
  async resolve(text: string): Promise<ImageRef> {
    return this.#refs.resolve(text)
  }

  async listRefs(): Promise<ImageRef[]> {
    return this.#refs.list()
  }

  /** Reads the ends of all packs, once. */
  async #ready(): Promise<void> {
    this.#indexed ??= this.#indexPacks()
    await this.#indexed
  }

  async #indexPacks(): Promise<void> {
    for (const name of await readdir(join(this.root, 'packs'), { recursive: true })) {
      const id = /([0-9a-f]{64})\.pack$/.exec(name)?.[1]
      if (id === undefined) continue
      try {
        this.#index.add(id, (await readPackEnd(this, id)).blobs)
      } catch (cause) {
        if (!(cause instanceof ClonaulaError)) throw cause
        this.damaged.set(id, cause.message)
      }
    }
  }

  /** For all the packs that are on their way. @throws `noSpace` */
  async #checkSpace(): Promise<void> {
    if (this.#reserve === 0) return
    const { bavail, bsize } = await statfs(this.root)
    if (bavail * bsize - this.#incoming * MAX_PACK >= this.#reserve) return
    throw new ClonaulaError('noSpace', `less than ${this.#reserve} bytes would be left free`, { path: this.root })
  }

  async #clean(): Promise<void> {
    await mkdir(this.#temporary, { recursive: true })
    for (const name of await readdir(this.#temporary)) {
      const path = join(this.#temporary, name)
      if (Date.now() - (await stat(path)).mtimeMs > STALE) await rm(path, { force: true })
    }
  }
}

/** An id becomes part of a path: nothing but 64 hexadecimal digits passes, whoever asks. */
function checkId(id: string): Sha256Hex {
  const parsed = Sha256Hex.safeParse(id)
  if (!parsed.success) throw new ClonaulaError('notFound', 'not the name of a pack or a manifest')
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a file that is being read and one that is being written have in common. */
interface Readable {
  size(): Promise<number>
  /** @returns bytes read; 0 at the end */
  read(into: Uint8Array, offset: number): Promise<number>
}

async function reading<T>(path: string, work: (file: Readable) => Promise<T>): Promise<T> {
  try {
    await using file = await open(path)
    return await work({
      size: async () => (await file.stat()).size,
      read: async (into, offset) => (await file.read(into, 0, into.length, offset)).bytesRead,
    })
  } catch (cause) {
    throw fileError(path, cause)
  }
}

async function readTail(file: Readable, length: number): Promise<PackTail> {
  const size = await file.size()
  const bytes = Buffer.alloc(Math.min(size, length))
  await readFully(file, bytes, size - bytes.length)
  return { size, bytes }
}

async function readRange(file: Readable, offset: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length)
  await readFully(file, bytes, offset)
  return bytes
}

async function readFully(file: Readable, into: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const bytesRead = await file.read(into.subarray(done), offset + done)
    if (bytesRead === 0) throw new ClonaulaError('corruptImage', 'a file of the repository ends too early')
    done += bytesRead
  }
}

/** Writes a pack while its hash is computed. */
async function writeHashed(
  file: DraftFile, id: PackId, bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, options: CallOptions,
): Promise<void> {
  const hash = createHash('sha256')
  let size = 0
  for await (const part of bytes) {
    options.signal?.throwIfAborted()
    size += part.length
    if (size > MAX_PACK) throw new ClonaulaError('corruptImage', `pack ${id} is too large`, { pack: id })
    hash.update(part)
    await file.append(part)
  }
  if (hash.digest('hex') !== id) throw new ClonaulaError('corruptImage', `pack ${id}: these are not its bytes`, { pack: id })
}

async function readBlobs(file: Readable, id: PackId): Promise<PlacedBlob[]> {
  const head = Buffer.alloc(packHead.length)
  await readFully(file, head, 0)
  checkPackHead(head)
  return (await readPackEnd({ packTail: (_, length) => readTail(file, length) }, id)).blobs
}
