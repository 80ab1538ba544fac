import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesToText, textToBytes } from '../bytes.ts'
import { describeCodec } from '../../../../tests/support/codec-suite.ts'
import { decodeBencode, encodeBencode, type Bencoded } from './bencode.ts'

const { value } = fc.letrec<{ value: Bencoded }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger().map((number) => number + 0), // no −0
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.uniqueArray(fc.tuple(fc.uint8Array({ maxLength: 4 }).map(bytesToText), tie('value')), { maxLength: 4, selector: ([key]) => key })
      .map((entries) => new Map(entries)),
  ),
}))

describeCodec('bencode', { encode: encodeBencode, decode: decodeBencode, values: value })

describe('bencode', () => {
  test.each<[string, Bencoded]>([
    ['i-42e', -42], ['i0e', 0], ['4:spam', textToBytes('spam')], ['le', []], ['de', new Map()],
    ['d1:al1:bi1eee', new Map([['a', [textToBytes('b'), 1]]])],
  ])('%s', (text, value) => {
    expect(decodeBencode(textToBytes(text))).toEqual(value)
    expect(bytesToText(encodeBencode(value))).toBe(text)
  })

  test.each([
    ['i-0e', 'not-canonical'], ['i03e', 'not-canonical'], ['03:abc', 'not-canonical'], ['d1:bi1e1:ai1ee', 'not-canonical'],
    ['d1:ai1e1:ai1ee', 'not-canonical'], ['ie', 'malformed'], ['i--1e', 'malformed'], ['x', 'malformed'], ['di1ei1ee', 'malformed'],
    ['i9007199254740993e', 'too-large'], ['99999999999:a', 'truncated'], ['i1ei2e', 'trailing-bytes'], ['', 'truncated'],
    ['l'.repeat(100_000), 'too-deep'],
  ])('%s is refused: %s', (text, reason) => {
    expect(() => decodeBencode(textToBytes(text))).toThrow(expect.objectContaining({ reason }))
  })

  test('cannot write what it could not read', () => {
    expect(() => encodeBencode(1.5)).toThrow(RangeError)
  })
})
