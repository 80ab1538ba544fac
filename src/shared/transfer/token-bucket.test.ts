import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

describe('TokenBucket', () => {
  test('lets a burst go, then as much as the rate gives', () => {
    const bucket = new TokenBucket(1000, 500, 0)
    expect(bucket.take(500, 0)).toBe(0)
    expect(bucket.take(100, 0)).toBe(100)
    expect(bucket.take(100, 100)).toBe(100)
  })

  test('saves no more than a burst', () => {
    const bucket = new TokenBucket(1000, 500, 0)
    expect(bucket.take(500, 60_000)).toBe(0)
    expect(bucket.take(1, 60_000)).toBe(1)
  })

  test('lets through what is larger than its burst, and pays it back', () => {
    const bucket = new TokenBucket(1000, 10, 0)
    expect(bucket.take(1010, 0)).toBe(1000)
    expect(bucket.take(10, 1000)).toBe(10)
  })

  test('whoever waits as told never goes over the rate, whatever the sizes and pauses', () => {
    fc.assert(fc.property(
      fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 5000 }), pause: fc.nat(2000) }), { minLength: 1, maxLength: 50 }),
      (sends) => {
        const bucket = new TokenBucket(1000, 300, 0)
        let now = 0
        let sent = 0
        for (const { bytes, pause } of sends) {
          now += pause
          now += bucket.take(bytes, now)
          sent += bytes
          expect(sent).toBeLessThanOrEqual(300 + now + 1e-6)
        }
      },
    ))
  })
})
