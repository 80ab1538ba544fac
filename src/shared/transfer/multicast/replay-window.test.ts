import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReplayWindow } from './replay-window.ts'

describe('ReplayWindow', () => {
  test('lets each number through once, in whatever order they come', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 100, max: 400 })), (numbers) => {
      const window = new ReplayWindow()
      window.accept(100)
      const seen = new Set([100])
      for (const number of numbers) {
        expect(window.accept(number)).toBe(!seen.has(number))
        seen.add(number)
      }
      expect(window).toMatchObject({ received: seen.size, highest: Math.max(...seen), lost: Math.max(...seen) - 100 + 1 - seen.size })
    }))
  })

  test('refuses what is older than it remembers, and what came before it began', () => {
    const window = new ReplayWindow()
    expect(window.accept(10)).toBe(true)
    expect(window.accept(9)).toBe(false)
    expect(window.accept(10_000)).toBe(true)
    expect(window.accept(11)).toBe(false)
    expect(window.accept(9_990)).toBe(true)
    expect(window.accept(9_990)).toBe(false)
  })

  test('remembers nothing of numbers that shared a place with those it skipped', () => {
    const window = new ReplayWindow()
    window.accept(0)
    window.accept(4000)
    window.accept(4097)
    expect(window.accept(4096)).toBe(true)
  })
})
