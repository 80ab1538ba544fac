import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ResultName } from '#shared/domain/result-codes.ts'
import { equalBytes } from '#shared/formats/bytes.ts'
import { sha256 } from '../../codecs.ts'
import { DigestIndex } from '../../digest-index.ts'
import { decodeBlob, readPackEnd } from '../../pack-reader.ts'
import type { PackWriter } from '../../pack-writer.ts'
import type { CallOptions, ChunkSource, PackId } from '../../store.ts'

/**
 * Copies chunks out of packs into new ones, as far as they are there and what they are called: what is damaged in a
 * pack is no reason to leave out the rest of it.
 * @param wanted their hashes
 * @throws what the source throws, but for what `unlessLost` takes for lost
 */
export async function copyChunks(
  source: ChunkSource, packs: Iterable<PackId>, wanted: DigestIndex, writer: PackWriter, options: CallOptions = {},
): Promise<void> {
  const copied = new DigestIndex()
  for (const pack of packs) {
    const end = await unlessLost(readPackEnd(source, pack, options))
    for (const blob of end?.blobs ?? []) {
      options.signal?.throwIfAborted()
      const isWanted = (digest: Uint8Array): boolean => wanted.find(digest) >= 0 && copied.find(digest) < 0
      if (!blob.chunks.some(({ digest }) => isWanted(digest))) continue
      const stored = await unlessLost(source.packRange(pack, blob.offset, blob.stored, options))
      const plain = stored && (await unlessLost(decodeBlob(pack, blob, stored)))
      if (!plain) continue
      let start = 0
      for (const { digest, length } of blob.chunks) {
        const bytes = plain.subarray(start, (start += length))
        if (!isWanted(digest) || !equalBytes(sha256(bytes), digest)) continue
        copied.add(digest)
        await writer.add(digest, bytes)
      }
    }
  }
}

const LOST: ReadonlySet<ResultName> = new Set(['notFound', 'corruptImage', 'diskError'])

/** Undefined for what is not there, is damaged, or cannot be read from its disk. */
export async function unlessLost<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (cause) {
    if (cause instanceof ClonaulaError && LOST.has(cause.result)) return undefined
    throw cause
  }
}
