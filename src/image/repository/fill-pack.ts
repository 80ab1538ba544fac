import { createHash } from 'node:crypto'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { checkPackHead, MAX_PACK, packHead, type PlacedBlob } from '#shared/formats/pack.ts'
import { readPackEnd } from '../pack-reader.ts'
import type { CallOptions, PackId } from '../store.ts'
import type { DraftFile } from './file-system.ts'
import { readInto, readRange, readTail } from './readable.ts'
import { verifyPack } from './verify-pack.ts'

export interface FillOptions extends CallOptions {
  /** The hashes of the chunks were computed in this process, just now; that of the pack is compared all the same. */
  chunksAreRight?: boolean | undefined
}

/**
 * Writes the bytes of a pack into its file, and reads them back: the file is what will be counted on.
 * @returns what is in it
 * @throws `corruptImage` its bytes are not those of its name, or its chunks not those of theirs
 */
export async function fillPack(
  file: DraftFile, id: PackId, bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, options: FillOptions,
): Promise<PlacedBlob[]> {
  await writeHashed(file, id, bytes, options)
  checkPackHead(await readRange(file, 0, packHead.length))
  const { blobs } = await readPackEnd({ packTail: (_, length) => readTail(file, length) }, id)
  if (options.chunksAreRight) return blobs
  // One buffer for all its blobs: with one for each, a console that takes packs in spends its time collecting them.
  const buffer = Buffer.allocUnsafeSlow(blobs.reduce((most, { stored }) => Math.max(most, stored), 0))
  await verifyPack(id, blobs, (offset, length) => readInto(file, offset, buffer.subarray(0, length)), options)
  return blobs
}

/** Writes a pack while its hash is computed. */
async function writeHashed(
  file: DraftFile, id: PackId, bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, { signal }: CallOptions,
): Promise<void> {
  const hash = createHash('sha256')
  let size = 0
  for await (const part of bytes) {
    signal?.throwIfAborted()
    size += part.length
    if (size > MAX_PACK) throw new ClonaulaError('corruptImage', `pack ${id} is too large`, { pack: id })
    hash.update(part)
    await file.append(part)
  }
  if (hash.digest('hex') !== id) throw new ClonaulaError('corruptImage', `pack ${id}: these are not its bytes`, { pack: id })
}
