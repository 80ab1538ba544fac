import { describe, expect, test } from 'vitest'
import { RateWindow } from './rate-window.ts'

describe('RateWindow', () => {
  test('is what came over the last five seconds', () => {
    const rate = new RateWindow(1000)
    for (let now = 1000; now < 11_000; now += 100) rate.add(100, now)
    expect(rate.at(10_999)).toBe(1000)
    expect(rate.at(13_499)).toBe(500)
    expect(rate.at(60_000)).toBe(0)
  })

  test('does not promise too little at the start', () => {
    const rate = new RateWindow(0)
    rate.add(1000, 900)
    expect(rate.at(1000)).toBe(1000)
  })
})
