import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Progress } from '#shared/domain/progress.ts'
import { Meter } from './meter.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

function metered(total: number): { meter: Meter; reports: Progress[]; after: (milliseconds: number, bytes: number) => Progress | undefined } {
  const reports: Progress[] = []
  const meter = new Meter('capture', total, (progress) => reports.push(progress))
  const after = (milliseconds: number, bytes: number): Progress | undefined => {
    vi.advanceTimersByTime(milliseconds)
    meter.add(bytes)
    return reports.at(-1)
  }
  return { meter, reports, after }
}

test('reports at the start, four times a second, and at the end', () => {
  const { meter, reports, after } = metered(1000)
  expect(reports).toEqual([{ phase: 'capture', done: 0, total: 1000, rate: 0 }])
  after(100, 1)
  expect(reports).toHaveLength(1)
  after(150, 1)
  expect(reports).toHaveLength(2)
  meter.end()
  expect(reports.at(-1)).toMatchObject({ done: 2 })
})

test('says what is left once the rate is worth something', () => {
  const { after } = metered(1000)
  expect(after(1000, 1)).toEqual({ phase: 'capture', done: 1, total: 1000, rate: 1 })
  expect(after(1000, 199)).toEqual({ phase: 'capture', done: 200, total: 1000, rate: 100, secondsLeft: 8 })
})

test('looks at the last seconds only', () => {
  const { after } = metered(10_000)
  for (let second = 0; second < 10; second += 1) after(1000, 10)
  for (let second = 0; second < 6; second += 1) after(1000, 100)
  expect(after(1000, 100)?.rate).toBeCloseTo(100, 0)
})
