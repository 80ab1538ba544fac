import { expect, test } from 'vitest'
import { OperationId } from '#shared/domain/ids.ts'
import { fakeClock } from '../../../tests/support/console-kit.ts'
import { createLiveProgress, STALL_AFTER } from './live-progress.ts'

const id = OperationId.parse(1)
const sample = (done: number, phase = 'restore') => ({ phase, done, total: 10, rate: 1 })

test('stalls a while after it last got on, and no sooner', () => {
  const clock = fakeClock()
  const live = createLiveProgress(() => clock.now())
  live.begin(id)
  const stalled = (): boolean => {
    live.takeChanged()
    return live.view(id).stalled
  }
  clock.advance(STALL_AFTER - 1)
  live.heard(id, sample(1))
  clock.advance(STALL_AFTER - 1)
  live.heard(id, sample(1))
  expect(stalled()).toBe(false)
  clock.advance(1)
  expect(stalled()).toBe(true)
  live.heard(id, sample(1))
  expect(stalled()).toBe(true)
  live.heard(id, sample(1, 'verify'))
  expect(stalled()).toBe(false)
})

test('has something to tell once for each sample, and once for having stalled', () => {
  const clock = fakeClock()
  const live = createLiveProgress(() => clock.now())
  live.begin(id)
  expect(live.takeChanged()).toEqual([])
  live.heard(id, sample(1))
  live.heard(id, sample(2))
  expect([live.takeChanged(), live.takeChanged()]).toEqual([[id], []])
  clock.advance(STALL_AFTER)
  expect([live.takeChanged(), live.takeChanged()]).toEqual([[id], []])
})

test('of what is over keeps the last sample for its end, and hears no more', () => {
  const live = createLiveProgress(() => 0)
  live.begin(id)
  live.heard(id, sample(7))
  expect(live.end(id)).toEqual(sample(7))
  live.heard(id, sample(8))
  expect(live.view(id)).toEqual({ stalled: false })
})
