/** A pack as a file that is being taken in. */
import { ClonaulaError } from '#shared/domain/errors.ts'
import { checkPackHead, packHead, type PlacedBlob } from '#shared/formats/pack.ts'
import { readPackEnd } from '../pack-reader.ts'
import type { CallOptions, PackId } from '../store.ts'
import { readInto, readRange, readTail, type Readable } from './readable.ts'
import { verifyPack } from './verify-pack.ts'

/** @throws `corruptImage` its head or its footer is not that of a pack */
export async function readPackFile(file: Readable, id: PackId): Promise<PlacedBlob[]> {
  checkPackHead(await readRange(file, 0, packHead.length))
  return (await readPackEnd({ packTail: (_, length) => readTail(file, length) }, id)).blobs
}

/** Compares every chunk with its hash. @throws `corruptImage` with the pack, and the chunk */
export async function verifyPackFile(file: Readable, id: PackId, blobs: readonly PlacedBlob[], options: CallOptions = {}): Promise<void> {
  // One buffer for all its blobs: with one for each, a console that takes packs in spends its time collecting them.
  const buffer = Buffer.allocUnsafeSlow(blobs.reduce((most, { stored }) => Math.max(most, stored), 0))
  await verifyPack(id, blobs, (offset, length) => readInto(file, offset, buffer.subarray(0, length)), options)
}

/** @param hash of all the file's bytes, hexadecimal. @throws `corruptImage` it is not the pack's name */
export function checkPackName(id: PackId, hash: string): void {
  if (hash !== id) throw new ClonaulaError('corruptImage', `pack ${id}: these are not its bytes`, { pack: id })
}
