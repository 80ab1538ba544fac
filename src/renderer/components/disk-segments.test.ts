import { describe, expect, test } from 'vitest'
import type { Partition } from '#shared/domain/disk.ts'
import { diskSegments } from './disk-segments.ts'

const MIB = 2 ** 20

function partition(number: number, start: number, size: number): Partition {
  return {
    number, start: start * MIB, size: size * MIB, type: '83', uuid: '', name: '', attributes: '', bootable: false, filesystem: 'ext4',
    label: '', filesystemUuid: '',
  }
}

const drawn = (size: number, partitions: Partition[]): [number | 'free', number, number][] =>
  diskSegments({ size: size * MIB, partitions }).map(({ partition, start, size }) => [partition?.number ?? 'free', start / MIB, size / MIB])

describe('segments of a disk', () => {
  test('partitions in the order they lie, whatever their numbers', () => {
    expect(drawn(300, [partition(1, 101, 199), partition(2, 1, 100)])).toEqual([[2, 1, 100], [1, 101, 199]])
  })

  test('space between and after them is free; alignment is not', () => {
    expect(drawn(500, [partition(1, 1, 100), partition(2, 201, 100)])).toEqual([
      [1, 1, 100], ['free', 101, 100], [2, 201, 100], ['free', 301, 199],
    ])
  })

  test('an extended partition is drawn as its logical ones', () => {
    expect(drawn(400, [partition(1, 1, 100), partition(2, 101, 299), partition(5, 102, 298)])).toEqual([[1, 1, 100], [5, 102, 298]])
  })

  test('an empty disk is all free', () => {
    expect(drawn(64, [])).toEqual([['free', 0, 64]])
  })
})
