import type { SlowOptions } from '#shared/domain/progress.ts'
import { toHex } from '#shared/formats/digest.ts'
import { readManifest, sha256Aside } from '../../codecs.ts'
import { readPackEnd } from '../../pack-reader.ts'
import type { CallOptions, ManifestId, PackId } from '../../store.ts'
import { inspect, type DamagedPack, type Inspection } from '../inspect.ts'
import type { Alone, LocalRepository } from '../local.ts'
import { digestsOf } from '../pack-index.ts'
import type { ImageRef } from '../refs.ts'
import { lossesOf, type HurtRevision } from '../scrub.ts'
import { unlessLost } from './copy-chunks.ts'
import { replaceDamaged } from './replace.ts'
import type { Supplier } from './supplier.ts'

export interface RepairOptions extends SlowOptions {
  /** Where what is lost may be; without one, only this repository itself: a capture since then may have stored it anew. */
  from?: Supplier | undefined
}

export interface RepairedPack extends DamagedPack {
  /**
   * `fetched`: it is as it was · `replaced`: what was needed of it is in others now, and it is gone · `marked`: it is
   * still there, for the sake of what is good of it, and the next capture stores its chunks anew.
   */
  outcome: 'fetched' | 'replaced' | 'marked'
}

export interface RepairReport {
  /** How much was looked at. */
  revisions: number
  packs: number
  bytes: number
  /** Packs that were damaged. */
  damaged: RepairedPack[]
  /** Manifests that were damaged, or gone, and are as they were. */
  manifests: ManifestId[]
  /** Revisions that could not be mended. */
  hurt: HurtRevision[]
}

/**
 * Mends what is damaged: with the same pack or manifest of another repository; with chunks of other packs, there or
 * here, and manifests that list those. What takes a place is there, whole and on the medium, before what had it goes;
 * so a repair that is interrupted has done some of its work, and the next one does the rest.
 * @throws `locked` somebody adds to the repository · `noSpace` · `repositoryUnreachable` the other one
 */
export async function repair(repository: LocalRepository, { from, ...options }: RepairOptions = {}): Promise<RepairReport> {
  return repository.alone(async (alone) => {
    const refs = [...(await alone.repository.listRefs()), ...(await alone.repository.listTrash())]
    const manifests = from ? await fetchManifests(alone, refs, from, options) : []
    const found = await inspect(alone.repository, refs, { ...options, unlisted: true })
    const damaged = found.damaged.map(({ pack }) => pack)
    await renewMarks(alone, damaged)
    const fetched = from ? await fetchPacks(alone, found, from, options) : new Set<PackId>()
    const replaced = await replaceDamaged(alone, { found, damaged: new Set(damaged.filter((pack) => !fetched.has(pack))), from }, options)
    const marked = await alone.marks.list()
    const outcome = (pack: PackId) => (replaced.packs.has(pack) ? 'replaced' : marked.has(pack) ? 'marked' : 'fetched')
    return {
      revisions: refs.length, packs: found.good.size, bytes: found.bytes,
      damaged: found.damaged.map((one) => ({ ...one, outcome: outcome(one.pack) })),
      manifests, hurt: lossesOf(refs.filter(({ manifest }) => !replaced.manifests.has(manifest)), found),
    }
  })
}

/** From now on nobody counts on what is damaged, and everybody on what was and is not any more. */
async function renewMarks({ marks }: Alone, damaged: readonly PackId[]): Promise<void> {
  const before = await marks.list()
  await marks.put(damaged.filter((pack) => !before.has(pack)))
  await marks.remove([...before].filter((pack) => !damaged.includes(pack)))
}

/** Puts manifests that are damaged, or gone, in their places again. */
async function fetchManifests(
  { repository, files }: Alone, refs: readonly ImageRef[], { source }: Supplier, options: CallOptions,
): Promise<ManifestId[]> {
  const fetched: ManifestId[] = []
  for (const id of new Set(refs.map(({ manifest }) => manifest))) {
    if (await isManifest(id, await unlessLost(repository.manifest(id)))) continue
    const bytes = await unlessLost(source.manifest(id, options))
    if (!bytes || !(await isManifest(id, bytes))) continue
    await files.publish(repository.manifestPath(id), (file) => file.append(bytes))
    fetched.push(id)
  }
  return fetched
}

async function isManifest(id: ManifestId, bytes: Uint8Array | undefined): Promise<boolean> {
  return bytes !== undefined && toHex(await sha256Aside(bytes)) === id && (await unlessLost(readManifest(bytes))) !== undefined
}

/** Puts packs in the places of those of their name that are damaged, and notes what they have. */
async function fetchPacks({ repository }: Alone, found: Inspection, { source }: Supplier, options: CallOptions): Promise<Set<PackId>> {
  const fetched = new Set<PackId>()
  for (const { pack } of found.damaged) {
    const size = await unlessLost(source.packTail(pack, 1, options).then((tail) => tail.size))
    const bytes = size === undefined ? undefined : await unlessLost(source.packRange(pack, 0, size, options))
    // Looked at before it is stored: whatever fails then is this repository's own disk.
    if (!bytes || toHex(await sha256Aside(bytes)) !== pack) continue
    await repository.receivePack(pack, [bytes], options)
    found.good.set(pack, digestsOf((await readPackEnd(repository, pack)).blobs))
    fetched.add(pack)
  }
  return fetched
}
