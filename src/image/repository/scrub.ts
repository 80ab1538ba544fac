import { ClonaulaError } from '#shared/domain/errors.ts'
import { DIGEST_LENGTH } from '#shared/formats/digest.ts'
import { placesOf } from '#shared/formats/manifest-runs.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import type { PackId } from '../store.ts'
import { inspect, type DamagedPack, type GoodChunks, type Inspection, type InspectOptions } from './inspect.ts'
import type { LocalRepository } from './local.ts'
import type { ImageRef } from './refs.ts'
import { chunkIndex } from './stored-sizes.ts'

/** A revision of which something is lost. */
export interface HurtRevision {
  image: string
  revision: number
  /** Where it is the manifest that is damaged: nothing of the revision can be had. */
  problem?: string
  /** Different chunks that are lost. */
  chunks: number
  /** Bytes of the volumes where they lie. */
  bytes: number
  /** Numbers of those volumes. */
  volumes: number[]
}

export interface ScrubReport {
  /** How much was looked at. */
  revisions: number
  packs: number
  bytes: number
  damaged: DamagedPack[]
  hurt: HurtRevision[]
}

/** Reads every pack that some revisions need, says what is damaged and which revisions that hurts; it changes nothing. */
export async function scrub(repository: LocalRepository, refs: readonly ImageRef[], options: InspectOptions = {}): Promise<ScrubReport> {
  const found = await inspect(repository, refs, options)
  return { revisions: refs.length, packs: found.good.size, bytes: found.bytes, damaged: found.damaged, hurt: lossesOf(refs, found) }
}

/** The revisions of which not every chunk is in one of the packs that their manifest lists. */
export function lossesOf(refs: readonly ImageRef[], { manifests, good }: Pick<Inspection, 'manifests' | 'good'>): HurtRevision[] {
  return refs.flatMap((ref) => lossOf(ref, manifests.get(ref.manifest)!, good))
}

function lossOf({ image, revision }: ImageRef, manifest: Manifest | ClonaulaError, good: ReadonlyMap<PackId, GoodChunks>): HurtRevision[] {
  if (manifest instanceof ClonaulaError) return [{ image, revision, problem: manifest.message, chunks: 0, bytes: 0, volumes: [] }]
  const lost = chunksOutside(manifest, good)
  if (lost.size === 0) return []
  const { chunks, runs, facts } = manifest
  let bytes = 0
  const volumes = facts.volumes.filter((_, at) => {
    const before = bytes
    for (const run of runs[at]!) for (const { chunk } of placesOf(run, chunks)) if (lost.has(chunk)) bytes += chunks.length(chunk)
    return bytes > before
  })
  return [{ image, revision, chunks: lost.size, bytes, volumes: volumes.map(({ number }) => number) }]
}

/** Numbers of the chunks of a manifest that are not among the good ones of the packs that it lists. */
export function chunksOutside(manifest: Manifest, good: ReadonlyMap<PackId, GoodChunks>): Set<number> {
  const index = chunkIndex(manifest)
  const outside = new Set(Array.from({ length: manifest.chunks.count }, (_, chunk) => chunk))
  for (const digests of manifest.packs.flatMap((pack) => good.get(pack) ?? [])) {
    for (let at = 0; at < digests.length; at += DIGEST_LENGTH) outside.delete(index.find(digests.subarray(at, at + DIGEST_LENGTH)))
  }
  return outside
}
