import { ClonaulaError } from '#shared/domain/errors.ts'
import { DIGEST_LENGTH } from '#shared/formats/digest.ts'
import { replacePacks, type Manifest } from '#shared/formats/manifest.ts'
import { readManifest, sha256 } from '../../codecs.ts'
import { DigestIndex } from '../../digest-index.ts'
import { readPackEnd } from '../../pack-reader.ts'
import { PackWriter } from '../../pack-writer.ts'
import { MAX_LOCATE, type CallOptions, type ChunkSource, type ManifestId, type PackId } from '../../store.ts'
import type { Inspection } from '../inspect.ts'
import type { Alone } from '../local.ts'
import { digestsOf, PackIndex } from '../pack-index.ts'
import { chunksOutside } from '../scrub.ts'
import { copyChunks, unlessLost } from './copy-chunks.ts'
import type { Supplier } from './supplier.ts'

interface Damage {
  found: Pick<Inspection, 'manifests' | 'good'>
  /** Packs to do without. */
  damaged: ReadonlySet<PackId>
  from: Supplier | undefined
}

export interface Replaced {
  /** Manifests that lacked something and, with another list of packs and another name, do no more. */
  manifests: Set<ManifestId>
  /** Packs that are gone. */
  packs: Set<PackId>
}

interface HurtManifest {
  id: ManifestId
  manifest: Manifest
  /** Chunks that none of its sound packs has. */
  needed: Uint8Array[]
}

/**
 * Has manifests list other packs in the place of damaged ones, where all that they need of those is in others, or can
 * be put there. What another repository had is stored here also where it was not enough: the next repair finds it.
 */
export async function replaceDamaged(alone: Alone, { found, damaged, from }: Damage, options: CallOptions): Promise<Replaced> {
  if (damaged.size === 0) return { manifests: new Set(), packs: new Set() }
  const sound = new Map([...found.good].filter(([pack]) => !damaged.has(pack)))
  const work = new Replacement(alone, sound, options)
  const rest = indexOf([...damaged].flatMap((pack) => split(found.good.get(pack) ?? new Uint8Array())))
  const hurt = [...found.manifests].flatMap(([id, manifest]): HurtManifest[] =>
    manifest instanceof ClonaulaError || !manifest.packs.some((pack) => damaged.has(pack)) ? []
      : [{ id, manifest, needed: [...chunksOutside(manifest, sound)].map((chunk) => manifest.chunks.digest(chunk)) }])

  const missing = hurt.flatMap(({ needed }) => needed).filter((digest) => !work.has(digest) && rest.find(digest) < 0)
  if (from?.locate) await work.copy(from.source, await packsOf(indexOf(missing), from.locate, options), missing)
  const mendable = hurt.filter(({ needed }) => needed.every((digest) => work.has(digest) || rest.find(digest) >= 0))
  await work.copy(alone.repository, damaged, mendable.flatMap(({ needed }) => needed).filter((digest) => !work.has(digest)))
  for (const one of mendable) await work.publish(one, damaged)
  await work.switchOver()
  return { manifests: new Set(mendable.map(({ id }) => id)), packs: await removeUnlisted(alone, damaged, found) }
}

/** Packs that are said to have some chunks. */
async function packsOf(wanted: DigestIndex, locate: NonNullable<Supplier['locate']>, options: CallOptions): Promise<Set<PackId>> {
  const packs = new Set<PackId>()
  const digests = split(wanted.digests)
  for (let at = 0; at < digests.length; at += MAX_LOCATE) {
    for (const pack of await locate(digests.slice(at, at + MAX_LOCATE), options)) if (pack !== undefined) packs.add(pack)
  }
  return packs
}

/** Which sound packs have which chunks, and the manifests that are to list them. */
class Replacement {
  readonly #alone: Alone
  readonly #options: CallOptions
  readonly #sound = new PackIndex()
  readonly #renamed = new Map<ManifestId, ManifestId>()

  constructor(alone: Alone, sound: ReadonlyMap<PackId, Uint8Array>, options: CallOptions) {
    this.#alone = alone
    this.#options = options
    for (const [pack, digests] of sound) this.#sound.add(pack, digests)
  }

  has(digest: Uint8Array): boolean {
    return this.#sound.find(digest) !== undefined
  }

  /** Puts chunks of some packs into new ones, as far as they are there. */
  async copy(source: ChunkSource, packs: Iterable<PackId>, wanted: readonly Uint8Array[]): Promise<void> {
    if (wanted.length === 0) return
    const { repository } = this.#alone
    const writer = new PackWriter({ store: repository, chunksAreRight: true, ...this.#options })
    await copyChunks(source, packs, indexOf(wanted), writer, this.#options)
    for (const pack of await writer.finish()) this.#sound.add(pack, digestsOf((await readPackEnd(repository, pack)).blobs))
  }

  async publish({ id, manifest, needed }: HurtManifest, damaged: ReadonlySet<PackId>): Promise<void> {
    const { repository } = this.#alone
    const others = needed.flatMap((digest) => this.#sound.find(digest) ?? [])
    const packs = new Set([...manifest.packs.filter((pack) => !damaged.has(pack)), ...others])
    const published = await repository.publish(replacePacks(await repository.manifest(id), [...packs], sha256))
    // The same where a pack came out as it was: it is in its old place.
    if (published !== id) this.#renamed.set(id, published)
  }

  /** Points the revisions to the new manifests, and takes the old ones away. */
  async switchOver(): Promise<void> {
    const { repository, revisions, files } = this.#alone
    await revisions.repoint(this.#renamed)
    await files.remove([...this.#renamed.keys()].map((id) => repository.manifestPath(id)))
  }
}

/**
 * Removes packs that no manifest lists any more, of a revision or not; none while nobody knows what a revision needs.
 * @returns those that are gone
 */
async function removeUnlisted(
  { repository, files, marks }: Alone, packs: ReadonlySet<PackId>, { manifests }: Damage['found'],
): Promise<Set<PackId>> {
  if ([...manifests.values()].some((manifest) => manifest instanceof ClonaulaError)) return new Set()
  const gone = new Set(packs)
  for (const id of await repository.listManifests()) {
    const manifest = await unlessLost(repository.manifest(id).then(readManifest))
    for (const pack of manifest?.packs ?? []) gone.delete(pack)
  }
  await files.remove([...gone].map((pack) => repository.packPath(pack)))
  await marks.remove(gone)
  return gone
}

function indexOf(digests: Iterable<Uint8Array>): DigestIndex {
  const index = new DigestIndex()
  for (const digest of digests) index.add(digest)
  return index
}

function split(digests: Uint8Array): Uint8Array[] {
  return Array.from({ length: digests.length / DIGEST_LENGTH }, (_, at) => digests.subarray(at * DIGEST_LENGTH, (at + 1) * DIGEST_LENGTH))
}
