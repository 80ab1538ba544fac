/** The repository as the console's operations and its curator see it. */
import { stat } from 'node:fs/promises'
import { readManifest, type CallOptions, type ImageRef, type LocalRepository, type NewRevision } from '#image/index.ts'
import { checkManifest } from '#image/check-manifest.ts'
import { executePurge } from '#image/repository/purge/execute.ts'
import { planPurge } from '#image/repository/purge/plan.ts'
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

/** A revision by its image's name and its number. */
export interface RevisionKey { image: string; number: number }

export interface Purge {
  /** A hash of all that it would do. */
  id: string
  revisions: RevisionKey[]
  /** Bytes given back, about. */
  givenBack: number
}

export interface Revisions {
  /**
   * Finds a published manifest and checks it: its bytes against its name, its form, and that its packs are there.
   * @throws ClonaulaError `notFound` no such manifest · `corruptImage` it is not what its name says, or a pack is missing
   */
  read(manifest: Sha256Hex, options?: CallOptions): Promise<StoredRevision>
  /** Makes a published manifest the next revision of an image; one that it is already stays what it is. @returns its number */
  add(revision: NewRevision): Promise<number>
  /** Names a revision as it is. @throws `notFound` its manifest is gone · `nameTaken` */
  name(ref: ImageRef): Promise<void>
  /** Every revision that has a name, and whether it is in the trash. */
  list(): Promise<{ ref: ImageRef; trashed: boolean }[]>
  /** Whether anybody, this console or another process, has changed which revisions there are since they were last listed; cheap. */
  changed(): Promise<boolean>
  /** @throws `notFound` · `locked` something is being added to the repository */
  trash(revision: RevisionKey): Promise<void>
  /** @throws `notFound` · `locked` */
  putBack(revision: RevisionKey): Promise<void>
  planPurge(): Promise<Purge>
  /** Does what a plan says, and nothing else. @throws `planChanged` · `locked` · `noSpace` */
  purge(plan: Pick<Purge, 'id'>): Promise<{ givenBack: number }>
  /** Nothing is being added now: others may take things away. */
  release(): Promise<void>
}

const nameOf = ({ image, number }: RevisionKey): string => `${image}@${number}`

export function revisionsOf(repository: LocalRepository): Revisions {
  let listed: string | undefined
  return {
    async read(id, { signal } = {}) {
      const bytes = await repository.manifest(id)
      signal?.throwIfAborted()
      await checkManifest(id, bytes)
      const { facts, packs } = await readManifest(bytes)
      signal?.throwIfAborted()
      return { facts, packs: await Promise.all(packs.map((pack) => storedPack(repository, pack))) }
    },
    add: async (revision) => (await repository.addRevision(revision)).revision,
    name: (ref) => repository.putRef(ref),
    async list() {
      const stamp = await repository.refsStamp()
      const [live, trash] = await Promise.all([repository.listRefs(), repository.listTrash()])
      listed = stamp
      return [...live.map((ref) => ({ ref, trashed: false })), ...trash.map((ref) => ({ ref, trashed: true }))]
    },
    changed: async () => (await repository.refsStamp()) !== listed,
    trash: async (revision) => void (await repository.trash(nameOf(revision))),
    putBack: async (revision) => void (await repository.untrash(nameOf(revision))),
    async planPurge() {
      const { id, revisions, givenBack } = await planPurge(repository)
      return { id, revisions: revisions.map(({ image, revision: number }) => ({ image, number })), givenBack }
    },
    purge: (plan) => executePurge(repository, plan),
    release: () => repository.close(),
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
