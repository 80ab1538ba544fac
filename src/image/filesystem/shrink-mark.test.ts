import { expect, test } from 'vitest'
import { decodeMark, encodeMark } from './shrink-mark.ts'

const MARK = { size: 5 * 2 ** 40 - 4096, room: 5 * 2 ** 40 }

test('a mark comes back as it was written', () => {
  expect(decodeMark(encodeMark(MARK))).toEqual(MARK)
})

test('nothing else is one: other bytes, part of one, one with any bit changed, sizes that cannot be', () => {
  expect(decodeMark(new Uint8Array(512))).toBeUndefined()
  expect(decodeMark(encodeMark(MARK).subarray(0, 511))).toBeUndefined()
  for (let bit = 0; bit < 64 * 8; bit++) {
    const changed = encodeMark(MARK)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    expect(decodeMark(changed), `bit ${bit}`).toBeUndefined()
  }
  expect(decodeMark(encodeMark({ size: 0, room: 4096 }))).toBeUndefined()
  expect(decodeMark(encodeMark({ size: 8192, room: 4096 }))).toBeUndefined()
})
