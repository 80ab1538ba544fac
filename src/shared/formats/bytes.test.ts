import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteReader, ByteWriter, unzigzag, zigzag } from './bytes.ts'

const unsigned = fc.oneof(fc.nat(300), fc.maxSafeNat())

describe('numbers', () => {
  test('varints come back, in any sequence', () => {
    fc.assert(fc.property(fc.array(unsigned), (values) => {
      const writer = new ByteWriter()
      for (const value of values) writer.varint(value)
      const reader = new ByteReader(writer.finish(), 'test')
      expect(values.map(() => reader.varint())).toEqual(values)
      reader.end()
    }))
  })

  test('zigzag keeps signs', () => {
    fc.assert(fc.property(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (value) => {
      expect(unzigzag(zigzag(value))).toBe(value)
      expect(zigzag(value)).toBeGreaterThanOrEqual(0)
    }))
  })

  test('u32 is little-endian and unsigned', () => {
    const bytes = new ByteWriter().u32(0xfedcba98).finish()
    expect([...bytes]).toEqual([0x98, 0xba, 0xdc, 0xfe])
    expect(new ByteReader(bytes, 'test').u32()).toBe(0xfedcba98)
  })

  test.each([
    ['beyond 2^53', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['endless', Array.from({ length: 40 }, () => 0xff)],
    ['in a longer form than needed', [0x81, 0x00]],
    ['cut off', [0x80]],
  ])('a varint %s is refused', (_, bytes) => {
    expect(() => new ByteReader(Uint8Array.from(bytes), 'test').varint()).toThrow(expect.objectContaining({ code: 33 }))
  })
})

test('a reader never reads past the end', () => {
  const reader = new ByteReader(new Uint8Array(4), 'test')
  expect(() => reader.take(5)).toThrow('test: ends too early (at byte 0)')
  expect(reader.take(4)).toHaveLength(4)
  expect(() => reader.u8()).toThrow('test: ends too early (at byte 4)')
  expect(() => new ByteReader(new Uint8Array(1), 'test').end()).toThrow('1 bytes too many')
})
