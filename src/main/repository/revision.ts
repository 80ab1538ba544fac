/** What the console wants to know of a revision that an agent says it has published. */
import type { CallOptions } from '#image/store.ts'
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

/**
 * Finds a published manifest and checks it: its bytes against its name, its form, and that its packs are there.
 * @throws ClonaulaError `notFound` no such manifest · `corruptImage` it is not what its name says, or a pack is missing
 */
export type ReadRevision = (manifest: Sha256Hex, options?: CallOptions) => Promise<StoredRevision>
