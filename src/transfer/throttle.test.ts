import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Throttle } from './throttle.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('lets go what fits the rate and stops waiting when it is told to', async () => {
  const throttle = new Throttle(1000)
  await throttle.pass(50)
  const stop = new AbortController()
  const waiting = throttle.pass(1000, stop.signal)
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('aborted')
})
