import { describe, expect, test } from 'vitest'
import { RepairQueue } from './repair-queue.ts'
import { clipMissing } from './sender-machine.ts'

const receivers = () => [{ held: 0 }, { held: 0 }, { held: 0 }] as const

describe('RepairQueue', () => {
  test('sends once what several miss', () => {
    const queue = new RepairQueue()
    const [a, b] = receivers()
    queue.report(a, [5, 2], 100)
    queue.report(b, [6, 1], 100)
    expect(queue.next(16)).toEqual({ units: [5, 6], mixed: false })
    queue.sent({ units: [5, 6], mixed: false }, 101)
    expect(queue.isEmpty).toBe(true)
  })

  test('waits for what was sent again after the report, and no longer', () => {
    const queue = new RepairQueue()
    const [a] = receivers()
    queue.sent({ units: [5], mixed: false }, 101)
    queue.report(a, [5, 1], 100)
    expect(queue.isEmpty).toBe(true)
    queue.report(a, [5, 1], 101)
    expect(queue.next(1)).toEqual({ units: [5], mixed: false })
  })

  test('mixes units of which nobody misses two', () => {
    const queue = new RepairQueue()
    const [a, b, c] = receivers()
    queue.report(a, [1, 2], 0)
    queue.report(b, [2, 1, 7, 1], 0)
    queue.report(c, [9, 1], 0)
    expect(queue.next(1)).toEqual({ units: [1, 7, 9], mixed: true })
    queue.sent({ units: [1, 7, 9], mixed: true }, 1)
    expect(queue.next(1)).toEqual({ units: [2], mixed: false })
  })

  test('mixes nothing that somebody concerned has let go of, and nothing twice', () => {
    const queue = new RepairQueue()
    const [a] = receivers()
    queue.report(a, [1, 1], 0)
    queue.report({ held: 6 }, [7, 1], 0)
    expect(queue.next(1)).toEqual({ units: [1], mixed: false })
    const again = new RepairQueue()
    const [d, e] = receivers()
    again.sent({ units: [1, 7], mixed: true }, 1)
    again.report(d, [1, 1], 1)
    again.report(e, [7, 1], 1)
    expect(again.next(1)).toEqual({ units: [1], mixed: false })
  })

  test('forgets a receiver that has gone, and what it does not miss any more', () => {
    const queue = new RepairQueue()
    const [a, b] = receivers()
    queue.report(a, [1, 3], 0)
    queue.report(b, [2, 1], 0)
    queue.report(a, [3, 1], 0)
    expect(queue.next(16)).toEqual({ units: [2, 3], mixed: false })
    queue.remove(b)
    expect(queue.next(16)).toEqual({ units: [3], mixed: false })
    queue.remove(a)
    expect(queue.isEmpty).toBe(true)
  })
})

describe('what a report may ask for', () => {
  test('was sent, is in order, and is no more than a lot', () => {
    expect(clipMissing([1, 2, 5, 100], 10)).toEqual([1, 2, 5, 5])
    expect(clipMissing([5, 2, 1, 9, 6, 2, 8, 0], 10)).toEqual([5, 2])
    expect(clipMissing([20, 5], 10)).toEqual([])
    expect(clipMissing([0, 2 ** 31, 2 ** 31, 5], 2 ** 31)).toEqual([0, 4096])
  })
})
