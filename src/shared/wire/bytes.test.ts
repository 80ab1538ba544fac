import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteReader, ByteWriter, bytesToText, textToBytes } from './bytes.ts'

describe('ByteReader', () => {
  test('reads fields in network order', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 0, 9))
    expect([reader.u8(), reader.u16(), reader.u32()]).toEqual([1, 0x0203, 0x04050607])
    expect(reader.untilNul()).toEqual(Uint8Array.of(8))
    expect(reader.rest()).toEqual(Uint8Array.of(9))
    expect(reader.overrun).toBe(false)
  })

  test('keeps the overrun, also when a later read would fit', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3))
    expect(reader.u32()).toBe(0)
    expect(reader.overrun).toBe(true)
    expect(reader.u8()).toBe(0)
    expect(reader.bytes(1)).toHaveLength(0)
    expect(reader.remaining).toBe(0)
  })

  test('takes a missing NUL for an overrun', () => {
    const reader = new ByteReader(Uint8Array.of(65, 66))
    expect(reader.untilNul()).toHaveLength(0)
    expect(reader.overrun).toBe(true)
  })

  test('reads a view at its own offset and gives copies', () => {
    const backing = Uint8Array.of(9, 9, 1, 2)
    const value = new ByteReader(backing.subarray(2)).bytes(2)
    backing.fill(0)
    expect(value).toEqual(Uint8Array.of(1, 2))
  })
})

describe('ByteWriter', () => {
  test('grows as far as it must, with zeros in new room', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 6 }), (pieces) => {
      const writer = new ByteWriter()
      for (const piece of pieces) writer.bytes(piece).zeros(3)
      expect([...writer.finish()]).toEqual(pieces.flatMap((piece) => [...piece, 0, 0, 0]))
    }))
  })

  test.each([
    ['u8', () => new ByteWriter().u8(256)],
    ['u16', () => new ByteWriter().u16(-1)],
    ['u32', () => new ByteWriter().u32(1.5)],
    ['u64', () => new ByteWriter().u64(1n << 64n)],
    ['u64', () => new ByteWriter().u64(-1n)],
    ['padded', () => new ByteWriter().padded(new Uint8Array(5), 4)],
  ])('refuses what %s cannot hold', (_name, write) => {
    expect(write).toThrow(RangeError)
  })
})

describe('text', () => {
  test('keeps every byte', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => {
      expect(textToBytes(bytesToText(bytes))).toEqual(bytes)
    }))
  })

  test('has no place for other characters', () => {
    expect(() => textToBytes('aula €')).toThrow(RangeError)
  })
})
