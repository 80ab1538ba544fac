import { stat } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { equalBytes } from '#shared/formats/bytes.ts'
import { toHex } from '#shared/formats/digest.ts'
import { replacePacks, type Manifest } from '#shared/formats/manifest.ts'
import { readManifest, sha256 } from '../../codecs.ts'
import { DigestIndex } from '../../digest-index.ts'
import { decodeBlob, readPackEnd } from '../../pack-reader.ts'
import { PackWriter } from '../../pack-writer.ts'
import type { CallOptions, ManifestId, PackId } from '../../store.ts'
import type { Alone, LocalRepository } from '../local.ts'
import { neededChunks } from './plan.ts'

export interface RewriteOptions extends CallOptions {
  /** Told the stored bytes of each blob that was looked through. */
  onBytes?: (bytes: number) => void
}

export interface Rewritten {
  /** Manifests that list the new packs, by those whose place they take. */
  manifests: Map<ManifestId, ManifestId>
  /** Bytes of the new packs and manifests. */
  bytes: number
}

interface NamedManifest {
  id: ManifestId
  bytes: Uint8Array
  manifest: Manifest
}

/**
 * Writes the chunks of some packs that revisions need into new packs, and publishes the manifests that list them.
 * The old ones are still there, and nothing refers to the new ones yet. When it fails, nothing of it stays.
 * @throws `corruptImage` a chunk that is needed is damaged · `noSpace`
 */
export async function rewritePacks(alone: Alone, packs: readonly PackId[], options: RewriteOptions = {}): Promise<Rewritten> {
  const made = new Made(alone)
  if (packs.length === 0) return made.rewritten
  try {
    const named = await manifestsOf(alone.repository)
    await copyChunks(alone.repository, packs, neededChunks(named.map(({ manifest }) => manifest)), made, options)
    const old = new Set(packs)
    for (const { id, bytes, manifest } of named) {
      if (!manifest.packs.some((pack) => old.has(pack))) continue
      const list = [...manifest.packs.filter((pack) => !old.has(pack)), ...made.packsFor(manifest)]
      await made.publish(id, replacePacks(bytes, list, sha256))
    }
    return made.rewritten
  } catch (cause) {
    await made.undo()
    throw cause
  }
}

/** Of all revisions, also of those in the trash: a purge need not empty it. */
async function manifestsOf(repository: LocalRepository): Promise<NamedManifest[]> {
  const refs = [...(await repository.listRefs()), ...(await repository.listTrash())]
  const named: NamedManifest[] = []
  for (const id of new Set(refs.map((ref) => ref.manifest))) {
    const bytes = await repository.manifest(id)
    named.push({ id, bytes, manifest: await readManifest(bytes) })
  }
  return named
}

async function copyChunks(
  repository: LocalRepository, packs: readonly PackId[], needed: DigestIndex, made: Made, { signal, onBytes }: RewriteOptions,
): Promise<void> {
  const writer = new PackWriter({ store: made, signal })
  const copied = new DigestIndex()
  for (const pack of packs) {
    for (const blob of (await readPackEnd(repository, pack)).blobs) {
      signal?.throwIfAborted()
      if (!blob.chunks.some(({ digest }) => needed.find(digest) >= 0)) continue
      const plain = await decodeBlob(pack, blob, await repository.packRange(pack, blob.offset, blob.stored))
      let start = 0
      for (const { digest, length } of blob.chunks) {
        const bytes = plain.subarray(start, (start += length))
        if (needed.find(digest) < 0 || copied.find(digest) >= 0) continue
        const chunk = toHex(digest)
        if (!equalBytes(sha256(bytes), digest)) {
          throw new ClonaulaError('corruptImage', `pack ${pack}: chunk ${chunk} is damaged`, { pack, chunk })
        }
        copied.add(digest)
        await writer.add(digest, bytes)
      }
      onBytes?.(blob.stored)
    }
  }
  await writer.finish()
}

/** What a rewriting has made so far. */
class Made {
  readonly #alone: Alone
  readonly #paths: string[] = []
  /** Of each new pack, its chunks. */
  readonly #packs = new Map<PackId, DigestIndex>()
  readonly rewritten: Rewritten = { manifests: new Map(), bytes: 0 }

  constructor(alone: Alone) {
    this.#alone = alone
  }

  async putPack(...[pack, options]: Parameters<LocalRepository['putPack']>): Promise<void> {
    const { repository } = this.#alone
    const path = repository.packPath(pack.id)
    const before = await stat(path).catch(() => undefined)
    await repository.putPack(pack, options)
    if (!before) await this.#note(path)
    const chunks = new DigestIndex()
    for (const blob of (await readPackEnd(repository, pack.id)).blobs) for (const { digest } of blob.chunks) chunks.add(digest)
    this.#packs.set(pack.id, chunks)
  }

  /** The new packs that hold chunks of a manifest. */
  packsFor({ chunks }: Manifest): PackId[] {
    const found = new Set<PackId>()
    for (const [pack, digests] of this.#packs) {
      for (let chunk = 0; chunk < chunks.count && !found.has(pack); chunk += 1) {
        if (digests.find(chunks.digest(chunk)) >= 0) found.add(pack)
      }
    }
    return [...found]
  }

  async publish(old: ManifestId, bytes: Uint8Array): Promise<void> {
    const id = await this.#alone.repository.publish(bytes)
    await this.#note(this.#alone.repository.manifestPath(id))
    this.rewritten.manifests.set(old, id)
  }

  async undo(): Promise<void> {
    await this.#alone.files.remove(this.#paths)
  }

  async #note(path: string): Promise<void> {
    this.#paths.push(path)
    this.rewritten.bytes += (await stat(path)).size
  }
}
