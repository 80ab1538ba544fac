import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { describeMove, movedPins, parseLock } from './lock.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)

describe('parseLock', () => {
  test('takes what the build writes', () => {
    const text = JSON.stringify({ bookworm: { kmod: { version: '30-1', sha256: A } }, trixie: {} })
    expect(parseLock(text).bookworm.kmod?.version).toBe('30-1')
  })

  test.each([
    ['a hash that is none', { bookworm: { kmod: { version: '1', sha256: 'abc' } }, trixie: {} }],
    ['an empty version', { bookworm: { kmod: { version: '', sha256: A } }, trixie: {} }],
    ['a name that is none, such as an option', { bookworm: { '-o=x': { version: '1', sha256: A } }, trixie: {} }],
    ['another suite', { bookworm: {}, trixie: {}, sid: {} }],
    ['a missing suite', { bookworm: {} }],
  ])('refuses %s', (_, lock) => {
    expect(() => parseLock(JSON.stringify(lock))).toThrow(z.ZodError)
  })
})

test('moved pins: newer, new, gone and changed; equal ones are silent', () => {
  const pinned = { same: { version: '1', sha256: A }, moved: { version: '1', sha256: A }, gone: { version: '1', sha256: A }, odd: { version: '1', sha256: A } }
  const served = { same: { version: '1', sha256: A }, moved: { version: '2', sha256: B }, fresh: { version: '1', sha256: B }, odd: { version: '1', sha256: B } }
  expect(movedPins(pinned, served).map(describeMove)).toEqual([
    'pin new: fresh 1',
    'pin gone: gone 1',
    'pin moved: moved 1 → 2',
    'pin changed: odd 1 has other bytes',
  ])
})
