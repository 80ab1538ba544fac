import { expect, test } from 'vitest'
import { Lease } from './buffer-pool.ts'
import { PieceCache } from './piece-cache.ts'

const lease = (length: number, fill = 0) => Lease.of(new Uint8Array(length).fill(fill))

test('keeps what was used last, within its budget', () => {
  const cache = new PieceCache(30)
  for (const piece of [1, 2, 3]) cache.put(piece, lease(10, piece))
  expect(cache.get(1)?.bytes).toEqual(new Uint8Array(10).fill(1))
  cache.put(4, lease(10))
  expect([1, 2, 3, 4].map((piece) => cache.get(piece) !== undefined)).toEqual([true, false, true, true])
})

test('counts a piece that comes again once, and keeps one that is too long until the next', () => {
  const cache = new PieceCache(30)
  for (let again = 0; again < 5; again += 1) cache.put(1, lease(10))
  cache.put(2, lease(20))
  expect([cache.get(1)?.bytes.length, cache.get(2)?.bytes.length]).toEqual([10, 20])
  cache.put(3, lease(100))
  expect([1, 2, 3].map((piece) => cache.get(piece)?.bytes.length)).toEqual([undefined, undefined, 100])
  cache.put(4, lease(1))
  expect([cache.get(3), cache.get(4)?.bytes.length]).toEqual([undefined, 1])
})

test('gives back the memory of what it does not keep, when nobody else uses it', () => {
  const cache = new PieceCache(10)
  const back: number[] = []
  const tracked = (id: number) => Lease.of(new Uint8Array(10), 10, () => back.push(id))
  cache.put(1, tracked(1))
  const used = cache.get(1)!.share(2, 4)
  cache.put(2, tracked(2))
  cache.put(2, tracked(3))
  expect(back).toEqual([2])
  used.end()
  expect(back).toEqual([2, 1])
})
