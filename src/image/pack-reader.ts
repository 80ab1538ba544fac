import { decodePackEnd, packEndLength, type PlacedBlob } from '#shared/formats/pack.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { decompress, sha256 } from './codecs.ts'
import type { CallOptions, ChunkSource, PackId } from './store.ts'

/** Bytes of a pack's end that are asked for at first: the footer of a usual pack, 60 KiB, is in them. */
const TAIL = 80 * 1024

export interface PackEnd {
  blobs: PlacedBlob[]
  /** Bytes that had to be read for it. */
  received: number
}

/**
 * Reads which blobs and chunks a pack has.
 * @throws `corruptImage` with the pack · what the source throws
 */
export async function readPackEnd(
  source: Pick<ChunkSource, 'packTail'>, id: PackId, options: CallOptions = {},
): Promise<PackEnd> {
  return inPack(id, async () => {
    let tail = await source.packTail(id, TAIL, options)
    let received = tail.bytes.length
    const needed = packEndLength(tail.bytes)
    if (needed > tail.bytes.length && tail.bytes.length < tail.size) {
      tail = await source.packTail(id, needed, options)
      received += tail.bytes.length
    }
    return { blobs: decodePackEnd(tail.bytes, tail.size, sha256), received }
  })
}

/** The plain bytes of a blob. @throws `corruptImage` with the pack */
export async function decodeBlob(id: PackId, blob: PlacedBlob, stored: Uint8Array): Promise<Uint8Array> {
  return inPack(id, async () => {
    const plain = blob.encoding === 'stored' ? stored : await decompress(stored, blob.plain)
    if (plain.length !== blob.plain) throw new ClonaulaError('corruptImage', 'a blob has the wrong length')
    return plain
  })
}

/** Adds the pack's name to what is found wrong with it. */
async function inPack<T>(id: PackId, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof ClonaulaError) || cause.result !== 'corruptImage') throw cause
    throw new ClonaulaError('corruptImage', `pack ${id}: ${cause.message}`, { ...cause.params, pack: id }, { cause })
  }
}
