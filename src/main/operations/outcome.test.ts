import { expect, test } from 'vitest'
import { Outcome } from '#shared/contract/agent.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { endingOf, errorEnding } from './outcome.ts'

test('an error ends an operation with its code, its words and what fills them', () => {
  const { state, outcome } = errorEnding(new ClonaulaError('partitionTooSmall', 'too small', { target: '/dev/sda2', needed: 5 }), 12)
  expect(state).toBe('failed')
  expect(outcome).toMatchObject({ code: RESULT.partitionTooSmall, message: 'too small', params: { target: '/dev/sda2', needed: 5 }, seconds: 12 })
})

test('what is too long is cut where the contract ends, and a number stays one', () => {
  const { outcome } = errorEnding(new ClonaulaError('generic', 'm'.repeat(5000), { problem: 'p'.repeat(5000), port: 123_456 }), 0)
  expect([outcome.message.length, String(outcome.params['problem']).length, outcome.params['port']]).toEqual([2000, 400, 123_456])
  expect(Outcome.safeParse(outcome).success).toBe(true)
})

test.each([['ok', 'succeeded'], ['cancelled', 'cancelled'], ['busy', 'failed']] as const)('%s is %s', (result, state) => {
  const { outcome } = errorEnding(new ClonaulaError(result, ''), 0)
  expect(endingOf(outcome).state).toBe(state)
})
