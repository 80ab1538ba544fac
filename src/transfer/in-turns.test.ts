import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { InTurns } from './in-turns.ts'

function work(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

test('takes what comes at once in order, with turns for others', async () => {
  const taken: number[] = []
  const items = new InTurns<{ item: number }>(({ item }) => {
    taken.push(item)
    work(4)
  })
  for (let item = 0; item < 10; item += 1) items.push({ item })
  const seen: number[] = []
  while (taken.length < 10) {
    seen.push(taken.length)
    await turn()
  }
  expect(seen.length).toBeGreaterThanOrEqual(4)
  expect(taken).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('takes those that come later', async () => {
  const taken: string[] = []
  const items = new InTurns<{ item: string }>(({ item }) => taken.push(item))
  for (const item of ['a', 'b']) {
    items.push({ item })
    await turn()
    await turn()
    expect(taken.at(-1)).toBe(item)
  }
})
