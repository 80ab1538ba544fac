import { describe, expect, test } from 'vitest'
import type { Disk, Partition } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { LocalDisk } from '#image/disk/local-disks.ts'
import { disk, partition } from '../../../tests/support/hardware.ts'
import { planCachePartition } from './plan-partition.ts'

const MIB = 1024 * 1024

/** A disk of 1000 MiB; places in MiB. */
function local(label: Disk['label'], partitions: [number: number, start: number, size: number, changes?: Partial<Partition>][]): LocalDisk {
  return {
    disk: disk(1, {
      label, size: 1000 * MIB,
      partitions: partitions.map(([number, start, size, changes]) => partition(number, { start: start * MIB, size: size * MIB, ...changes })),
    }),
    // As sfdisk says for GPT: the second table has the last 33 sectors.
    firstLba: label === 'gpt' ? 2048 : 1, lastLba: 1000 * 2048 - (label === 'gpt' ? 34 : 1), inUse: new Map(), suspended: [],
  }
}

function brief(disk: LocalDisk, size?: number): unknown {
  try {
    const { number, start, size: bytes, type, existing } = planCachePartition(disk, size === undefined ? undefined : size * MIB)
    return [number, start / MIB, bytes / MIB, type.slice(0, 2), existing].filter((field) => field !== undefined)
  } catch (error) {
    return error instanceof ClonaulaError ? error.result : error
  }
}

const CACHE = { label: 'CACHE', filesystem: 'ext4' } as const

describe('planCachePartition', () => {
  test('is number 4 at the end of the disk', () => {
    expect(brief(local('gpt', [[1, 1, 400]]))).toEqual([4, 401, 598, '0F'])
    expect(brief(local('gpt', [[1, 1, 400]]), 100)).toEqual([4, 899, 100, '0F'])
    expect(brief(local('msdos', [[1, 1, 400]]))).toEqual([4, 401, 599, 'ca'])
    expect(brief(local('msdos', [[1, 1, 400]]), 100)).toEqual([4, 900, 100, 'ca'])
  })

  test('takes another number where that one is another partition’s', () => {
    expect(brief(local('gpt', [[1, 1, 100], [2, 101, 100], [3, 201, 100], [4, 301, 100]]), 100)).toEqual([5, 899, 100, '0F'])
    expect(brief(local('msdos', [[1, 1, 100], [4, 101, 100]]), 100)).toEqual([2, 900, 100, 'ca'])
    expect(brief(local('msdos', [[1, 1, 100], [2, 101, 100], [3, 201, 100], [4, 301, 100]]), 100)).toBe('outOfLimit')
  })

  test('takes the free space nearest to the end that is large enough, and nothing else', () => {
    expect(brief(local('gpt', [[1, 1, 100], [2, 401, 500]]), 200)).toEqual([4, 201, 200, '0F'])
    expect(brief(local('gpt', [[1, 1, 100], [2, 401, 500]]), 80)).toEqual([4, 919, 80, '0F'])
    expect(brief(local('gpt', [[1, 1, 100], [2, 401, 500]]), 301)).toBe('noSpace')
    expect(brief(local('gpt', [[1, 1, 998]]))).toBe('noSpace')
  })

  test('does not count what is free inside of an extended partition', () => {
    const extended = local('msdos', [[1, 1, 300], [2, 301, 699, { type: '05', filesystem: 'none' }], [5, 302, 100]])
    expect(brief(extended, 100)).toBe('noSpace')
  })

  test('a CACHE that is there stays as it is, or makes place for one of another size', () => {
    const there = local('gpt', [[1, 1, 400], [4, 699, 300, CACHE]])
    expect(brief(there)).toEqual([4, 699, 300, '83', 'stays'])
    expect(brief(there, 300)).toEqual([4, 699, 300, '83', 'stays'])
    expect(brief(there, 100)).toEqual([4, 899, 100, '0F', 'goes'])
    expect(brief(there, 598)).toEqual([4, 401, 598, '0F', 'goes'])
    expect(brief(there, 599)).toBe('noSpace')
  })

  test('one that was made and never formatted counts as such; what only looks like one does not', () => {
    expect(brief(local('gpt', [[4, 699, 300, { name: 'CACHE', filesystem: 'none' }]]))).toEqual([4, 699, 300, '83', 'stays'])
    expect(brief(local('msdos', [[4, 700, 300, { type: 'ca', filesystem: 'none' }]]))).toEqual([4, 700, 300, 'ca', 'stays'])
    expect(brief(local('gpt', [[4, 1, 998, { name: 'CACHE', filesystem: 'ntfs' }]]), 100)).toBe('noSpace')
    expect(brief(local('gpt', [[4, 1, 998, { label: 'CACHE', filesystem: 'ntfs' }]]), 100)).toBe('noSpace')
  })

  test('a logical CACHE keeps its size', () => {
    const logical = local('msdos', [[1, 1, 300], [2, 301, 699, { type: '05', filesystem: 'none' }], [5, 302, 600, CACHE]])
    expect(brief(logical)).toEqual([5, 302, 600, '83', 'stays'])
    expect(brief(logical, 100)).toBe('outOfLimit')
  })

  test('needs a table, and a sensible size', () => {
    expect(brief(local('none', []))).toBe('partition')
    expect(brief(local('gpt', []), 10)).toBe('outOfLimit')
  })
})
