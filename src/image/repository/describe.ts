import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ManifestFacts } from '#shared/formats/manifest-facts.ts'
import { readManifest } from '../codecs.ts'
import type { CallOptions } from '../store.ts'
import type { LocalRepository } from './local.ts'
import type { ImageRef } from './refs.ts'
import { chunkIndex, storedSizes, sumChunks, type ChunkSum } from './stored-sizes.ts'

/** A revision, with what it weighs. */
export interface RevisionDescription {
  ref: ImageRef
  facts: ManifestFacts
  /** Bytes of the manifest. */
  manifestSize: number
  packs: number
  /** All its chunks. */
  all: ChunkSum
  /** Those that other revisions have too, in the trash or not. */
  shared: ChunkSum
  /** Those that nobody else has: what there would be more room by without it. */
  own: ChunkSum
}

/** @throws `corruptImage`, `notFound` the manifest, or the end of one of its packs, cannot be read */
export async function describeRevision(repository: LocalRepository, ref: ImageRef, options: CallOptions = {}): Promise<RevisionDescription> {
  const bytes = await repository.manifest(ref.manifest)
  const manifest = await readManifest(bytes)
  const stored = await storedSizes(repository, manifest, options)
  const index = chunkIndex(manifest)
  const shared = new Uint8Array(manifest.chunks.count)
  for await (const { chunks } of otherManifests(repository, ref, options)) {
    for (let chunk = 0; chunk < chunks.count; chunk += 1) {
      const found = index.find(chunks.digest(chunk))
      if (found >= 0) shared[found] = 1
    }
  }
  return {
    ref, facts: manifest.facts, manifestSize: bytes.length, packs: manifest.packs.length,
    all: sumChunks(manifest, stored, () => true),
    shared: sumChunks(manifest, stored, (chunk) => shared[chunk] === 1),
    own: sumChunks(manifest, stored, (chunk) => shared[chunk] === 0),
  }
}

/** The manifests of all other revisions, one at a time. Those that cannot be read count as having nothing. */
async function* otherManifests(repository: LocalRepository, ref: ImageRef, { signal }: CallOptions) {
  const refs = [...(await repository.listRefs()), ...(await repository.listTrash())]
  const ids = new Set(refs.filter(({ image, revision }) => image !== ref.image || revision !== ref.revision).map(({ manifest }) => manifest))
  for (const id of ids) {
    signal?.throwIfAborted()
    const manifest = await repository.manifest(id).then(readManifest).catch((cause: unknown) => {
      if (cause instanceof ClonaulaError) return undefined
      throw cause
    })
    if (manifest) yield manifest
  }
}
