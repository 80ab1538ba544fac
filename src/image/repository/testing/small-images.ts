import { createHash } from 'node:crypto'
import { ChunkTable } from '#shared/formats/chunk-table.ts'
import { toHex } from '#shared/formats/digest.ts'
import { RunBuilder } from '#shared/formats/manifest-runs.ts'
import { encodePackEnd, packHead, type Blob } from '#shared/formats/pack.ts'
import { packManifest, readManifest, sha256 } from '../../codecs.ts'
import { decodeBlob, readPackEnd } from '../../pack-reader.ts'
import type { BuiltPack, PackId } from '../../store.ts'
import type { LocalRepository } from '../local.ts'

const BLOCK = 4096

/** 4 KiB that no other seed gives, and that do not compress. */
export function block(seed: string | number): Buffer {
  const bytes = Buffer.alloc(BLOCK)
  for (let at = 0; at < BLOCK; at += 64) bytes.set(createHash('sha512').update(`${seed} ${at}`).digest(), at)
  return bytes
}

/**
 * Captures a volume of some blocks, each of which is a chunk: those that the repository has are not stored again, as
 * in a real capture, but what is stored goes into a pack for each `perPack` of them.
 * @returns the manifest, which is not published
 */
export async function captureBlocks(
  repository: LocalRepository, seeds: readonly (string | number)[], { perPack = 4, created = '2026-01-12T08:00:00.000Z' } = {},
): Promise<Uint8Array> {
  const plain = seeds.map(block)
  const digests = plain.map(sha256)
  const numbers = new Map<string, number>()
  const builder = new RunBuilder()
  digests.forEach((digest, at) => {
    const key = toHex(digest)
    const chunk = numbers.get(key) ?? numbers.size
    numbers.set(key, chunk)
    builder.add(at * BLOCK, chunk, BLOCK)
  })
  const distinct = [...numbers.keys()].map((key) => digests.findIndex((digest) => toHex(digest) === key))
  const found = await repository.locate(distinct.map((at) => digests[at]!))
  const fresh = distinct.filter((_, at) => found[at] === undefined)
  const packs = new Set<PackId>(found.filter((pack) => pack !== undefined))
  for (let from = 0; from < fresh.length; from += perPack) {
    const pack = packOf(fresh.slice(from, from + perPack).map((at) => plain[at]!))
    await repository.putPack(pack)
    packs.add(pack.id)
  }
  const size = seeds.length * BLOCK
  return packManifest({
    facts: {
      creator: 'test', created, source: 'pc-01',
      volumes: [{ number: 1, filesystem: 'unknown', label: '', uuid: '', mode: 'sector', size, used: size, minimumSize: size }],
    },
    packs: [...packs],
    chunks: new ChunkTable(Buffer.concat(distinct.map((at) => digests[at]!)), new Uint32Array(distinct.length).fill(BLOCK)),
    runs: [builder.runs],
  })
}

/** A pack of chunks, each in a blob of its own, stored as it is. */
export function packOf(chunks: readonly Uint8Array[]): BuiltPack {
  const blobs: Blob[] = chunks.map((bytes) => ({
    encoding: 'stored', stored: bytes.length, plain: bytes.length, chunks: [{ digest: sha256(bytes), length: bytes.length }],
  }))
  const whole = Buffer.concat([packHead, ...chunks, encodePackEnd(blobs, sha256)])
  return { id: toHex(sha256(whole)), size: whole.length, parts: [whole] }
}

/** Captures, publishes and names. */
export async function addImage(
  repository: LocalRepository, image: string, seeds: readonly (string | number)[], options: Parameters<typeof captureBlocks>[2] = {},
): Promise<void> {
  const manifest = await repository.publish(await captureBlocks(repository, seeds, options))
  await repository.addRevision({ image, manifest, description: '' })
}

/** Reads a revision back as a restore does, from the packs that its manifest lists. @throws when a chunk is not there */
export async function readBack(repository: LocalRepository, name: string): Promise<Buffer> {
  const ref = await repository.resolve(name)
  const { packs, chunks, runs } = await readManifest(await repository.manifest(ref.manifest))
  const plain = new Map<string, Uint8Array>()
  for (const pack of packs) {
    for (const blob of (await readPackEnd(repository, pack)).blobs) {
      const bytes = await decodeBlob(pack, blob, await repository.packRange(pack, blob.offset, blob.stored))
      let start = 0
      for (const { digest, length } of blob.chunks) {
        plain.set(toHex(digest), bytes.subarray(start, (start += length)))
      }
    }
  }
  const pieces: Uint8Array[] = []
  for (const run of runs.flatMap((volume) => [...volume])) {
    for (let at = 0; at < run.count; at += 1) {
      const digest = chunks.digest(run.repeated ? run.chunk : run.chunk + at)
      const bytes = plain.get(toHex(digest))
      if (!bytes || toHex(sha256(bytes)) !== toHex(digest)) throw new Error(`${name}: chunk ${toHex(digest)} is not in its packs`)
      pieces.push(bytes)
    }
  }
  return Buffer.concat(pieces)
}
