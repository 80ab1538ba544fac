import { describe, expect, test } from 'vitest'
import { FullCacheRule } from '#shared/domain/automatic-change.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { planUpdate, type UpdateFacts } from './plan-update.ts'

const pack = (name: string): string => name.repeat(64)
const image = (bytes: number, missing: number) => ({ manifest: pack('e'), bytes, missing, packs: [pack('a')] })

const sizes = new Map([[pack('a'), 10], [pack('b'), 20], [pack('c'), 30]])
const others = [
  { manifest: pack('2'), usedAt: 2, packs: [pack('a'), pack('c')], unpublished: false },
  { manifest: pack('1'), usedAt: 1, packs: [pack('a'), pack('b')], unpublished: false },
]

const cache = (free: number, leftovers = 0) => ({ size: 100, free, leftovers })

/** A row is a state; its columns are what NONE, FORMAT and DELETE do about it: a code, `·` no transfer, or what makes room. */
const TABLE: [state: string, facts: Pick<UpdateFacts, 'cache' | 'image'>, expected: [none: string, format: string, remove: string]][] = [
  ['all of it is there', { cache: cache(0), image: image(50, 0) }, ['·', '·', '·']],
  ['all of it is there, larger than the cache was meant to hold', { cache: cache(0), image: image(101, 0) }, ['·', '·', '·']],
  ['larger than the whole cache', { cache: cache(100), image: image(101, 101) }, ['16', '16', '16']],
  ['larger than the whole cache, little of it missing', { cache: cache(100), image: image(101, 1) }, ['16', '16', '16']],
  ['as large as the cache, which is empty', { cache: cache(100), image: image(100, 100) }, ['nothing', 'nothing', 'nothing']],
  ['room for all of it', { cache: cache(50), image: image(50, 50) }, ['nothing', 'nothing', 'nothing']],
  ['room for what is missing', { cache: cache(5), image: image(50, 5) }, ['nothing', 'nothing', 'nothing']],
  ['room without the leftovers of others', { cache: cache(10, 40), image: image(50, 50) }, ['leftovers', 'leftovers', 'leftovers']],
  ['the oldest image in the way', { cache: cache(10), image: image(30, 30) }, ['16', 'format', 'remove 1']],
  ['the oldest image in the way, and leftovers', { cache: cache(5, 5), image: image(30, 30) }, ['16', 'format', 'remove 1']],
  ['one image in the way that is not the oldest', { cache: cache(10), image: image(40, 40) }, ['16', 'format', 'remove 2']],
  ['all images in the way', { cache: cache(10), image: image(60, 60) }, ['16', 'format', 'remove 12']],
  // Of 100 bytes, 10 are free and 50 are packs that go: the rest is somebody else's, or shared with the wanted image.
  ['more in the way than images', { cache: cache(10), image: image(61, 61) }, ['16', 'format', '16']],
]

function decide(facts: UpdateFacts): string {
  try {
    const plan = planUpdate(facts)
    if (!plan.transfer) return '·'
    return plan.makeRoom.by === 'remove' ? `remove ${plan.makeRoom.images.map((id) => id[0]).join('')}` : plan.makeRoom.by
  } catch (error) {
    if (!(error instanceof ClonaulaError)) throw error
    return String(RESULT[error.result])
  }
}

describe('planUpdate', () => {
  test.each(TABLE)('%s', (_, facts, expected) => {
    expect(FullCacheRule.options.map((whenFull) => decide({ ...facts, others, sizes, whenFull }))).toEqual(expected)
  })

  test('an image that is in no repository yet is neither removed nor formatted away', () => {
    const [two, one] = [{ ...others[0]!, unpublished: true }, others[1]!]
    const decided = (missing: number): string[] => FullCacheRule.options.map((whenFull) =>
      decide({ cache: cache(10), image: image(missing, missing), others: [two, one], sizes, whenFull }))
    expect(decided(30)).toEqual(['16', 'remove 1', 'remove 1'])
    expect(decided(31)).toEqual(['16', '16', '16'])
  })

  test('says how much is needed and how much there is', () => {
    const facts = { cache: cache(10, 2), image: image(50, 40), others, sizes, whenFull: 'NONE' } as const
    expect(() => planUpdate(facts)).toThrow(expect.objectContaining({ params: { needed: 40, available: 12 } }))
  })
})
