import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { planEviction, type KeptImage } from './plan-eviction.ts'

const name = (number: number): string => number.toString(16).padStart(64, '0')

const anyCache = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 }),
  images: fc.array(fc.array(fc.nat(11), { minLength: 1, maxLength: 5 }), { maxLength: 6 }),
  keep: fc.array(fc.nat(11), { maxLength: 3 }),
  needed: fc.nat(400),
}).map(({ sizes, images, keep, needed }) => ({
  sizes: new Map(sizes.map((size, at) => [name(at), size])),
  images: images.map((packs, at): KeptImage => ({
    manifest: name(100 + at), usedAt: at, packs: [...new Set(packs.map((pack) => name(pack % sizes.length)))],
    unpublished: at % 4 === 3,
  })),
  keep: new Set(keep.map((pack) => name(pack % sizes.length))),
  needed,
}))

/** Counted in another way: packs that are there before and not afterwards. */
function freed(images: readonly KeptImage[], removed: readonly string[], keep: ReadonlySet<string>, sizes: ReadonlyMap<string, number>): number {
  const used = (list: readonly KeptImage[]): Set<string> => new Set([...keep, ...list.flatMap(({ packs }) => packs)])
  const sum = (packs: Set<string>): number => [...packs].reduce((bytes, pack) => bytes + (sizes.get(pack) ?? 0), 0)
  return sum(used(images)) - sum(used(images.filter(({ manifest }) => !removed.includes(manifest))))
}

test('frees what is needed if that can be, by nobody who could have stayed, and counts shared packs right', () => {
  fc.assert(fc.property(anyCache, ({ images, sizes, keep, needed }) => {
    const plan = planEviction(images, needed, { sizes, keep })
    const all = freed(images, images.filter(({ unpublished }) => !unpublished).map(({ manifest }) => manifest), keep, sizes)
    expect(images.filter(({ manifest, unpublished }) => unpublished && plan.images.includes(manifest))).toEqual([])
    expect(plan.freed).toBe(freed(images, plan.images, keep, sizes))
    expect(plan.freed).toBeGreaterThanOrEqual(Math.min(needed, all))
    for (const spared of plan.images) {
      const fewer = plan.images.filter((id) => id !== spared)
      expect(freed(images, fewer, keep, sizes)).toBeLessThan(Math.min(needed, all))
    }
  }), { numRuns: 500 })
})

test('the image used last goes last', () => {
  const images = [3, 1, 2].map((usedAt): KeptImage => ({ manifest: name(usedAt), usedAt, packs: [name(10 + usedAt)], unpublished: false }))
  const sizes = new Map([1, 2, 3].map((usedAt) => [name(10 + usedAt), 10]))
  expect(planEviction(images, 15, { sizes, keep: new Set() }).images).toEqual([name(1), name(2)])
})
