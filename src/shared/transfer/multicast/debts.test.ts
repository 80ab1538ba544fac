import { expect, test } from 'vitest'
import { Debts } from './debts.ts'

test('nobody owes anything who takes a tenth of the time by being slow, and a twentieth by what he loses', () => {
  const debts = new Debts()
  for (let second = 0; second < 10_000; second += 1) {
    debts.add('slow', 100, 1000)
    debts.add('lossy', 50, 1000)
  }
  expect(debts.tooMuch).toBeUndefined()
})

test('what is taken beyond that adds up, in both ways, and is paid back', () => {
  const debts = new Debts()
  debts.add('slow', 10_000, 0)
  debts.add('lossy', 5000, 0)
  expect(debts.tooMuch).toBeUndefined()
  debts.add('lossy', 1, 0)
  expect(debts.tooMuch).toBe('slow')
  debts.add('slow', -20_000, 0)
  expect(debts.tooMuch).toBeUndefined()
  debts.add('lossy', 10_000, 0)
  expect(debts.tooMuch).toBe('lossy')
})
