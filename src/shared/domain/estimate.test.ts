import { describe, expect, test } from 'vitest'
import { estimateRestore, type PastRestore, type PlannedLoad } from './estimate.ts'

const GB = 1e9
const load = (changes: Partial<PlannedLoad> = {}): PlannedLoad => ({
  method: 'UNICAST-DIRECT', bytes: 10 * GB, transfer: 5 * GB, computers: 1, linkSpeed: 1000, limit: undefined, ...changes,
})
/** So many at once, each so many bytes in so many seconds. */
const runs = (count: number, bytes: number, seconds: number, at = 0): PastRestore[] =>
  Array.from({ length: count }, () => ({ startedAt: at, finishedAt: at + seconds * 1000, bytes }))

describe('estimateRestore', () => {
  test.each<[string, Partial<PlannedLoad>, PastRestore[], number | undefined, 'history' | 'network']>([
    ['nothing is known: nothing is said', { linkSpeed: undefined }, [], undefined, 'history'],
    ['a run of nothing tells nothing', { linkSpeed: undefined }, runs(1, 0, 10), undefined, 'history'],
    ['the link alone: at least so long', {}, [], 40, 'network'],
    ['the console’s limit is narrower than the link', { limit: 100 }, [], 400, 'network'],
    ['the console’s limit, of a link that does not say', { limit: 100, linkSpeed: undefined }, [], 400, 'network'],
    ['a limit that is wider than the link changes nothing', { limit: 10_000 }, [], 40, 'network'],
    ['unicast: each has its own copy on the line', { computers: 35 }, [], 1400, 'network'],
    ['unicast into the CACHE too', { computers: 35, method: 'UNICAST-CACHE' }, [], 1400, 'network'],
    ['multicast: one copy for all', { computers: 35, method: 'MULTICAST-DIRECT' }, [], 40, 'network'],
    ['torrent: the computers have each other', { computers: 35, method: 'TORRENT-CACHE' }, [], 40, 'network'],
    ['in the CACHE already, and never tried', { transfer: 0, method: 'UNICAST-CACHE' }, [], undefined, 'history'],
    ['as fast as the last time', {}, runs(1, 20 * GB, 100), 50, 'history'],
    ['history goes before the link, where it was faster too', { linkSpeed: 100 }, runs(1, 20 * GB, 100), 50, 'history'],
    ['the one in the middle, not the odd one', {}, [...runs(1, GB, 10, 0), ...runs(1, GB, 1000, 1e7), ...runs(1, GB, 20, 2e7)], 200, 'history'],
    ['between the two in the middle', {}, [...runs(1, GB, 10, 0), ...runs(1, GB, 5, 1e7)], 67, 'history'],
    ['a class is like a class, not like one computer', { computers: 30 }, [...runs(1, GB, 10, 0), ...runs(35, GB, 100, 1e7)], 1000, 'history'],
    ['one computer is like one, not like a class', {}, [...runs(1, GB, 10, 0), ...runs(35, GB, 100, 1e7)], 100, 'history'],
    ['more by unicast than ever: what the line can carry', { computers: 35 }, runs(1, GB, 10), 1400, 'history'],
    ['more by unicast than ever, on lines that carry more than a computer takes', { computers: 2, linkSpeed: 10_000 }, runs(1, GB, 10), 100, 'history'],
    ['more by unicast than ever, on a line that nobody knows', { computers: 35, linkSpeed: undefined }, runs(5, GB, 10), 700, 'history'],
    ['more by multicast than ever makes no difference', { computers: 35, method: 'MULTICAST-CACHE' }, runs(1, GB, 10), 100, 'history'],
    ['more from their own CACHEs than ever makes no difference', { computers: 35, transfer: 0 }, runs(1, GB, 10), 100, 'history'],
    ['never nothing', { bytes: 1000 }, runs(1, GB, 10), 1, 'history'],
  ])('%s', (_, changes, past, seconds, basis) => {
    expect(estimateRestore(load(changes), past)).toEqual(seconds === undefined ? undefined : { seconds, basis })
  })
})
