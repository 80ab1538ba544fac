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
  const stalled = (): string | undefined => {
    live.takeChanged()
    return live.view(id).stalled
  }
  clock.advance(STALL_AFTER - 1)
  live.heard(id, sample(1))
  clock.advance(STALL_AFTER - 1)
  live.heard(id, sample(1))
  expect(stalled()).toBeUndefined()
  clock.advance(1)
  expect(stalled()).toBe('silent')
  live.heard(id, sample(1))
  expect(stalled()).toBe('silent')
  live.heard(id, sample(1, 'verify'))
  expect(stalled()).toBeUndefined()
})

test.each([['flush', 0, 0], ['shrink', 0, 1], ['transfer', 10, 10]])('what moves no bytes any more does not stall: %s, %i of %i', (phase, done, total) => {
  const clock = fakeClock()
  const live = createLiveProgress(() => clock.now())
  live.begin(id)
  live.heard(id, { phase, done, total, rate: 0 })
  clock.advance(10 * STALL_AFTER)
  live.takeChanged()
  expect(live.view(id)).not.toHaveProperty('stalled')
})

test('what its agent knows goes before what is seen from here', () => {
  const clock = fakeClock()
  const live = createLiveProgress(() => clock.now())
  live.begin(id)
  live.heard(id, { ...sample(1, 'transfer'), stalled: 'not-available' })
  expect(live.view(id).stalled).toBe('not-available')
  clock.advance(STALL_AFTER)
  live.takeChanged()
  expect(live.view(id).stalled).toBe('not-available')
  live.heard(id, sample(1, 'transfer'))
  expect(live.view(id).stalled).toBe('silent')
  live.heard(id, sample(2, 'transfer'))
  expect(live.view(id).stalled).toBeUndefined()
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
  expect(live.view(id)).toEqual({})
})
