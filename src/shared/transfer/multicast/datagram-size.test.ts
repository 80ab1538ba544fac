import { describe, expect, test } from 'vitest'
import { DatagramSize } from './datagram-size.ts'

/** The sizes that it takes, sample by sample, two a second, where a datagram of so many units loses what `lossOf` says. */
function sizes(seconds: number, lossOf: (units: number, now: number) => number): number[] {
  const size = new DatagramSize()
  return Array.from({ length: seconds * 2 }, (_, index) => {
    size.sample(lossOf(size.units, index * 500), index * 500)
    return size.units
  })
}

/** Where each fragment is lost by itself. */
const always = (share: number) => (units: number): number => 1 - (1 - share) ** units

describe('DatagramSize', () => {
  test.each([[0, 44], [0.00003, 44], [0.0002, 16], [0.0008, 4], [0.01, 1], [0.2, 1]])('a network that loses %d of its frames gets %d units in a datagram', (share, units) => {
    expect(new Set(sizes(20, always(share)))).toEqual(new Set([units]))
  })

  test('begins with one', () => {
    expect(new DatagramSize().units).toBe(1)
  })

  test('tries a size that lost everything again after half a minute, and each time later', () => {
    // A receiver's system that is full of incomplete datagrams takes no fragments, and all that have none.
    const tried = sizes(600, (units) => (units > 1 ? 1 : 0)).flatMap((units, index) => (units === 44 ? [index / 2] : []))
    expect(tried).toEqual([0, 0.5, 31, 31.5, 92, 92.5, 213, 213.5, 454, 454.5])
  })

  test('does not judge a size by what the one before it lost', () => {
    const size = new DatagramSize()
    expect([size.sample(0, 0), size.units]).toEqual([true, 44])
    expect([size.sample(0.5, 500), size.units]).toEqual([false, 44])
    expect([size.sample(0.5, 1000), size.units]).toEqual([true, 1])
  })

  test('stays below what was lost while that is refused', () => {
    expect(sizes(30, (units) => (units >= 16 ? 0.4 : 0)).slice(6)).toEqual(Array.from({ length: 54 }, () => 4))
  })
})
