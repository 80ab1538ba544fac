import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { prefetch } from './prefetch.ts'

test('gives results in order, and never works on more than it may', async () => {
  let working = 0
  let most = 0
  const results: number[] = []
  const work = async (item: number) => {
    working += 1
    most = Math.max(most, working)
    await sleep(item % 2 === 0 ? 5 : 1)
    working -= 1
    return item * 10
  }
  for await (const result of prefetch([1, 2, 3, 4, 5, 6, 7], 3, work)) results.push(result)
  expect(results).toEqual([10, 20, 30, 40, 50, 60, 70])
  expect(most).toBe(3)
})

test('throws where its turn comes, and starts nothing after that', async () => {
  const started: number[] = []
  const results: number[] = []
  const work = async (item: number) => {
    started.push(item)
    if (item === 2) throw new Error('two')
    return item
  }
  const all = async () => {
    for await (const result of prefetch([1, 2, 3, 4, 5], 2, work)) results.push(result)
  }
  await expect(all()).rejects.toThrow('two')
  expect(results).toEqual([1])
  expect(started).toEqual([1, 2, 3])
})
