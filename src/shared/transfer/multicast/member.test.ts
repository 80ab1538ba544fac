import { expect, test } from 'vitest'
import { Debts } from './debts.ts'
import { LOOK_EVERY, Member } from './member.ts'

/** A receiver that lost so many of each hundred datagrams, look by look. */
function memberWith(lost: readonly number[]): Member {
  const member = new Member('a', false, 0, new Debts())
  const sums = { received: 0, lost: 0 }
  for (const [index, each] of lost.entries()) {
    sums.received += 100 - each
    sums.lost += each
    member.take({ type: 'report', seq: 0, have: 0, held: 0, limit: 1000, missing: [], busy: 0, ...sums })
    member.look(index * LOOK_EVERY, { sent: 0, isBehind: false })
  }
  return member
}

test('what is lost in a moment is no loss that a receiver always has', () => {
  const busy = memberWith([0, 0, 0, 80, 0])
  expect(busy.loss).toBeGreaterThan(0.1)
  expect(busy.steadyLoss).toBe(0)
  expect(memberWith([2, 0, 1, 1, 80, 1]).steadyLoss).toBe(0.01)
})

test('few datagrams are looked at together until they say something', () => {
  const member = new Member('a', false, 0, new Debts())
  for (let index = 1; index <= 8; index += 1) {
    member.take({ type: 'report', seq: 0, have: 0, held: 0, limit: 1000, missing: [], busy: 0, received: index * 4, lost: index })
    member.look(index * LOOK_EVERY, { sent: 0, isBehind: false })
  }
  expect(member.steadyLoss).toBe(0.2)
})
