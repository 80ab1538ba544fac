import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeDecoder, isCorruptImage } from '../../../tests/support/codec-suite.ts'
import { ClonaulaError } from '../domain/errors.ts'
import { ByteWriter } from './bytes.ts'
import {
  checkPackHead, decodePackEnd, encodePackEnd, MAX_CHUNK, MAX_PACK, PACK_TRAILER, packEndLength, packHead, type Blob,
} from './pack.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
const corrupt = expect.objectContaining({ name: 'ClonaulaError', code: 33 })

const chunk = fc.record({ digest: fc.uint8Array({ minLength: 32, maxLength: 32 }), length: fc.integer({ min: 1, max: MAX_CHUNK }) })
const blob = fc.tuple(fc.array(chunk, { minLength: 1, maxLength: 6 }), fc.boolean(), fc.nat(99))
  .map(([chunks, stored, ratio]): Blob => {
    const plain = chunks.reduce((sum, { length }) => sum + length, 0)
    return { chunks, plain, encoding: stored ? 'stored' : 'zstd', stored: stored ? plain : Math.floor((plain * ratio) / 100) }
  })
const blobs = fc.array(blob, { maxLength: 5 })

function sizeOf(pack: readonly Blob[], end: Uint8Array): number {
  return pack.reduce((sum, { stored }) => sum + stored, packHead.length) + end.length
}

describe('the end of a pack', () => {
  test('comes back with the place of every blob, also from a longer tail', () => {
    fc.assert(fc.property(blobs, fc.uint8Array({ maxLength: 40 }), (pack, before) => {
      const end = encodePackEnd(pack, sha256)
      const tail = new ByteWriter().raw(before).raw(end).finish()
      const decoded = decodePackEnd(tail, sizeOf(pack, end), sha256)
      let offset = packHead.length
      expect(decoded).toEqual(pack.map((one) => {
        const placed = { offset, ...one }
        offset += one.stored
        return placed
      }))
      expect(packEndLength(tail)).toBe(end.length)
      expect(encodePackEnd(decoded, sha256)).toEqual(end)
    }))
  })

  test('is refused when it is cut, at either end and at any byte', () => {
    const pack = fc.sample(blobs.filter((some) => some.length > 1), { numRuns: 1, seed: 7 })[0]!
    const end = encodePackEnd(pack, sha256)
    for (let cut = 1; cut <= end.length; cut += 1) {
      expect(() => decodePackEnd(end.subarray(cut), sizeOf(pack, end), sha256)).toThrow(corrupt)
      expect(() => decodePackEnd(end.subarray(0, -cut), sizeOf(pack, end), sha256)).toThrow(corrupt)
    }
  })

  test('is refused when any byte of it is different', () => {
    fc.assert(fc.property(blobs, fc.nat(), fc.integer({ min: 1, max: 255 }), (pack, place, difference) => {
      const end = encodePackEnd(pack, sha256)
      const size = sizeOf(pack, end)
      end[place % end.length]! ^= difference
      expect(() => decodePackEnd(end, size, sha256)).toThrow(corrupt)
    }))
  })

  test('that lies under a right hash is refused, or still adds up to the pack', () => {
    fc.assert(fc.property(blobs, fc.nat(), fc.integer({ min: 1, max: 255 }), (pack, place, difference) => {
      const end = encodePackEnd(pack, sha256)
      const footer = end.slice(0, end.length - PACK_TRAILER)
      footer[place % footer.length]! ^= difference
      const outcome = attempt(() => sizeOf(decodePackEnd(withTrailer(footer), sizeOf(pack, end), sha256), end))
      expect(outcome instanceof ClonaulaError ? outcome.code : outcome).toSatisfy((it) => it === 33 || it === sizeOf(pack, end))
    }))
  })
})

/** What a function gives back, or what it throws. */
function attempt(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

/** A footer with a trailer that fits it. */
function withTrailer(footer: Uint8Array): Uint8Array {
  const end = encodePackEnd([], sha256)
  return new ByteWriter().raw(footer).u32(footer.length).raw(sha256(footer)).raw(end.subarray(end.length - 8)).finish()
}

describeDecoder('footer of a pack under a right hash', {
  decode: (footer) => decodePackEnd(withTrailer(footer), 1000, sha256),
  samples: blobs.map((pack) => encodePackEnd(pack, sha256).subarray(0, -PACK_TRAILER)),
  refuses: isCorruptImage,
})

describe('absurd footers are refused without making room for them', () => {
  const digest = new Uint8Array(32)
  test.each([
    ['2^50 blobs', new ByteWriter().varint(2 ** 50)],
    ['2^50 chunks', new ByteWriter().varint(1).u8(1).varint(5).varint(5).varint(2 ** 50)],
    ['a blob of a gigabyte', new ByteWriter().varint(1).u8(1).varint(5).varint(2 ** 30).varint(1).raw(digest).varint(2 ** 30)],
    ['an empty chunk', new ByteWriter().varint(1).u8(0).varint(0).varint(0).varint(1).raw(digest).varint(0)],
    ['an unknown encoding', new ByteWriter().varint(1).u8(9).varint(1).varint(1).varint(1).raw(digest).varint(1)],
    ['a stored blob with two lengths', new ByteWriter().varint(1).u8(0).varint(1).varint(2).varint(1).raw(digest).varint(2)],
    ['a blob that grew', new ByteWriter().varint(1).u8(1).varint(3).varint(2).varint(1).raw(digest).varint(2)],
    ['chunks that are not their blob', new ByteWriter().varint(1).u8(1).varint(1).varint(5).varint(1).raw(digest).varint(4)],
    ['bytes that are too many', new ByteWriter().varint(0).u8(0)],
  ])('%s', (_, footer) => {
    expect(() => decodePackEnd(withTrailer(footer.finish()), 1000, sha256)).toThrow(corrupt)
  })

  test('a pack that is too large', () => {
    expect(() => decodePackEnd(encodePackEnd([], sha256), MAX_PACK + 1, sha256)).toThrow(corrupt)
  })

  test('a footer length beyond all measure', () => {
    const end = encodePackEnd([], sha256)
    end.set([0xff, 0xff, 0xff, 0xff], end.length - PACK_TRAILER)
    expect(() => packEndLength(end)).toThrow(corrupt)
  })
})

test('the start of a pack is known', () => {
  expect(() => checkPackHead(packHead)).not.toThrow()
  expect(() => checkPackHead(packHead.subarray(1))).toThrow(corrupt)
})
