import { stat } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import { DIGEST_LENGTH, toHex } from '#shared/formats/digest.ts'
import { placesOf } from '#shared/formats/manifest-runs.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { checkPackHead, decodePackEnd, MAX_PACK, type PackedChunk, type PlacedBlob } from '#shared/formats/pack.ts'
import { readManifest, sha256, sha256Aside } from '../codecs.ts'
import { DigestIndex } from '../digest-index.ts'
import { Meter } from '../meter.ts'
import { decodeBlob } from '../pack-reader.ts'
import type { ManifestId, PackId } from '../store.ts'
import type { LocalRepository } from './local.ts'
import type { ImageRef } from './refs.ts'
import { wrongChunks } from './verify-pack.ts'

/** A pack that is not what it was. */
export interface DamagedPack {
  pack: PackId
  problem: string
  /** Hashes of the chunks that are lost; of a pack that is gone, or whose footer is, nobody can say. */
  chunks: string[]
}

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

/** What is good of a pack: hashes of chunks, one after another. */
type GoodChunks = Uint8Array

/**
 * Reads every pack that some revisions need, whole, and checks everything that can be: its name, its footer, and every
 * chunk's hash. Says what is damaged and which revisions that hurts; it changes nothing.
 */
export async function scrub(repository: LocalRepository, refs: readonly ImageRef[], options: SlowOptions = {}): Promise<ScrubReport> {
  const manifests = new Map<ManifestId, Manifest | ClonaulaError>()
  for (const { manifest } of refs) {
    if (!manifests.has(manifest)) manifests.set(manifest, await readNamed(repository, manifest))
  }
  const packs = new Set([...manifests.values()].flatMap((manifest) => (manifest instanceof ClonaulaError ? [] : manifest.packs)))
  const sizes = new Map<PackId, number>()
  for (const id of packs) sizes.set(id, await stat(repository.packPath(id)).then(({ size }) => size, () => 0))
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  const meter = new Meter('verify', bytes, options.onProgress)
  const good = new Map<PackId, GoodChunks>()
  const damaged: DamagedPack[] = []
  for (const [id, size] of sizes) {
    options.signal?.throwIfAborted()
    const found = await scrubPack(repository, id, size)
    good.set(id, found.good)
    if (found.damage) damaged.push({ pack: id, ...found.damage })
    meter.add(size)
  }
  meter.end()
  const hurt = refs.flatMap((ref) => lossOf(ref, manifests.get(ref.manifest)!, good))
  return { revisions: refs.length, packs: packs.size, bytes, damaged, hurt }
}

/** A manifest under its own name, or what is wrong with it. */
async function readNamed(repository: LocalRepository, id: ManifestId): Promise<Manifest | ClonaulaError> {
  try {
    const bytes = await repository.manifest(id)
    if (toHex(await sha256Aside(bytes)) !== id) throw new ClonaulaError('corruptImage', `manifest ${id}: these are not its bytes`)
    return await readManifest(bytes)
  } catch (cause) {
    if (cause instanceof ClonaulaError) return cause
    throw cause
  }
}

interface ScrubbedPack {
  good: GoodChunks
  damage?: Omit<DamagedPack, 'pack'>
}

async function scrubPack(repository: LocalRepository, id: PackId, size: number): Promise<ScrubbedPack> {
  const wrong: PackedChunk[] = []
  const right: Uint8Array[] = []
  try {
    if (size > MAX_PACK) throw new ClonaulaError('corruptImage', `${size} bytes are more than a pack may have`)
    const bytes = await repository.packRange(id, 0, size)
    const blobs = decodePackEnd(bytes, size, sha256)
    for (const blob of blobs) {
      const bad = new Set(await badChunks(id, blob, bytes))
      for (const chunk of blob.chunks) {
        if (bad.has(chunk)) wrong.push(chunk)
        else right.push(chunk.digest)
      }
    }
    checkPackHead(bytes)
    if (toHex(await sha256Aside(bytes)) !== id) throw new ClonaulaError('corruptImage', 'these are not its bytes')
    return { good: Buffer.concat(right) }
  } catch (cause) {
    if (!(cause instanceof ClonaulaError)) throw cause
    return { good: Buffer.concat(right), damage: { problem: cause.message, chunks: wrong.map(({ digest }) => toHex(digest)) } }
  }
}

/** All of them where the blob cannot even be decompressed. */
async function badChunks(id: PackId, blob: PlacedBlob, pack: Uint8Array): Promise<readonly PackedChunk[]> {
  try {
    return wrongChunks(blob, await decodeBlob(id, blob, pack.subarray(blob.offset, blob.offset + blob.stored)))
  } catch (cause) {
    if (cause instanceof ClonaulaError) return blob.chunks
    throw cause
  }
}

/** Nothing for a revision of which every chunk is in one of the packs that its manifest lists. */
function lossOf({ image, revision }: ImageRef, manifest: Manifest | ClonaulaError, good: ReadonlyMap<PackId, GoodChunks>): HurtRevision[] {
  if (manifest instanceof ClonaulaError) return [{ image, revision, problem: manifest.message, chunks: 0, bytes: 0, volumes: [] }]
  const lost = lostChunks(manifest, good)
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

function lostChunks({ chunks, packs }: Manifest, good: ReadonlyMap<PackId, GoodChunks>): Set<number> {
  const index = new DigestIndex()
  for (let chunk = 0; chunk < chunks.count; chunk += 1) index.add(chunks.digest(chunk))
  const lost = new Set(Array.from({ length: chunks.count }, (_, chunk) => chunk))
  for (const pack of packs) {
    const digests = good.get(pack)!
    for (let at = 0; at < digests.length; at += DIGEST_LENGTH) lost.delete(index.find(digests.subarray(at, at + DIGEST_LENGTH)))
  }
  return lost
}
