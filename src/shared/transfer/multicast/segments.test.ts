import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clipSegments, startingAt, StreamMap, unionOfSegments, type Segment } from './segments.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)
const segment = fc.record({ pack: fc.constantFrom(A, B), offset: fc.nat(500), length: fc.nat(60) })

/** Every byte of the segments, as `pack:offset`. */
const bytesOf = (segments: readonly Segment[]): string[] =>
  segments.flatMap(({ pack, offset, length }) => Array.from({ length }, (_, index) => `${pack}:${offset + index}`))

describe('the union of what receivers miss', () => {
  test('has each byte once, and no other', () => {
    fc.assert(fc.property(fc.array(fc.array(segment, { maxLength: 8 }), { maxLength: 5 }), (wanted) => {
      const union = bytesOf(unionOfSegments(wanted))
      expect(new Set(union)).toEqual(new Set(wanted.flatMap((list) => bytesOf(list))))
      expect(union).toHaveLength(new Set(union).size)
    }))
  })

  test('joins what touches, and keeps the order of packs', () => {
    expect(unionOfSegments([
      [{ pack: B, offset: 10, length: 5 }, { pack: A, offset: 0, length: 4 }],
      [{ pack: B, offset: 15, length: 5 }, { pack: A, offset: 100, length: 1 }, { pack: A, offset: 2, length: 4 }],
    ])).toEqual([{ pack: B, offset: 10, length: 10 }, { pack: A, offset: 0, length: 6 }, { pack: A, offset: 100, length: 1 }])
  })
})

test('what is not there, or beyond the end of its pack, is not sent', () => {
  const sizes = new Map([[A, 100]])
  expect(clipSegments([
    { pack: A, offset: 10, length: 20 }, { pack: A, offset: 90, length: 20 }, { pack: A, offset: 100, length: 1 },
    { pack: A, offset: 5, length: 0 }, { pack: B, offset: 0, length: 1 },
  ], sizes)).toEqual([{ pack: A, offset: 10, length: 20 }, { pack: A, offset: 90, length: 10 }])
})

test('whoever comes late starts where the stream is, and takes the rest afterwards', () => {
  const segments = [{ pack: A, offset: 0, length: 10 }, { pack: B, offset: 5, length: 10 }]
  expect(startingAt(segments, 0)).toEqual(segments)
  expect(startingAt(segments, 13)).toEqual([{ pack: B, offset: 8, length: 7 }, { pack: A, offset: 0, length: 10 }, { pack: B, offset: 5, length: 3 }])
  expect(startingAt(segments, 20)).toEqual(segments)
})

describe('StreamMap', () => {
  test('finds every byte where slices have it', () => {
    fc.assert(fc.property(fc.array(segment, { maxLength: 8 }), fc.nat(200), fc.nat(300), (list, from, count) => {
      const map = new StreamMap(unionOfSegments([list]))
      const at = Math.min(from, map.length)
      const pieces = map.slice(at, Math.min(count, map.length - at))
      let expected = at
      for (const { pack, offset, length } of pieces) {
        expect(map.find(pack, offset, length)).toBe(expected)
        expected += length
      }
      expect(expected).toBe(at + Math.min(count, map.length - at))
    }))
  })

  test('finds nothing that is not all in one segment', () => {
    const map = new StreamMap([{ pack: A, offset: 10, length: 10 }, { pack: A, offset: 30, length: 10 }])
    expect(map.find(A, 12, 8)).toBe(2)
    expect(map.find(A, 30, 10)).toBe(10)
    expect(map.find(A, 12, 9)).toBeUndefined()
    expect(map.find(A, 9, 2)).toBeUndefined()
    expect(map.find(A, 25, 1)).toBeUndefined()
    expect(map.find(B, 12, 1)).toBeUndefined()
  })

  test('refuses segments of which it could not say where a byte is', () => {
    expect(() => new StreamMap([{ pack: A, offset: 0, length: 0 }])).toThrow(RangeError)
    expect(() => new StreamMap([{ pack: A, offset: 5, length: 5 }, { pack: A, offset: 0, length: 6 }])).toThrow(RangeError)
    expect(() => new StreamMap([{ pack: A, offset: 0, length: 1 }]).slice(0, 2)).toThrow(RangeError)
  })
})
