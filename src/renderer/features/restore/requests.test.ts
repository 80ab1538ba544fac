import { describe, expect, test } from 'vitest'
import { partitionGroups } from '#shared/domain/partition-groups.ts'
import { imageOptions } from '../../components/imaging/image-options.ts'
import { computer, disk, GB, hardware, image, partition } from '../../testing/rows.ts'
import { restoreRequests, type RunOptions } from './requests.ts'

const images = [
  image(1, 'debian', [{}]),
  image(2, 'win', [{ filesystem: 'ntfs' }]),
  image(3, 'dual', [{ filesystem: 'ntfs', minimumSize: 30 * GB }, { filesystem: 'ext4' }], 'disk'),
]
const options: RunOptions = { method: 'UNICAST-DIRECT', delta: true, verify: false, discard: false, postconfigure: true, restart: false }

describe('requests', () => {
  const rows = [computer(1), computer(2), computer(3, { hardware: hardware([disk([partition(1)])]) })]
  const groups = partitionGroups(rows)
  const [option] = imageOptions(images, groups[0]?.disks ?? [], { disk: 1, partition: 2 }).sameType

  test('one for each decided group, without the computers left out', () => {
    const decisions = new Map([[groups[0]?.key ?? '', { target: { disk: 1, partition: 2 }, ...(option && { image: option }) }]])
    expect(restoreRequests(groups, decisions, new Set([rows[0]!.id]), options)).toEqual([
      { computers: [2], target: { disk: 1, partition: 2 }, image: 1, ...options },
    ])
  })

  test('the partition of a disk image is named', () => {
    const volume = imageOptions(images, groups[0]?.disks ?? [], { disk: 1, partition: 2 }).sameType.find(({ key }) => key === '3.2')
    const decisions = new Map([[groups[0]?.key ?? '', { target: { disk: 1, partition: 2 }, ...(volume && { image: volume }), revision: 1 }]])
    expect(restoreRequests(groups, decisions, new Set(), options)).toMatchObject([{ image: 3, volume: 2, revision: 1 }])
  })

  test('nothing is asked for a group with everyone left out, or without an image', () => {
    const decisions = new Map([[groups[0]?.key ?? '', { target: { disk: 1, partition: 2 } }]])
    expect(restoreRequests(groups, decisions, new Set(), options)).toEqual([])
    expect(restoreRequests(groups, new Map(), new Set(), options)).toEqual([])
  })
})
