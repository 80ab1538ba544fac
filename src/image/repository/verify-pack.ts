import { ClonaulaError } from '#shared/domain/errors.ts'
import { equalBytes } from '#shared/formats/bytes.ts'
import { toHex } from '#shared/formats/digest.ts'
import type { PackedChunk, PlacedBlob } from '#shared/formats/pack.ts'
import { sha256 } from '../codecs.ts'
import { decodeBlob } from '../pack-reader.ts'
import type { CallOptions, PackId } from '../store.ts'

/**
 * Plain bytes of all the blobs of a pack that is taken in. Zeros compress so well that a megabyte of pack could
 * otherwise have a console hash for a minute; `PackWriter` ends its packs long before.
 */
export const MAX_PACK_PLAIN = 1024 * 1024 * 1024

/**
 * Reads a whole pack and compares every chunk with the hash that its footer gives it. Whoever wrote the pack chose
 * those hashes, and later images are built on them: a chunk that is not what it is called would damage them all.
 * One blob (4 MiB) at a time, and reading and decompressing are done by other threads: the event loop has its turn
 * after some milliseconds of hashing.
 * @param read `length` bytes of the pack from `offset`
 * @throws `corruptImage` with the pack, and the chunk
 */
export async function verifyPack(
  id: PackId, blobs: readonly PlacedBlob[], read: (offset: number, length: number) => Promise<Uint8Array>, options: CallOptions = {},
): Promise<void> {
  const plain = blobs.reduce((sum, blob) => sum + blob.plain, 0)
  if (plain > MAX_PACK_PLAIN) throw new ClonaulaError('corruptImage', `pack ${id} is too large once decompressed`, { pack: id })
  for (const blob of blobs) {
    options.signal?.throwIfAborted()
    const [wrong] = wrongChunks(blob, await decodeBlob(id, blob, await read(blob.offset, blob.stored)))
    if (!wrong) continue
    const chunk = toHex(wrong.digest)
    throw new ClonaulaError('corruptImage', `pack ${id}: chunk ${chunk} is not what it is called`, { pack: id, chunk })
  }
}

/** The chunks of a blob that are not what they are called. @param plain the blob's bytes */
export function wrongChunks({ chunks }: PlacedBlob, plain: Uint8Array): PackedChunk[] {
  let start = 0
  return chunks.filter(({ digest, length }) => !equalBytes(sha256(plain.subarray(start, (start += length))), digest))
}
