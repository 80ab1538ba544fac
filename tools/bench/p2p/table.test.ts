import { expect, test } from 'vitest'
import { bound, ratio, roundLines, roundsTable, standing, type Round } from './table.ts'

const round: Round = {
  clients: 2, rate: 100, megabytes: 100, laps: { clonaula: [[8, 10], [9, 9], [10, 12]], aria2: [[10, 20], [12, 16], [9, 30]] },
}

test('a side stands with the medians of its last and of its mean client', () => {
  expect(standing(round, 'clonaula')).toEqual({ last: 10, mean: 9, speed: 10 })
  expect(standing(round, 'aria2')).toEqual({ last: 20, mean: 15, speed: 5 })
  expect([ratio(round), bound(round)]).toEqual([0.5, 8])
})

test('a goal that is missed says so', () => {
  const slow = { ...round, laps: { clonaula: round.laps.aria2, aria2: round.laps.clonaula } }
  expect(roundLines(round).at(-1)).toContain('0.50 (goal 1: reached)')
  expect(roundLines(slow).at(-1)).toContain('2.00 (goal 1: missed)')
  expect(roundsTable([round, slow]).split('\n').slice(2)).toEqual([
    '| 2 | 100 Mbit/s | 100 MB | 8.0 s | 10.0 s | 9.0 s | 10.0 | 20.0 s | 15.0 s | 5.0 | 0.50 (goal 1: reached) |',
    '| 2 | 100 Mbit/s | 100 MB | 8.0 s | 20.0 s | 15.0 s | 5.0 | 10.0 s | 9.0 s | 10.0 | 2.00 (goal 1: missed) |',
  ])
})
