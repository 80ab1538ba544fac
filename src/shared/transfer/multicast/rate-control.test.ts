import { describe, expect, test } from 'vitest'
import { Pacer, wireBytes } from './pacer.ts'
import { RateControl } from './rate-control.ts'

/** What a network with room for `capacity` loses, besides a share that it always loses. */
const lossAt = (rate: number, capacity: number, always: number): number => 1 - (1 - always) * Math.min(1, capacity / rate)

function after(samples: number, capacity: number, always: number): number[] {
  const control = new RateControl(10e6)
  const rates: number[] = []
  for (let index = 0; index < samples; index += 1) {
    control.sample({ sent: control.rate, loss: lossAt(control.rate, capacity, always), now: index * 500 })
    rates.push(control.rate)
  }
  return rates
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

describe('RateControl', () => {
  test('goes as fast again as before when the one is gone because of whom alone it went more slowly', () => {
    const control = new RateControl(10e6)
    const sample = (at: number, by: string): void => {
      control.sample({ sent: control.rate, loss: lossAt(control.rate, 3e6, 0), by, now: at * 500 })
    }
    for (let at = 0; at < 30; at += 1) sample(at, 'one')
    expect(control.brake).toEqual({ by: 'one', share: 1 - control.rate / 10e6 })
    expect(control.rate).toBeLessThan(3.3e6)
    control.release('other')
    expect(control.rate).toBeLessThan(3.3e6)
    control.release('one')
    expect([control.rate, control.brake]).toEqual([10e6, undefined])
  })

  test('holds each receiver to the cuts that its own losses made', () => {
    const control = new RateControl(10e6)
    const lose = (capacity: number, by: string): void => {
      for (let at = 0; at < 3; at += 1) control.sample({ sent: control.rate, loss: lossAt(control.rate, capacity, 0), by, now: 0 })
    }
    lose(2e6, 'one')
    const before = control.rate
    lose(before * 0.9, 'other')
    expect(control.brake?.by).toBe('other')
    expect(control.brake?.share).toBeLessThan(0.3)
    control.release('other')
    expect(control.rate).toBeCloseTo(before)
  })

  test('goes as fast as it may while nothing is lost', () => {
    expect(new Set(after(20, 20e6, 0.005))).toEqual(new Set([10e6]))
  })

  test.each([8e6, 3e6, 1e6])('finds the %d bytes per second that a network carries', (capacity) => {
    const rates = after(100, capacity, 0).slice(10)
    expect(Math.max(...rates)).toBeLessThan(capacity * 1.06)
    expect(mean(rates)).toBeGreaterThan(capacity * 0.85)
  })

  test.each([0.02, 0.05, 0.2])('does not slow down for a loss of %d that has nothing to do with the rate', (always) => {
    expect(mean(after(100, 20e6, always))).toBeGreaterThan(9.5e6)
  })

  test('is as fast as before while a loss of one moment goes out of the average, and not when it stays', () => {
    const control = new RateControl(100e6)
    const rateAfter = (...losses: number[]): number => {
      for (const loss of losses) control.sample({ sent: 60e6, loss, now: 0 })
      return control.rate
    }
    expect(rateAfter(0.01, 0.13, 0.07, 0.04, 0.026, 0.02, 0.01, 0.05, 0.03, 0.01)).toBe(100e6)
    expect(rateAfter(0.04, 0.045)).toBeLessThan(60e6)
  })

  test('comes back within seconds from a moment in which nothing could be sent, and whose end lost much', () => {
    const control = new RateControl(100e6)
    for (const [sent, loss] of [[80e6, 0], [80e6, 0], [4e6, 0.3], [3e6, 0.1], [3e6, 0]] as const) control.sample({ sent, loss, now: 0 })
    const rates = Array.from({ length: 12 }, () => {
      control.sample({ sent: control.rate, loss: 0, now: 0 })
      return control.rate
    })
    expect(rates[0]).toBeLessThan(30e6)
    expect(rates.at(-1)).toBeGreaterThan(75e6)
  })

  test('finds out soon that there is more room than there was', () => {
    const control = new RateControl(100e6)
    for (const loss of [0.5, 0.1, 0]) control.sample({ sent: 2e6, loss, now: 0 })
    expect(control.rate).toBeLessThan(1.5e6)
    for (let index = 0; index < 20; index += 1) control.sample({ sent: control.rate, loss: 0, now: 0 })
    expect(control.rate).toBeGreaterThan(80e6)
  })

  test('finds the rate also on a line that loses some of everything', () => {
    const rates = after(100, 5e6, 0.05).slice(20)
    expect(Math.max(...rates)).toBeLessThan(5e6 * 1.2)
    expect(mean(rates)).toBeGreaterThan(5e6 * 0.8)
  })
})

describe('Pacer', () => {
  test('lets as much go as the rate gives, also after late timers', () => {
    const pacer = new Pacer(1_000_000, 0)
    let sent = 0
    for (let now = 0; now < 1000; now += 3) {
      while (pacer.wait(now) === 0) {
        pacer.spend(1500)
        sent += 1500
      }
    }
    expect(sent).toBeGreaterThan(990_000)
    expect(sent).toBeLessThan(1_006_000)
  })

  test('saves nothing for long', () => {
    const pacer = new Pacer(1_000_000, 0)
    let sent = 0
    for (; pacer.wait(60_000) === 0; sent += 1500) pacer.spend(1500)
    expect(sent).toBeLessThan(25_000)
  })

  test('counts the frames of a datagram as they are on Ethernet', () => {
    expect(wireBytes(1424)).toBe(14 + 20 + 8 + 16 + 1424 + 16)
    expect(wireBytes(4 * 1424)).toBe(4 * (14 + 20) + 8 + 16 + 4 * 1424 + 16)
    expect(wireBytes(16 * 1424)).toBe(16 * (14 + 20) + 8 + 16 + 16 * 1424 + 16)
  })
})
