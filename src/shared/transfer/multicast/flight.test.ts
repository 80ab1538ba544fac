import { expect, test } from 'vitest'
import { Flight } from './flight.ts'

test('what was not seen is as old as the first of it, to within 25 ms', () => {
  const flight = new Flight()
  for (let seq = 0; seq < 100; seq += 1) flight.sent(seq, seq * 10)
  expect(flight.age(-1, 1000)).toBe(1000)
  expect(flight.age(49, 1000)).toBeGreaterThanOrEqual(500 - 30)
  expect(flight.age(49, 1000)).toBeLessThanOrEqual(500)
  expect(flight.age(99, 5000)).toBe(0)
})

test('what everybody has seen is forgotten, and the rest is not', () => {
  const flight = new Flight()
  for (let seq = 0; seq < 100; seq += 1) flight.sent(seq, seq * 30)
  flight.forgetUntil(59)
  expect(flight.age(59, 3000)).toBe(3000 - 60 * 30)
  expect(flight.age(0, 3000)).toBe(3000 - 60 * 30)
})
