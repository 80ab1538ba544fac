import { describe, expect, test } from 'vitest'
import { Choker, type ChokeCandidate } from './choker.ts'

const candidate = (peer: string, rate = 0, sent = 0, interested = true, isMember = false): ChokeCandidate<string> => ({ peer, rate, sent, interested, isMember })

describe('Choker', () => {
  test('sends to all who want something while there are slots', () => {
    const choker = new Choker<string>(3, () => 0)
    expect(choker.round([candidate('a'), candidate('b'), candidate('c', 9, 0, false)], false, 0)).toEqual(new Set(['a', 'b']))
  })

  test('sends to those who send most, and to one more by chance', () => {
    const choker = new Choker<string>(3, () => 0.99)
    const all = [candidate('slow', 1), candidate('fast', 100), candidate('new'), candidate('good', 50), candidate('idle')]
    expect(choker.round(all, false, 0)).toEqual(new Set(['fast', 'good', 'idle']))
  })

  test('as a seed sends to those who have got least', () => {
    const choker = new Choker<string>(2, () => 0)
    expect(choker.round([candidate('a', 0, 500), candidate('b', 0, 10), candidate('c', 0, 700)], true, 0)).toEqual(new Set(['b', 'a']))
  })

  test('sends to members first, however little strangers have got', () => {
    const choker = new Choker<string>(3, () => 0)
    const all = [candidate('stranger'), candidate('other'), candidate('pc1', 0, 900, true, true), candidate('pc2', 0, 500, true, true)]
    expect(choker.round(all, true, 0)).toEqual(new Set(['pc1', 'pc2', 'stranger']))
  })

  test('leaves the slot of chance with somebody for half a minute', () => {
    let chance = 0
    const choker = new Choker<string>(2, () => chance)
    const all = [candidate('best', 9), candidate('b'), candidate('c'), candidate('d')]
    expect(choker.round(all, false, 0)).toEqual(new Set(['best', 'b']))
    chance = 0.99
    expect(choker.round(all, false, 29_000)).toEqual(new Set(['best', 'b']))
    expect(choker.round(all, false, 30_000)).toEqual(new Set(['best', 'd']))
    expect(choker.round(all.filter(({ peer }) => peer !== 'd'), false, 31_000)).toEqual(new Set(['best', 'c']))
  })

  test('everybody gets his turn at a seed', () => {
    const choker = new Choker<number>(3, () => 0.5)
    const sent = Array.from({ length: 35 }, () => 0)
    for (let round = 0; round < 35; round += 1) {
      const unchoked = choker.round(sent.map((sent, peer) => ({ peer, rate: 0, sent, interested: true, isMember: true })), true, round * 10_000)
      for (const peer of unchoked) sent[peer]! += 1
    }
    expect(Math.min(...sent)).toBeGreaterThanOrEqual(2)
  })
})
