import { createHash } from 'node:crypto'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { MAX_PACK, type PlacedBlob } from '#shared/formats/pack.ts'
import type { CallOptions, PackId, PutOptions } from '../store.ts'
import type { DraftFile } from './file-system.ts'
import { checkPackName, readPackFile, verifyPackFile } from './pack-file.ts'

export interface FillOptions extends PutOptions {
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
  options.onTaken?.()
  const blobs = await readPackFile(file, id)
  if (!options.chunksAreRight) await verifyPackFile(file, id, blobs, options)
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
  checkPackName(id, hash.digest('hex'))
}
