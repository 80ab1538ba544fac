import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { readManifest } from '../codecs.ts'
import type { ManifestId, PackId } from '../store.ts'
import type { Alone } from './local.ts'

/**
 * What was stored here and is no revision yet. Usually that is left where it is, for the next attempt; after the disk
 * was full, its room is given back.
 */
export class Unfinished {
  readonly #packs = new Set<PackId>()
  readonly #manifests = new Set<ManifestId>()
  #full = false

  /** Runs what writes something, and notices when there was no room for it. */
  async writing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      this.#full ||= cause instanceof ClonaulaError && cause.result === 'noSpace'
      throw cause
    }
  }

  stored(pack: PackId): void {
    this.#packs.add(pack)
  }

  published(id: ManifestId, { packs }: Manifest): void {
    this.#manifests.add(id)
    for (const pack of packs) this.#packs.delete(pack)
  }

  named(manifest: ManifestId): void {
    this.#manifests.delete(manifest)
  }

  /** Begins to count anew. @returns what gives the room back; undefined when there is no need */
  takeBack(): ((alone: Alone) => Promise<void>) | undefined {
    const [packs, manifests] = [[...this.#packs], [...this.#manifests]]
    const needed = this.#full && packs.length + manifests.length > 0
    this.#full = false
    this.#packs.clear()
    this.#manifests.clear()
    return needed ? (alone) => giveBack(alone, packs, manifests) : undefined
  }
}

/** Takes away what no revision, and no other manifest, refers to. @throws `corruptImage` nobody knows what a manifest needs */
async function giveBack({ repository, files }: Alone, packs: readonly PackId[], manifests: readonly ManifestId[]): Promise<void> {
  const named = new Set([...(await repository.listRefs()), ...(await repository.listTrash())].map(({ manifest }) => manifest))
  const gone = new Set(manifests.filter((id) => !named.has(id)))
  const candidates = new Set(packs)
  const needed = new Set<PackId>()
  for (const id of await repository.listManifests()) {
    const list = (await readManifest(await repository.manifest(id))).packs
    for (const pack of list) (gone.has(id) ? candidates : needed).add(pack)
  }
  await files.remove([...gone].map((id) => repository.manifestPath(id)))
  await files.remove([...candidates].filter((id) => !needed.has(id)).map((id) => repository.packPath(id)))
}
