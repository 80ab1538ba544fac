import { crc32 } from 'node:zlib'
import { BLOCK } from '#shared/formats/chunk-table.ts'
import { PACKING, type Packing } from './packing.ts'

/** Blocks that a chunk has at most. */
export const MAX_BLOCKS = 128

/**
 * Where the chunk that begins at `start` ends; −1 when the bytes at hand do not decide it yet. The boundary depends on
 * the content of single blocks only, so that a file gives the same chunks wherever it lies (on a block boundary).
 * The hash is cheap on purpose (2.7 GB/s); a zero block does not end a chunk.
 * @param last whether nothing follows these bytes
 */
export function chunkEnd(
  bytes: Uint8Array, start: number, last: boolean, { leastBlocks, divisor }: Pick<Packing, 'leastBlocks' | 'divisor'> = PACKING,
): number {
  const most = start + MAX_BLOCKS * BLOCK
  const decided = Math.min(bytes.length, most)
  for (let end = start + leastBlocks * BLOCK; end <= decided; end += BLOCK) {
    if (end === most || crc32(bytes.subarray(end - BLOCK, end)) % divisor === 0) return end
  }
  return last && bytes.length > start ? bytes.length : -1
}
