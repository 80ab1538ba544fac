import { expect, test } from 'vitest'
import { z } from 'zod'
import { Hardware } from './computer.ts'
import { strictList } from './strict-list.ts'

const list = strictList(z.object({ name: z.string().max(5), size: z.number() }), 3)

test('gives what z.array would, for what is right', () => {
  expect(list.parse([{ name: 'a', size: 1, more: true }, { name: 'b', size: 2 }])).toEqual([{ name: 'a', size: 1 }, { name: 'b', size: 2 }])
  expect(list.parse([])).toEqual([])
})

test('refuses what is no list, too long, or wrong inside, and says where', () => {
  expect(list.safeParse({}).success).toBe(false)
  expect(list.safeParse([1, 2, 3, 4]).error?.issues).toMatchObject([{ code: 'too_big' }])
  expect(list.safeParse([{ name: 'a', size: 1 }, { name: 'abcdef' }, {}]).error?.issues).toMatchObject([{ path: [1, 'name'] }])
})

test('a report of hardware that is wrong everywhere is refused at once', () => {
  const disks = Array.from({ length: 64 }, () => ({ partitions: Array.from({ length: 256 }, () => ({})) }))
  const { error } = Hardware.safeParse({ disks })
  expect(error?.issues.length).toBeLessThan(100)
})
