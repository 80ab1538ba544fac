import { stat } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import { toHex } from '#shared/formats/digest.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { checkPackHead, decodePackEnd, MAX_PACK, type PackedChunk, type PlacedBlob } from '#shared/formats/pack.ts'
import { checkManifest } from '../check-manifest.ts'
import { readManifest, sha256, sha256Aside } from '../codecs.ts'
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

/** What is good of a pack: hashes of chunks, one after another. */
export type GoodChunks = Uint8Array

/** What packs and manifests are worth, each of them having been read whole. */
export interface Inspection {
  /** Each under its name, or what is wrong with it. */
  manifests: Map<ManifestId, Manifest | ClonaulaError>
  /** Of every pack that was looked at. */
  good: Map<PackId, GoodChunks>
  damaged: DamagedPack[]
  /** Bytes of the packs. */
  bytes: number
}

export interface InspectOptions extends SlowOptions {
  /** Also the packs that none of the revisions needs: what is captured next will count on them. */
  unlisted?: boolean
}

/**
 * Reads every pack that some revisions need, whole, and checks everything that can be: its name, its footer, and every
 * chunk's hash. It changes nothing.
 */
export async function inspect(repository: LocalRepository, refs: readonly ImageRef[], options: InspectOptions = {}): Promise<Inspection> {
  const manifests = new Map<ManifestId, Manifest | ClonaulaError>()
  for (const { manifest } of refs) {
    if (!manifests.has(manifest)) manifests.set(manifest, await readNamed(repository, manifest))
  }
  const listed = [...manifests.values()].flatMap((manifest) => (manifest instanceof ClonaulaError ? [] : manifest.packs))
  const packs = new Set([...listed, ...(options.unlisted ? await repository.listPacks() : [])])
  const sizes = new Map<PackId, number>()
  for (const id of packs) sizes.set(id, await stat(repository.packPath(id)).then(({ size }) => size, () => 0))
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  const meter = new Meter('verify', bytes, options.onProgress)
  const inspection: Inspection = { manifests, good: new Map(), damaged: [], bytes }
  for (const [id, size] of sizes) {
    options.signal?.throwIfAborted()
    const found = await inspectPack(repository, id, size)
    inspection.good.set(id, found.good)
    if (found.damage) inspection.damaged.push({ pack: id, ...found.damage })
    meter.add(size)
  }
  meter.end()
  return inspection
}

/** A manifest under its own name, or what is wrong with it. */
async function readNamed(repository: LocalRepository, id: ManifestId): Promise<Manifest | ClonaulaError> {
  try {
    const bytes = await repository.manifest(id)
    await checkManifest(id, bytes)
    return await readManifest(bytes)
  } catch (cause) {
    if (cause instanceof ClonaulaError) return cause
    throw cause
  }
}

interface InspectedPack {
  good: GoodChunks
  damage?: Omit<DamagedPack, 'pack'>
}

async function inspectPack(repository: LocalRepository, id: PackId, size: number): Promise<InspectedPack> {
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
