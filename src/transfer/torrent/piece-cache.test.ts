import { expect, test } from 'vitest'
import { PieceCache } from './piece-cache.ts'

test('keeps what was used last, within its budget', () => {
  const cache = new PieceCache(30)
  for (const piece of [1, 2, 3]) cache.put(piece, new Uint8Array(10).fill(piece))
  expect(cache.get(1)).toEqual(new Uint8Array(10).fill(1))
  cache.put(4, new Uint8Array(10))
  expect([1, 2, 3, 4].map((piece) => cache.get(piece) !== undefined)).toEqual([true, false, true, true])
})

test('counts a piece that comes again once, and keeps one that is too long until the next', () => {
  const cache = new PieceCache(30)
  for (let again = 0; again < 5; again += 1) cache.put(1, new Uint8Array(10))
  cache.put(2, new Uint8Array(20))
  expect([cache.get(1)?.length, cache.get(2)?.length]).toEqual([10, 20])
  cache.put(3, new Uint8Array(100))
  expect([1, 2, 3].map((piece) => cache.get(piece)?.length)).toEqual([undefined, undefined, 100])
  cache.put(4, new Uint8Array(1))
  expect([cache.get(3), cache.get(4)?.length]).toEqual([undefined, 1])
})
