import { expect, test } from 'vitest'
import type { Progress } from '#shared/domain/progress.ts'
import { TransferReport } from './transfer-report.ts'

function reporting(): { report: TransferReport; last: () => Progress | undefined } {
  const told: Progress[] = []
  return { report: new TransferReport((progress) => told.push(progress)), last: () => told.at(-1) }
}

const half: Progress = { phase: 'transfer', done: 50, total: 100, rate: 10, secondsLeft: 5 }

test('what has come is reported with what was last seen of the network', () => {
  const { report, last } = reporting()
  report.seen({ received: 7, peers: 2 }, undefined)
  expect(last()).toBeUndefined()
  report.moved(half)
  expect(last()).toEqual({ ...half, rate: 7, network: { received: 7, peers: 2 } })
})

test('a stall is said with no time left, and over with the next look at the network', () => {
  const { report, last } = reporting()
  report.moved(half)
  expect(last()).toEqual(half)
  report.seen({ received: 0, peers: 0 }, 'no-peers')
  expect(last()).toEqual({ phase: 'transfer', done: 50, total: 100, rate: 0, network: { received: 0, peers: 0 }, stalled: 'no-peers' })
  report.seen({ received: 3, peers: 1 }, undefined)
  expect(last()).toMatchObject({ rate: 3, secondsLeft: 5 })
  expect(last()).not.toHaveProperty('stalled')
})

test('bytes that came twice are not more than all', () => {
  const { report, last } = reporting()
  report.moved({ ...half, done: 104 })
  expect(last()).toMatchObject({ done: 100, total: 100 })
})
