/** What the console wants to know of a revision that an agent says it has published. */
import { hash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { readManifest, type CallOptions, type ImageRef, type LocalRepository } from '#image/index.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Sha256Hex } from '#shared/domain/ids.ts'
import type { ManifestFacts } from '#shared/formats/manifest-facts.ts'

export interface StoredPack {
  id: Sha256Hex
  /** Bytes of its file. */
  size: number
}

export interface StoredRevision {
  facts: ManifestFacts
  /** Every pack that holds chunks of it, those of earlier revisions included. */
  packs: StoredPack[]
}

/** The repository as the operations see it. */
export interface Revisions {
  /**
   * Finds a published manifest and checks it: its bytes against its name, its form, and that its packs are there.
   * @throws ClonaulaError `notFound` no such manifest · `corruptImage` it is not what its name says, or a pack is missing
   */
  read(manifest: Sha256Hex, options?: CallOptions): Promise<StoredRevision>
  /** Writes its name beside it, for people who have the repository and not its console. */
  putRef(ref: ImageRef): Promise<void>
}

export function revisionsOf(repository: LocalRepository): Revisions {
  return {
    async read(id, { signal } = {}) {
      const bytes = await repository.manifest(id)
      signal?.throwIfAborted()
      if (hash('sha256', bytes) !== id) throw new ClonaulaError('corruptImage', `manifest ${id} is not what its name says`)
      const { facts, packs } = await readManifest(bytes)
      signal?.throwIfAborted()
      return { facts, packs: await Promise.all(packs.map((pack) => storedPack(repository, pack))) }
    },
    putRef: (ref) => repository.putRef(ref),
  }
}

async function storedPack(repository: LocalRepository, id: Sha256Hex): Promise<StoredPack> {
  try {
    const { size } = await stat(repository.packPath(id))
    return { id, size }
  } catch (cause) {
    throw new ClonaulaError('corruptImage', `pack ${id} is not in the repository`, { place: id }, { cause })
  }
}
