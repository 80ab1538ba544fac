import { describe, expect, test } from 'vitest'
import type { Disk, Partition } from './disk.ts'
import { resultSentence } from '../i18n/index.ts'
import { disk, partition } from '../../../tests/support/hardware.ts'
import { cacheInTheWay, keptCache } from './kept-cache.ts'

const MIB = 1024 * 1024
const CACHE = { label: 'CACHE', filesystem: 'ext4' } as const

/** A disk of 1000 MiB; places in MiB. */
const withCache = (number: number, start: number, size: number, changes: Partial<Partition> = CACHE, label: Disk['label'] = 'gpt'): Disk =>
  disk(1, {
    label, size: 1000 * MIB,
    partitions: [partition(1, { start: MIB, size: 100 * MIB }), partition(number, { start: start * MIB, size: size * MIB, ...changes })],
  })

const GPT_TAIL = 33 * 512
const needs = (megabytes: number, label: 'gpt' | 'msdos' = 'gpt') =>
  ({ label, sectorSize: 512, minimumSize: megabytes * MIB + (label === 'gpt' ? GPT_TAIL : 0) })

describe('the CACHE stays', () => {
  test('when the image ends where it begins, and not when it needs a byte more', () => {
    const there = withCache(4, 799, 200)
    expect(keptCache(there, needs(799), [1, 2])).toEqual({ partition: there.partitions[1], number: 4 })
    expect(keptCache(there, { ...needs(799), minimumSize: needs(799).minimumSize + 1 }, [1, 2])).toBeUndefined()
  })

  test('with another number where the image has its own', () => {
    expect(keptCache(withCache(4, 799, 200), needs(100), [1, 2, 3, 4])?.number).toBe(5)
    expect(keptCache(withCache(7, 799, 200), needs(100), [1, 2])?.number).toBe(7)
    expect(keptCache(withCache(7, 799, 200), needs(100), [7])?.number).toBe(4)
  })

  test('in an MBR as long as one of the four numbers is free', () => {
    expect(keptCache(withCache(4, 799, 200), needs(100, 'msdos'), [1, 4, 5, 6])?.number).toBe(2)
    expect(keptCache(withCache(128, 799, 200), needs(100, 'msdos'), [1])?.number).toBe(4)
    expect(keptCache(withCache(4, 799, 200), needs(100, 'msdos'), [1, 2, 3, 4])).toBeUndefined()
  })

  test('not where the second GPT has to be', () => {
    const toTheEnd = withCache(4, 800, 200, CACHE, 'msdos')
    expect(keptCache(toTheEnd, needs(100, 'msdos'), [1])?.number).toBe(4)
    expect(keptCache(toTheEnd, needs(100), [1])).toBeUndefined()
  })

  test('and nothing else does', () => {
    expect(keptCache(withCache(4, 799, 200, { label: 'datos', filesystem: 'ext4' }), needs(100), [1])).toBeUndefined()
    expect(keptCache(withCache(4, 799, 200, { label: 'CACHE', filesystem: 'ntfs' }), needs(100), [1])).toBeUndefined()
  })
})

test('what is in the way is said with both sizes, or without them where it is the numbers that do not suffice', () => {
  const there = withCache(4, 500, 400)
  expect(cacheInTheWay(there, needs(600))).toMatchObject({
    result: 'cacheInTheWay', params: { target: '/dev/sda', needed: 600 * MIB, available: 500 * MIB },
  })
  const { params } = cacheInTheWay(there, needs(100, 'msdos'))
  expect(resultSentence('en', 'cacheInTheWay', params)).toBe(
    'The CACHE of /dev/sda is where the image has to go. Make the CACHE smaller, or use a DIRECT method, which removes it.')
})
