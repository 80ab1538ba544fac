import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fakeConsole, type FakeConsole } from '../testing/fake-console.ts'
import { classroom, computer, consoleInfo as info, operation, site } from '../testing/rows.ts'
import { emptyConsole, useConsole } from './console-store.ts'
import { keepInStep } from './sync.ts'


function consoleWith(rows = [computer(1)]): FakeConsole {
  return fakeConsole({
    'console.info': () => info,
    'sites.list': () => [site],
    'classrooms.list': () => [classroom],
    'groups.list': () => [],
    'computers.list': () => rows,
    'images.list': () => [],
    'trash.list': () => [],
    'pending.list': () => [],
    'operations.list': () => [],
  })
}

beforeEach(() => {
  vi.useFakeTimers()
  useConsole.setState(emptyConsole, true)
})
afterEach(() => vi.useRealTimers())

describe('keeping in step', () => {
  test('what happens while the first answers are on their way is not lost', async () => {
    const console = consoleWith()
    keepInStep(console)
    console.emit('computer.changed', computer(1, { state: 'busy' }))
    await vi.runAllTimersAsync()
    expect(useConsole.getState().loaded).toBe(true)
    expect(useConsole.getState().computers.get(computer(1).id)?.state).toBe('busy')
  })

  test('a burst of events is one change of the data', async () => {
    const console = consoleWith()
    keepInStep(console)
    await vi.runAllTimersAsync()
    const seen = vi.fn<() => void>()
    const off = useConsole.subscribe(seen)
    for (let percent = 0; percent < 50; percent += 1) {
      console.emit('operation.changed', operation(1, { progress: { phase: 'restore', done: percent, total: 100, rate: 1 } }))
    }
    await vi.runAllTimersAsync()
    off()
    expect(seen).toHaveBeenCalledTimes(1)
    expect(useConsole.getState().operations.get(operation(1).id)?.progress?.done).toBe(49)
  })

  test('a changed tree is read again, once for many events', async () => {
    const rows = [computer(1)]
    const console = consoleWith(rows)
    keepInStep(console)
    await vi.runAllTimersAsync()
    console.calls.length = 0
    rows.push(computer(2))
    for (let times = 0; times < 5; times += 1) console.emit('tree.changed', {})
    await vi.runAllTimersAsync()
    expect(console.calls.filter(({ name }) => name === 'computers.list')).toHaveLength(1)
    expect(useConsole.getState().computers.size).toBe(2)
  })

  test('after the end nothing changes any more', async () => {
    const console = consoleWith()
    const stop = keepInStep(console)
    await vi.runAllTimersAsync()
    stop()
    console.emit('computer.changed', computer(1, { state: 'off' }))
    await vi.runAllTimersAsync()
    expect(useConsole.getState().computers.get(computer(1).id)?.state).toBe('waiting')
  })
})
