import { expect, test } from 'vitest'
import { percent } from './progress.ts'

test.each([
  [0, 0, 0],
  [5, 0, 0],
  [0, 10, 0],
  [1, 3, 33],
  [999, 1000, 99],
  [10, 10, 100],
  [11, 10, 100],
])('%d of %d is %d %%', (done, total, expected) => expect(percent({ done, total })).toBe(expected))
