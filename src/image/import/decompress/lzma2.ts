/** LZMA2: chunks of LZMA, or of bytes as they are, that may each begin anew (xz's lzma2_decoder.c describes them). */
import type { ByteSource } from './byte-source.ts'
import { LzmaDecoder, lzmaProperties } from './lzma.ts'

/** Plain bytes up to and with the end mark of the chunks. */
export function* lzma2(input: ByteSource, dictionary: number): Generator<Uint8Array, void> {
  let left = 0
  const next = (): number => {
    if (left === 0) throw input.fail('a chunk is damaged')
    left -= 1
    return input.u8()
  }
  const decoder = new LzmaDecoder(dictionary, next)
  /** What the next chunk has to bring: a dictionary, then properties, before it may go on with what was. */
  let missing: 'dictionary' | 'properties' | 'nothing' = 'dictionary'
  for (let control = input.u8(); control !== 0; control = input.u8()) {
    const resets = control === 1 || control >= 0xe0
    if (!resets && missing === 'dictionary') throw input.fail('a chunk without its dictionary')
    if (resets) decoder.resetDictionary()
    if (control < 0x80) {
      if (control > 2) throw input.fail('an unknown chunk')
      if (missing === 'dictionary') missing = 'properties'
      yield* stored(input, decoder)
      continue
    }
    const plain = ((control & 0x1f) << 16) + input.u16be() + 1
    left = input.u16be() + 1
    if (control >= 0xc0) {
      const properties = lzmaProperties(input.u8())
      if (!properties || properties.literalContextBits + properties.literalPositionBits > 4) throw input.fail('unknown properties')
      decoder.setProperties(properties)
      missing = 'nothing'
    } else if (missing !== 'nothing') throw input.fail('a chunk without its properties')
    else if (control >= 0xa0) decoder.resetState()
    if (!decoder.startRange()) throw input.fail('a chunk is damaged')
    for (let rest = plain; rest > 0; ) {
      const out = new Uint8Array(Math.min(rest, decoder.most))
      const { length, outcome } = decoder.decode(out)
      if (outcome !== 'more') throw input.fail('a chunk is damaged')
      rest -= length
      yield out
    }
    if (!decoder.finished || left > 0) throw input.fail('a chunk is damaged')
  }
}

function* stored(input: ByteSource, decoder: LzmaDecoder): Generator<Uint8Array, void> {
  const bytes = input.take(input.u16be() + 1)
  decoder.feed(bytes)
  yield bytes
}
