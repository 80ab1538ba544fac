import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { TransferLimits } from '#shared/domain/transfer-limits.ts'
import { createSendTurns, sendThrottle } from './send-turns.ts'

const never = new AbortController().signal
const limits = (changes: Partial<TransferLimits> = {}): TransferLimits => ({ ...TransferLimits.parse({}), ...changes })

describe('createSendTurns', () => {
  test('lets so many go at a time, and the next one when one is done', async () => {
    const turns = createSendTurns(() => limits({ unicastClients: 2 }))
    const gone: string[] = []
    const ends = ['a', 'b', 'c'].map(async (client) => {
      const end = await turns.take(client, 1, never)
      gone.push(client)
      return end
    })
    await setImmediate()
    expect(gone).toEqual(['a', 'b'])
    const end = await ends[0]!
    end()
    end()
    await setImmediate()
    expect(gone).toEqual(['a', 'b', 'c'])
  })

  test('a turn that is no longer wanted is nobody’s, waiting or begun', async () => {
    const turns = createSendTurns(() => limits({ unicastClients: 1, unicastSpeed: 80 }))
    const stop = new AbortController()
    const end = await turns.take('a', 500_000, never)
    // It has its turn, and waits for the speed.
    const begun = turns.take('b', 1_000_000, stop.signal)
    const waiting = turns.take('c', 1, stop.signal)
    end()
    await setImmediate()
    stop.abort()
    await expect(begun).rejects.toThrow('aborted')
    await expect(waiting).rejects.toThrow('aborted')
    await expect(turns.take('d', 1, AbortSignal.abort())).rejects.toThrow('aborted')
    await turns.take('e', 1, never)
  })

  test('holds all together to a speed, and to another one as soon as that is set', async () => {
    const set = limits({ unicastSpeed: 80 })
    const turns = createSendTurns(() => set)
    const client = async (name: string, slices: number): Promise<void> => {
      for (let slice = 0; slice < slices; slice += 1) (await turns.take(name, 100_000, never))()
    }
    /** Milliseconds that four megabytes take. */
    const time = async (): Promise<number> => {
      const start = performance.now()
      await Promise.all([client('a', 10), client('b', 30)])
      return performance.now() - start
    }
    const slow = await time()
    expect(slow).toBeGreaterThan(300)
    set.unicastSpeed = 800
    expect(await time()).toBeLessThan(slow / 2)
    delete set.unicastSpeed
    expect(await time()).toBeLessThan(slow / 2)
  })

  test('what goes by other ways counts too', async () => {
    const shared = sendThrottle(() => limits({ unicastSpeed: 80 }))
    const turns = createSendTurns(() => limits({ unicastSpeed: 80 }), shared)
    const start = performance.now()
    await Promise.all([shared.pass(2_000_000), turns.take('a', 2_000_000, never)])
    expect(performance.now() - start).toBeGreaterThan(300)
  })

  test('slices are small where the speed is, so that a turn comes soon, and never empty', () => {
    const slice = (unicastSpeed?: number): number => createSendTurns(() => limits(unicastSpeed === undefined ? {} : { unicastSpeed })).slice
    expect([slice(), slice(100_000), slice(8), slice(1)]).toEqual([262_144, 262_144, 10_000, 1250])
  })
})
