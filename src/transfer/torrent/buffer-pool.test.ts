import { expect, test } from 'vitest'
import { BufferPool } from './buffer-pool.ts'

test('memory is used again when the last who held it has let go, once', () => {
  const pool = new BufferPool(100, 1000)
  const first = pool.lease(100)
  const memory = first.bytes.buffer
  const part = first.share(20, 30).share(5, 10)
  expect([part.bytes.byteOffset - first.bytes.byteOffset, part.bytes.length]).toEqual([25, 10])
  first.end()
  first.end()
  const other = pool.lease(100)
  expect(other.bytes.buffer).not.toBe(memory)
  part.end()
  expect(() => part.share(0, 1)).toThrow('ended')
  const [next, after] = [pool.lease(40), pool.lease(100)]
  expect([next.bytes.buffer, next.bytes.length]).toEqual([memory, 40])
  expect([memory, other.bytes.buffer]).not.toContain(after.bytes.buffer)
})

test('no more memory is kept than was said', () => {
  const pool = new BufferPool(100, 250)
  const leases = Array.from({ length: 5 }, () => pool.lease(100))
  const buffers = new Set(leases.map(({ bytes }) => bytes.buffer))
  for (const lease of leases) lease.end()
  expect(Array.from({ length: 5 }, () => pool.lease(100)).filter(({ bytes }) => buffers.has(bytes.buffer))).toHaveLength(2)
  expect(() => pool.lease(101)).toThrow(RangeError)
})
