import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { uncovered } from './discard.ts'

const KB = 1024
const MB = 1024 * KB

describe('what is discarded', () => {
  test('is what no extent covers, in whole blocks, from the head to the end', () => {
    const used = [{ offset: 0, length: 2 * MB }, { offset: 5 * MB + 100, length: 100 }, { offset: 8 * MB, length: MB }]
    expect(uncovered(used, MB, 10 * MB + 1000)).toEqual([
      { offset: 2 * MB, length: 3 * MB }, { offset: 5 * MB + 4 * KB, length: 3 * MB - 4 * KB }, { offset: 9 * MB, length: MB },
    ])
  })

  test('leaves out what is small, the head, and everything when all is in use', () => {
    expect(uncovered([{ offset: 0, length: MB }, { offset: MB + 100 * KB, length: MB }], MB, 3 * MB)).toEqual([
      { offset: 2 * MB + 100 * KB, length: MB - 100 * KB },
    ])
    expect(uncovered([{ offset: 0, length: 4 * KB }], MB, MB)).toEqual([])
    expect(uncovered([{ offset: 0, length: 9 * MB }], MB, 9 * MB)).toEqual([])
  })

  test('is never anything that is in use, and no more ranges than make sense', () => {
    const extent = fc.record({ offset: fc.nat(20 * MB), length: fc.nat(MB) })
    fc.assert(fc.property(fc.array(extent), fc.nat(2 * MB), fc.nat(24 * MB), (used, from, size) => {
      let end = from
      for (const { offset, length } of uncovered(used, from, size)) {
        expect(offset).toBeGreaterThanOrEqual(end)
        end = offset + length
        expect([offset % 4096, length % 4096]).toEqual([0, 0])
        for (const one of used) expect(one.length > 0 && one.offset < end && offset < one.offset + one.length).toBe(false)
      }
      expect(end).toBeLessThanOrEqual(Math.max(size, from))
    }))
    const comb = Array.from({ length: 9000 }, (_, at) => ({ offset: at * 2 * MB, length: MB + (at % 7) * 4 * KB }))
    const ranges = uncovered(comb, 0, 18_000 * MB)
    expect(ranges.length).toBe(4096)
    expect(ranges.every(({ length }) => length >= MB - 24 * KB)).toBe(true)
    expect(ranges.toSorted((a, b) => a.offset - b.offset)).toEqual(ranges)
  })
})
