import { describe, expect, test } from 'vitest'
import { disk, GB, image, partition } from '../../testing/rows.ts'
import { imageOptions } from './image-options.ts'

const disks = [disk([partition(1, { filesystem: 'ntfs' }), partition(2)])]
const images = [
  image(1, 'debian', [{}]),
  image(2, 'win', [{ filesystem: 'ntfs' }]),
  image(3, 'dual', [{ filesystem: 'ntfs', minimumSize: 30 * GB }, { filesystem: 'ext4' }], 'disk'),
]
const keys = (options: { key: string }[]): string[] => options.map(({ key }) => key)

describe('images for a destination', () => {
  test('those of the partition’s type apart from the others; disk images by their partitions', () => {
    const { sameType, otherType } = imageOptions(images, disks, { disk: 1, partition: 1 })
    expect(keys(sameType)).toEqual(['2', '3.1'])
    expect(keys(otherType)).toEqual(['1', '3.2'])
  })

  test('a whole disk takes disk images only, and asks for room for all of their partitions', () => {
    const { sameType, otherType } = imageOptions(images, disks, { disk: 1 })
    expect(sameType.map(({ key, minimumSize }) => [key, minimumSize])).toEqual([['3', 36 * GB]])
    expect(otherType).toEqual([])
  })

  test('an image without revisions cannot go anywhere', () => {
    expect(imageOptions([{ ...image(1, 'x', [{}]), revisions: [] }], disks, { disk: 1, partition: 1 })).toEqual({ sameType: [], otherType: [] })
  })
})
