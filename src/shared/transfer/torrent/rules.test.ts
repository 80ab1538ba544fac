import { describe, expect, test } from 'vitest'
import { mayFetch, maySend, pipelineDepth, retryDelay, secondsOfSeeding, stallOf, type StallFacts } from './rules.ts'

test.each([
  ['peer', true, true, 60], ['leecher', true, false, 0], ['seeder', false, true, 60],
] as const)('a %s: fetches %j, sends %j, and goes on for %d seconds', (mode, fetches, sends, seconds) => {
  expect([mayFetch(mode), maySend(mode), secondsOfSeeding(mode, 60)]).toEqual([fetches, sends, seconds])
})

test.each([[0, 8], [1_600_000, 33], [12_500_000, 199], [1e12, 256]])('at %d bytes per second %d requests are under way', (rate, depth) => {
  expect(pipelineDepth(rate)).toBe(depth)
})

describe('stall', () => {
  const facts: StallFacts = { complete: false, idle: 10_000, peers: 2, reachable: true }
  test.each<[string | undefined, Partial<StallFacts>]>([
    ['no-data', {}], ['no-peers', { peers: 0, reachable: false }], ['not-available', { reachable: false }],
    [undefined, { idle: 9999 }], [undefined, { complete: true, peers: 0 }],
  ])('is %s for %j', (stall, changes) => {
    expect(stallOf({ ...facts, ...changes })).toBe(stall)
  })
})

test('attempts are made less and less often, and not all at the same time', () => {
  expect([1, 2, 3, 6, 50].map((failures) => retryDelay(failures, () => 1))).toEqual([1000, 2000, 4000, 30_000, 30_000])
  expect(retryDelay(1, () => 0)).toBe(500)
})
