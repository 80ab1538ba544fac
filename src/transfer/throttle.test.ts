import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Throttle } from './throttle.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('holds all who share it to the rate that there is at the moment', async () => {
  vi.useRealTimers()
  let rate: number | undefined
  const throttle = new Throttle(() => rate)
  /** Milliseconds that twenty thousand bytes take, half of them of each of two. */
  const time = async (): Promise<number> => {
    const start = performance.now()
    await Promise.all([throttle.pass(10_000), throttle.pass(10_000)])
    return performance.now() - start
  }
  expect([await time() < 100, throttle.isHolding]).toEqual([true, false])
  rate = 50_000
  expect([await time() > 300, throttle.isHolding]).toEqual([true, true])
  rate = 5_000_000
  expect(await time()).toBeLessThan(200)
  rate = undefined
  expect(await time()).toBeLessThan(100)
})

test('lets go what fits the rate and stops waiting when it is told to', async () => {
  const throttle = new Throttle(1000)
  await throttle.pass(50)
  const stop = new AbortController()
  const waiting = throttle.pass(1000, stop.signal)
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('aborted')
})
