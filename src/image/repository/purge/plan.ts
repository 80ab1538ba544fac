import { stat } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { toHex } from '#shared/formats/digest.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import type { PlacedBlob } from '#shared/formats/pack.ts'
import { readManifest, sha256 } from '../../codecs.ts'
import { DigestIndex } from '../../digest-index.ts'
import { readPackEnd } from '../../pack-reader.ts'
import type { CallOptions, ManifestId, PackId } from '../../store.ts'
import type { LocalRepository } from '../local.ts'
import type { ImageRef } from '../refs.ts'
import { parseRevisionName } from '../revision-name.ts'
import type { TrashedRef } from '../revisions.ts'

export interface PurgeOptions extends CallOptions {
  /** What of the trash is to go: `NAME`, `NAME@3`, `NAME@tag`; all of it when nothing is said. */
  names?: readonly string[]
  /** Also what captures that were interrupted within the last day have left. */
  unfinished?: boolean
  now?: Date
}

/** A file of the repository. */
interface StoredFile {
  id: string
  /** Bytes. */
  size: number
}

/** A pack of which only a part is needed: that part is written anew, and the pack goes. */
export interface Rewrite extends StoredFile {
  /** Stored bytes that are needed, as far as can be said before they are compressed again. */
  alive: number
}

/** What a purge would do. It has done nothing yet. */
export interface PurgePlan {
  /** A hash of all that it says and of what it was made from: two plans are the same when it is. */
  id: string
  /** Revisions of the trash that go for ever. */
  revisions: TrashedRef[]
  /** Manifests that no revision refers to. */
  manifests: StoredFile[]
  /** Packs that nothing needs. */
  packs: StoredFile[]
  rewrites: Rewrite[]
  /** Left alone: what no revision refers to and is younger than a day. A capture may be at work on it. */
  spared: { manifests: number; packs: number; bytes: number }
  /** Bytes that there will be more of, about. */
  givenBack: number
}

/** Milliseconds for which what belongs to no revision is left alone. */
const GRACE = 24 * 60 * 60 * 1000
/** Share of a pack that is needed below which it is worth writing that share anew. */
const WORTH_KEEPING = 0.5

/**
 * Says what is not needed any more: by no revision, live or in the trash, other than those of the trash that are to go.
 * @throws `corruptImage` a revision that stays cannot be read: nobody knows what it needs · `notFound` names of no revision
 */
export async function planPurge(repository: LocalRepository, options: PurgeOptions = {}): Promise<PurgePlan> {
  const { names, unfinished = false, now = new Date(), signal } = options
  const trash = await repository.listTrash()
  const doomed = names === undefined ? trash : chosen(trash, names)
  const kept: ImageRef[] = [...(await repository.listRefs()), ...trash.filter((ref) => !doomed.includes(ref))]
  const cutOff = unfinished ? Infinity : now.getTime() - GRACE
  const files = await sortManifests(repository, kept, doomed, cutOff)
  const needed = new Set([...files.kept.values(), ...files.young.values()].flatMap(({ packs }) => packs))
  const freed = new Set(files.doomed.flatMap(({ packs }) => packs))
  const packs: StoredFile[] = []
  const spared = { manifests: files.young.size, packs: 0, bytes: 0 }
  for (const id of await repository.listPacks()) {
    signal?.throwIfAborted()
    if (needed.has(id)) continue
    const { size, mtimeMs } = await stat(repository.packPath(id))
    if (mtimeMs < cutOff || freed.has(id)) packs.push({ id, size })
    else {
      spared.packs += 1
      spared.bytes += size
    }
  }
  const rewrites = await findRewrites(repository, files, options)
  return withId({
    revisions: doomed, manifests: files.gone, packs: packs.sort(byId), rewrites, spared,
    givenBack: total(files.gone) + total(packs) + total(rewrites) - rewrites.reduce((sum, { alive }) => sum + alive, 0),
  }, kept)
}

function chosen(trash: readonly TrashedRef[], names: readonly string[]): TrashedRef[] {
  const found = new Set<TrashedRef>()
  for (const name of names) {
    const { image, which } = parseRevisionName(name)
    const matching = trash.filter((ref) => ref.image === image
      && (which === undefined || ref.revision === which || (typeof which === 'string' && (ref.tags ?? []).includes(which))))
    if (matching.length === 0) throw new ClonaulaError('notFound', `there is no revision ${name} in the trash`, { what: name })
    for (const ref of matching) found.add(ref)
  }
  return trash.filter((ref) => found.has(ref))
}

interface SortedManifests {
  /** Of the revisions that stay. */
  kept: Map<ManifestId, Manifest>
  /** Of no revision, and too young to judge. */
  young: Map<ManifestId, Manifest>
  /** Of the revisions that go, as far as they can be read. */
  doomed: Manifest[]
  /** Files that go. */
  gone: StoredFile[]
}

async function sortManifests(
  repository: LocalRepository, keptRefs: readonly ImageRef[], doomedRefs: readonly ImageRef[], cutOff: number,
): Promise<SortedManifests> {
  const sorted: SortedManifests = { kept: new Map(), young: new Map(), doomed: [], gone: [] }
  for (const { image, revision, manifest } of keptRefs) {
    if (sorted.kept.has(manifest)) continue
    const read = await readIfGood(repository, manifest)
    if (!read) {
      throw new ClonaulaError('corruptImage', `the manifest of ${image}@${revision} cannot be read: what it needs is not known`,
        { place: `${image}@${revision}` })
    }
    sorted.kept.set(manifest, read)
  }
  const doomed = new Set(doomedRefs.map(({ manifest }) => manifest))
  for (const id of await repository.listManifests()) {
    if (sorted.kept.has(id)) continue
    const { size, mtimeMs } = await stat(repository.manifestPath(id))
    const read = await readIfGood(repository, id)
    if (read && !doomed.has(id) && mtimeMs >= cutOff) sorted.young.set(id, read)
    else {
      sorted.gone.push({ id, size })
      if (read && doomed.has(id)) sorted.doomed.push(read)
    }
  }
  sorted.gone.sort(byId)
  return sorted
}

/** Undefined for a manifest that is not there, or damaged. */
async function readIfGood(repository: LocalRepository, id: ManifestId): Promise<Manifest | undefined> {
  try {
    const bytes = await repository.manifest(id)
    return toHex(sha256(bytes)) === id ? await readManifest(bytes) : undefined
  } catch (cause) {
    if (cause instanceof ClonaulaError && (cause.result === 'corruptImage' || cause.result === 'notFound')) return undefined
    throw cause
  }
}

/**
 * Packs of which a small part is needed. Left alone are those that a manifest of no revision lists, which cannot be
 * changed, and those of a revision with a pack that is damaged: its new manifest would be refused.
 */
async function findRewrites(repository: LocalRepository, { kept, young }: SortedManifests, { signal }: CallOptions): Promise<Rewrite[]> {
  const fixed = new Set([...young.values()].flatMap(({ packs }) => packs))
  const alive = neededChunks(kept.values())
  const rewrites = new Map<PackId, Rewrite>()
  const damaged = new Set<PackId>()
  for (const id of new Set([...kept.values()].flatMap(({ packs }) => packs))) {
    signal?.throwIfAborted()
    const end = await readPackEnd(repository, id).catch((cause: unknown) => {
      if (cause instanceof ClonaulaError) return undefined
      throw cause
    })
    if (!end) damaged.add(id)
    else if (!fixed.has(id)) {
      const stored = end.blobs.reduce((sum, blob) => sum + blob.stored, 0)
      const needed = Math.round(end.blobs.reduce((sum, blob) => sum + aliveBytes(blob, alive), 0))
      if (needed < stored * WORTH_KEEPING) rewrites.set(id, { id, size: (await stat(repository.packPath(id))).size, alive: needed })
    }
  }
  const hurt = [...kept.values()].filter(({ packs }) => packs.some((id) => damaged.has(id)))
  for (const id of hurt.flatMap(({ packs }) => packs)) rewrites.delete(id)
  return [...rewrites.values()].sort(byId)
}

/** The different chunks of some manifests. */
export function neededChunks(manifests: Iterable<Manifest>): DigestIndex {
  const index = new DigestIndex()
  for (const { chunks } of manifests) for (let chunk = 0; chunk < chunks.count; chunk += 1) index.add(chunks.digest(chunk))
  return index
}

/** Stored bytes of a blob's chunks that are needed, each by its share of the plain ones. */
function aliveBytes({ stored, plain, chunks }: PlacedBlob, alive: DigestIndex): number {
  return chunks.reduce((sum, { digest, length }) => sum + (alive.find(digest) < 0 ? 0 : (stored * length) / plain), 0)
}

function withId(plan: Omit<PurgePlan, 'id'>, kept: readonly ImageRef[]): PurgePlan {
  const { spared: _, ...done } = plan
  return { id: toHex(sha256(Buffer.from(JSON.stringify([done, kept])))), ...plan }
}

function byId(a: StoredFile, b: StoredFile): number {
  return a.id < b.id ? -1 : 1
}

function total(files: readonly StoredFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0)
}
