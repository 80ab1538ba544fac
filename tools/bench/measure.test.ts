import { expect, test } from 'vitest'
import { median } from './measure.ts'

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (values, wanted) => {
  expect(median(values)).toBe(wanted)
})

test('nothing has no median', () => {
  expect(() => median([])).toThrow('nothing')
})
