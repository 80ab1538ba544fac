import { equalBytes } from '#shared/formats/bytes.ts'
import { BZIP2_MAGIC } from './bzip2.ts'
import { LZ4_MAGIC } from './lz4.ts'
import { isLzmaAlone } from './lzma-alone.ts'
import { LZIP_MAGIC } from './lzip.ts'
import { LZOP_MAGIC } from './lzop.ts'
import { XZ_MAGIC } from './xz.ts'
import { isSkippable, ZSTD_MAGIC } from './zstd.ts'

/** How a file is compressed; `plain` is everything that is not recognised. */
export type Compression = 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'lz4' | 'lzop' | 'lzma' | 'lzip' | 'lrzip' | 'plain'

/** Bytes from the start that `sniffCompression` looks at. */
export const SNIFFED = 16

const MAGICS: readonly (readonly [Compression, Uint8Array])[] = [
  ['gzip', Uint8Array.of(0x1f, 0x8b, 0x08)], ['xz', XZ_MAGIC], ['bzip2', BZIP2_MAGIC], ['lz4', LZ4_MAGIC],
  ['lzop', LZOP_MAGIC], ['lzip', LZIP_MAGIC], ['lrzip', Uint8Array.of(0x4c, 0x52, 0x5a, 0x49)],
]

/** By the bytes that a file begins with, whatever it is called. */
export function sniffCompression(head: Uint8Array): Compression {
  const found = MAGICS.find(([, magic]) => equalBytes(head.subarray(0, magic.length), magic))
  if (found) return found[0]
  const first = head.length < 4 ? 0 : new DataView(head.buffer, head.byteOffset).getUint32(0, true)
  if (first === ZSTD_MAGIC || isSkippable(first)) return 'zstd'
  return isLzmaAlone(head) ? 'lzma' : 'plain'
}
