import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FairQueue } from './fair-queue.ts'

/** Takes `turns` times; whoever goes asks again for as much. @returns what each was given */
function serve(queue: FairQueue<string>, costs: Record<string, number>, turns: number): Record<string, number> {
  const given = Object.fromEntries(Object.keys(costs).map((client) => [client, 0]))
  for (let turn = 0; turn < turns; turn += 1) {
    const client = queue.take()
    if (client === undefined) break
    given[client]! += costs[client]!
    queue.add(client, costs[client]!, client)
  }
  return given
}

describe('FairQueue', () => {
  test('gives nothing where nobody waits', () => {
    expect(new FairQueue().take()).toBeUndefined()
  })

  test('alternates between clients, not between requests; of one client the first comes first', () => {
    const queue = new FairQueue<string>()
    for (const item of ['a1', 'a2', 'a3']) queue.add('a', 1, item)
    for (const item of ['b1', 'b2']) queue.add('b', 1, item)
    queue.add('c', 1, 'c1')
    expect(Array.from({ length: 7 }, () => queue.take())).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', undefined])
  })

  test('counts what is given, not how often', () => {
    const queue = new FairQueue<string>()
    queue.add('large', 100, 'large')
    queue.add('small', 10, 'small')
    const { large, small } = serve(queue, { large: 100, small: 10 }, 110)
    expect(Math.abs(large! - small!)).toBeLessThanOrEqual(100)
  })

  test('a newcomer neither waits for what others were given before, nor keeps them waiting', () => {
    const queue = new FairQueue<string>()
    queue.add('old', 1, 'old')
    serve(queue, { old: 1 }, 1000)
    queue.add('new', 1, 'new')
    const { old, new: fresh } = serve(queue, { old: 1, new: 1 }, 10)
    expect([old, fresh]).toEqual([5, 5])
  })

  test('a client that asks again only after its turn gets as much as one that always waits', () => {
    const queue = new FairQueue<string>()
    queue.add('eager', 1, 'eager')
    queue.add('eager', 1, 'eager')
    queue.add('late', 1, 'late')
    const given = { eager: 0, late: 0 }
    for (let turn = 0; turn < 100; turn += 1) {
      const client = queue.take() === 'late' ? 'late' : 'eager'
      given[client] += 1
      queue.add(client, 1, client)
    }
    expect(Math.abs(given.eager - given.late)).toBeLessThanOrEqual(1)
  })

  test('what is withdrawn does not come, and is nobody’s turn', () => {
    const queue = new FairQueue<string>()
    queue.add('a', 1, 'a1')
    queue.add('b', 1, 'b1')
    expect([queue.remove('a', 'a1'), queue.remove('a', 'a1'), queue.remove('nobody', 'x')]).toEqual([true, false, false])
    expect([queue.take(), queue.take()]).toEqual(['b1', undefined])
  })

  test('whatever is asked, no two that wait all the time ever differ by more than their largest requests', () => {
    fc.assert(fc.property(
      fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 20 }), fc.integer({ min: 1, max: 500 }),
      (sizes, turns) => {
        const costs = Object.fromEntries(sizes.map((size, at) => [`client ${at}`, size]))
        const queue = new FairQueue<string>()
        for (const [client, cost] of Object.entries(costs)) queue.add(client, cost, client)
        const given = Object.values(serve(queue, costs, turns))
        expect(Math.max(...given) - Math.min(...given)).toBeLessThanOrEqual(2 * Math.max(...sizes))
      },
    ))
  })
})
