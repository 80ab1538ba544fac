/** The container of the first lzma program (`.lzma`): properties, dictionary, length (LZMA specification, "lzma file format"). */
import type { ByteSource } from './byte-source.ts'
import { checkDictionary, LzmaDecoder, lzmaProperties } from './lzma.ts'

/** Bytes of the header. */
export const LZMA_HEADER = 13

/**
 * There is no magic number: a header counts that xz would take too. Properties that exist, a dictionary of 2^n or
 * 2^n + 2^(n−1) bytes (or all of 32 bits), a length that is unknown or below 256 GiB.
 */
export function isLzmaAlone(bytes: Uint8Array): boolean {
  if (bytes.length < LZMA_HEADER || lzmaProperties(bytes[0]!) === undefined) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const dictionary = view.getUint32(1, true)
  const low = dictionary & -dictionary
  const usual = dictionary !== 0 && (dictionary === low >>> 0 || dictionary === (low >>> 0) * 3)
  if (!usual && dictionary !== 0xffffffff) return false
  const length = view.getBigUint64(5, true)
  return length === 0xffff_ffff_ffff_ffffn || length < 2n ** 38n
}

export function* lzmaAlone(input: ByteSource): Generator<Uint8Array, void> {
  const properties = lzmaProperties(input.u8())
  const dictionary = input.u32()
  const length = readLength(input)
  if (!properties) throw input.fail('not a file of lzma')
  checkDictionary(dictionary, 'lzma')
  const decoder = new LzmaDecoder(dictionary, () => input.u8())
  decoder.setProperties(properties)
  if (!decoder.startRange()) throw input.fail('the data is damaged')
  for (let left = length; left > 0; ) {
    const out = new Uint8Array(Math.min(left, decoder.most))
    const decoded = decoder.decode(out)
    if (decoded.outcome === 'damaged') throw input.fail('the data is damaged')
    yield out.subarray(0, decoded.length)
    left -= decoded.length
    if (decoded.outcome !== 'end') continue
    // A file that says its length may have an end mark besides.
    if (length !== Infinity && left > 0) throw input.fail('the data ends too early')
    break
  }
  if (length !== Infinity && !input.ended && decoder.decode(new Uint8Array(1)).outcome !== 'end') {
    throw input.fail('there is more than its length')
  }
  if (!decoder.finished || !input.ended) throw input.fail('the data does not end where it should')
}

/** `Infinity` when an end mark says it. */
function readLength(input: ByteSource): number {
  const low = input.u32()
  const high = input.u32()
  if (low === 0xffffffff && high === 0xffffffff) return Infinity
  if (high >= 64) throw input.fail('a length of more than 256 GiB')
  return high * 2 ** 32 + low
}
