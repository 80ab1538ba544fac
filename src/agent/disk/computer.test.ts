import { expect, test } from 'vitest'
import { parseCpuinfo, parseMeminfo } from './computer.ts'

test('threads of one core count once', () => {
  const thread = (core: number) => `model name\t: Intel(R) Core(TM) i5\nphysical id\t: 0\ncore id\t\t: ${core}\n`
  expect(parseCpuinfo([0, 0, 1, 1].map(thread).join('\n'))).toEqual({ processor: 'Intel(R) Core(TM) i5', cores: 2 })
  expect(parseCpuinfo('processor\t: 0\n\nprocessor\t: 1\n').cores).toBe(2)
  expect(parseMeminfo('MemTotal:        8000 kB\n')).toBe(8_192_000)
})
