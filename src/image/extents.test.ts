import { describe, expect, test } from 'vitest'
import { alignExtents, endOf, gapsBetween, mergeExtents, totalLength } from './extents.ts'

const extents = (...pairs: [number, number][]) => pairs.map(([offset, length]) => ({ offset, length }))

describe('extents', () => {
  test('are sorted, joined where they touch or overlap, and never empty', () => {
    expect(mergeExtents(extents([50, 10], [0, 10], [10, 5], [12, 2], [55, 20], [30, 0]))).toEqual(extents([0, 15], [50, 25]))
  })

  test('leave gaps between them, before the first and behind the last', () => {
    expect(gapsBetween(extents([30, 10], [10, 5], [15, 5]), 50)).toEqual(extents([0, 10], [20, 10], [40, 10]))
    expect(gapsBetween(extents([0, 10], [30, 30]), 40)).toEqual(extents([10, 20]))
    expect(gapsBetween(extents([0, 10], [70, 30]), 40)).toEqual(extents([10, 30]))
    expect(gapsBetween([], 40)).toEqual(extents([0, 40]))
  })

  test('are not changed in place', () => {
    const given = extents([0, 10], [10, 10])
    mergeExtents(given)
    expect(given).toEqual(extents([0, 10], [10, 10]))
  })

  test('are widened to whole blocks, and joined again', () => {
    expect(alignExtents(extents([1024, 1024], [5000, 1], [20_480, 4096]), 40_960)).toEqual(extents([0, 8192], [20_480, 4096]))
  })

  test('end with the device, which need not be whole blocks', () => {
    expect(alignExtents(extents([8192, 512]), 8704)).toEqual(extents([8192, 512]))
    expect(alignExtents(extents([8192, 4096]), 8192)).toEqual([])
  })

  test('have a length together, and an end', () => {
    expect(totalLength(extents([0, 15], [50, 25]))).toBe(40)
    expect(endOf(extents([0, 15], [50, 25]))).toBe(75)
    expect(endOf([])).toBe(0)
  })
})
