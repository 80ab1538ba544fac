import { describe, expect, test } from 'vitest'
import type { RestorePlanRow } from '#shared/contract/views.ts'
import { ClassroomId } from '#shared/domain/ids.ts'
import { partitionGroups } from '#shared/domain/partition-groups.ts'
import { classroom, computer, disk, GB, hardware, image, partition } from '../../testing/rows.ts'
import { imageOptions } from './image-options.ts'
import { acceptedRequests, restoreRequests, wholeClassrooms, type RunOptions } from './requests.ts'

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

  test('only computers that can are asked for', () => {
    const row = (id: number, ok: boolean): RestorePlanRow => ({ computerId: computer(id).id, computerName: '', ok, bytes: 0, erases: [] })
    const request = { computers: [computer(1).id, computer(2).id], target: { disk: 1 }, image: images[0]!.id, method: 'UNICAST-DIRECT' as const }
    expect(acceptedRequests([
      { request, rows: [row(1, true), row(2, false)] },
      { request, rows: [row(3, false)] },
    ])).toEqual([{ ...request, computers: [1] }])
  })
})

describe('a whole room', () => {
  const other = { ...classroom, id: ClassroomId.parse(2), name: 'Aula 2' }
  const rows = [computer(1), computer(2), computer(3, { classroomId: other.id })]

  test('is one of which nothing would be left', () => {
    const all = new Set(rows.map(({ id }) => id))
    expect(wholeClassrooms([classroom, other], rows, all)).toEqual([classroom])
    expect(wholeClassrooms([classroom, other], rows, new Set([rows[0]!.id]))).toEqual([])
  })
})
