import { describe, expect, test } from 'vitest'
import { measure, median } from './measure.ts'

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

describe('measure', () => {
  const { signal } = new AbortController()
  const busy = 'const b = Buffer.alloc(150e6, 1); for (const end = Date.now() + 400; Date.now() < end;); console.log(b.length)'

  test('sees the time, the processor time and the memory of a command', async () => {
    const { seconds, cpu, memory, stdout } = await measure([process.execPath, '--eval', busy], signal)
    expect(stdout).toBe('150000000\n')
    expect(seconds).toBeGreaterThan(0.4)
    expect(cpu).toBeGreaterThan(0.1)
    expect(memory).toBeGreaterThan(150e6)
    expect(memory).toBeLessThan(400e6)
  })

  test('counts the processes of a pipe', async () => {
    const { cpu } = await measure(['bash', '-c', '"$0" --eval "$1" | cat', process.execPath, busy], signal)
    expect(cpu).toBeGreaterThan(0.1)
  })

  test('says what a command that fails said', async () => {
    await expect(measure(['bash', '-c', 'echo no room >&2; exit 3'], signal)).rejects.toThrow(/ended with 3: no room/)
  })

  test('ends all that runs when it is aborted', async () => {
    const stop = new AbortController()
    const measured = measure(['bash', '-c', 'sleep 60 | cat'], stop.signal)
    setTimeout(() => stop.abort(), 200)
    await expect(measured).rejects.toThrow('ended with null')
  })
})
