import { expect, test } from 'vitest'
import { CleanupStack } from './cleanup.ts'

test('undoes in reverse order, once', async () => {
  const order: string[] = []
  const cleanup = new CleanupStack()
  cleanup.push('first', () => order.push('first'))
  cleanup.push('second', async () => {
    await Promise.resolve()
    order.push('second')
  })
  expect(await cleanup.unwind()).toEqual([])
  expect(await cleanup.unwind()).toEqual([])
  expect(order).toEqual(['second', 'first'])
})

test('a step that fails is named and does not stop the others', async () => {
  let undone = false
  const cleanup = new CleanupStack()
  cleanup.push('namespace a', () => {
    undone = true
  })
  cleanup.push('loop device b', () => Promise.reject(new Error('busy')))
  expect(await cleanup.unwind()).toEqual(['loop device b is left behind: busy'])
  expect(undone).toBe(true)
})

test('what is pushed while it unwinds is undone too', async () => {
  const order: string[] = []
  const cleanup = new CleanupStack()
  cleanup.push('late', () => cleanup.push('later', () => order.push('later')))
  await cleanup.unwind()
  expect(order).toEqual(['later'])
})
