/** How image data is cut, grouped and compressed. A reader takes any. */
export interface Packing {
  /** Blocks that a chunk has at least. */
  leastBlocks: number
  /** A block ends a chunk where its CRC-32 is a multiple of it: `leastBlocks` + `divisor` − 1 blocks on average. */
  divisor: number
  /** Plain bytes at which a group of chunks that are compressed together, a blob, is closed. */
  blobBytes: number
  /** Of zstd. */
  level: number
}

/** What captures take: chosen by measurement, docs/decisions/004-chunk-size.md. */
export const PACKING: Packing = { leastBlocks: 2, divisor: 7, blobBytes: 64 * 1024, level: 3 }
