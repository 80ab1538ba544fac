import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeDecoder } from '../../../tests/support/codec-suite.ts'
import { bytesToText, textToBytes } from './bytes.ts'
import { parseRange } from './http-range.ts'

const SIZE = 1000
const position = fc.oneof(fc.nat(2 * SIZE), fc.maxSafeNat())

describe('parseRange', () => {
  test.each([
    ['bytes=0-0', { start: 0, end: 1 }],
    ['bytes=2-5', { start: 2, end: 6 }],
    ['bytes=2-', { start: 2, end: 10 }],
    ['bytes=5-99', { start: 5, end: 10 }],
    ['bytes=-3', { start: 7, end: 10 }],
    ['bytes=-99', { start: 0, end: 10 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=10-11', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-2', 'whole'],
    ['bytes=0-1,3-4', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=a-b', 'whole'],
    ['items=0-1', 'whole'],
    ['', 'whole'],
    [undefined, 'whole'],
  ])('%s of 10 bytes', (header, range) => {
    expect(parseRange(header, 10)).toEqual(range)
  })

  test('gives what RFC 9110 says, for every first and last byte', () => {
    const bytes = Array.from({ length: SIZE }, (_, at) => at)
    const asked = (header: string) => {
      const range = parseRange(header, SIZE)
      return typeof range === 'string' ? range : bytes.slice(range.start, range.end)
    }
    fc.assert(fc.property(fc.nat(2 * SIZE), fc.nat(2 * SIZE), (first, length) => {
      const there = bytes.slice(first, first + length + 1)
      expect(asked(`bytes=${first}-${first + length}`)).toEqual(there.length === 0 ? 'unsatisfiable' : there)
      expect(asked(`bytes=${first}-`)).toEqual(first < SIZE ? bytes.slice(first) : 'unsatisfiable')
      expect(asked(`bytes=-${length}`)).toEqual(length === 0 ? 'unsatisfiable' : bytes.slice(-length))
    }))
  })

  test('an empty file has no ranges', () => {
    expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable')
  })
})

describeDecoder('Range', {
  decode: (bytes) => parseRange(bytesToText(bytes), SIZE),
  samples: fc.tuple(position, position).chain(([first, last]) =>
    fc.constantFrom(`bytes=${first}-${last}`, `bytes=${first}-`, `bytes=-${last}`)).map(textToBytes),
  refuses: () => false,
  checkSound: (range) => {
    if (typeof range !== 'string' && (range.start >= range.end || range.end > SIZE)) throw new Error(`${range.start} to ${range.end}`)
  },
})
