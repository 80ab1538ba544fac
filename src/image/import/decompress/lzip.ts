/** lzip's container (RFC draft "Lzip Compressed Format", A. Díaz Díaz): members with a CRC and their lengths after them. */
import { crc32 } from 'node:zlib'
import type { ByteSource } from './byte-source.ts'
import { checkDictionary, LzmaDecoder } from './lzma.ts'

export const LZIP_MAGIC = Uint8Array.of(0x4c, 0x5a, 0x49, 0x50)
/** lzip knows no others. */
const PROPERTIES = { literalContextBits: 3, literalPositionBits: 0, positionBits: 2 }

/** Several members one after another count as one, as plzip makes them. */
export function* lzip(input: ByteSource): Generator<Uint8Array, void> {
  do yield* readMember(input)
  while (!input.ended)
}

function* readMember(input: ByteSource): Generator<Uint8Array, void> {
  const start = input.position
  if (LZIP_MAGIC.some((byte) => input.u8() !== byte) || input.u8() !== 1) throw input.fail('not a member of lzip')
  const decoder = new LzmaDecoder(dictionarySize(input), () => input.u8())
  decoder.setProperties(PROPERTIES)
  if (!decoder.startRange()) throw input.fail('the data is damaged')
  let crc = 0
  let total = 0
  for (;;) {
    const out = new Uint8Array(decoder.most)
    const { length, outcome } = decoder.decode(out)
    if (outcome === 'damaged') throw input.fail('the data is damaged')
    const plain = out.subarray(0, length)
    crc = crc32(plain, crc)
    total += length
    yield plain
    if (outcome === 'end') break
  }
  if (!decoder.finished || input.u32() !== crc || input.u64() !== total) throw input.fail('the checksum is wrong')
  const memberLength = input.position + 8 - start
  if (input.u64() !== memberLength) throw input.fail('the length is wrong')
}

/** A power of two, less some sixteenths of it; 4 KiB to 512 MiB. */
function dictionarySize(input: ByteSource): number {
  const byte = input.u8()
  const base = 2 ** (byte & 31)
  const size = base - (base / 16) * (byte >> 5)
  if (size < 4096 || size > 512 * 1024 * 1024) throw input.fail('a dictionary of an absurd size')
  checkDictionary(size, 'lzip')
  return size
}
