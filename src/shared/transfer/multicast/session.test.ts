import { beforeAll, describe, expect, test } from 'vitest'
import type { MulticastReport } from '../../contract/multicast.ts'
import { SimulatedSession, SPEED, type Client, type SessionResult } from './testing/simulated-session.ts'

/** A tenth of one: a class of 100 Mbit/s at a tenth of its size. */
const MB = 100_000
/** More than any of these streams has. */
const UNITS = 100_000
/** What the stream alone takes, in milliseconds. */
const alone = (bytes: number): number => bytes * 1000 / SPEED
const took = ({ startedAt, endedAt }: SessionResult): number => endedAt - startedAt
const class_ = (count: number, client: Client = {}): Client[] => Array.from({ length: count }, () => client)
const all = (result: SessionResult) => ({
  right: result.clients.every(({ wrong, gone, doneAt }) => wrong === 0 && gone === 0 && doneAt !== undefined),
  dropped: result.clients.map(({ dropped }) => dropped).filter(Boolean),
})
const RIGHT = { right: true, dropped: [] }

describe('a multicast session', () => {
  test('brings every byte to everybody, at the speed of the line', () => {
    const result = new SimulatedSession(20 * MB, class_(8)).run()
    expect(all(result)).toEqual(RIGHT)
    expect(took(result)).toBeLessThan(alone(20 * MB) / 0.95 + 200)
    expect(result.figures.repaired).toBe(0)
  })

  test.each([
    [0.01, 1.2], [0.05, 1.4], [0.2, 2.2],
  ])('repairs a loss of %d, in at most %d times the time', (loss, times) => {
    const result = new SimulatedSession(10 * MB, class_(8, { loss })).run()
    expect(all(result)).toEqual(RIGHT)
    expect(took(result)).toBeLessThan(alone(10 * MB) * times + 300)
  })

  test('mixes what different receivers lost into fewer datagrams', () => {
    const { figures } = new SimulatedSession(10 * MB, class_(8, { loss: 0.05 })).run()
    expect(figures.mixed).toBeGreaterThan(50)
    expect(figures.datagrams - figures.units).toBeLessThan(figures.repaired * 0.7)
  })

  test('asks for nothing again that was only late or doubled', () => {
    const result = new SimulatedSession(5 * MB, class_(3, { jitter: 20, doubled: 0.1 })).run()
    expect(all(result)).toEqual(RIGHT)
    expect(result.figures.repaired).toBe(0)
    expect(result.clients[0]!.counts.repeated).toBeGreaterThan(20)
  })

  test('ends also when the last datagrams are lost', () => {
    for (let size = 1; size < 40; size += 1) {
      expect(all(new SimulatedSession(size * 700, class_(2, { loss: 0.5 })).run())).toEqual(RIGHT)
    }
  })

  test('goes at the pace of the slowest healthy receiver, without a loss', () => {
    const result = new SimulatedSession(10 * MB, [...class_(3), { disk: 6 * MB }]).run()
    expect(all(result)).toEqual(RIGHT)
    expect(result.figures.repaired).toBe(0)
  })

  test('goes at the pace of all when all are slower than the network', () => {
    const result = new SimulatedSession(20 * MB, [...class_(4, { disk: 3 * MB }), { disk: 2.5 * MB }]).run()
    expect(all(result)).toEqual(RIGHT)
  })

  test('drops a receiver whose disk is ten times slower, and goes on without it', () => {
    const result = new SimulatedSession(60 * MB, [...class_(3, { disk: 20 * MB }), { disk: 1 * MB }]).run()
    expect(result.clients.map(({ dropped }) => dropped)).toEqual([undefined, undefined, undefined, 'slow'])
    expect(result.clients.slice(0, 3).every(({ doneAt, wrong }) => doneAt !== undefined && wrong === 0)).toBe(true)
    expect(took(result)).toBeLessThan(alone(60 * MB) + 6000)
  })

  test('drops a receiver whose line is ten times slower, and goes on without it', () => {
    const result = new SimulatedSession(60 * MB, [...class_(3), { line: 1.25 * MB }]).run()
    expect(result.clients.map(({ dropped }) => dropped)).toEqual([undefined, undefined, undefined, 'lossy'])
    expect(took(result)).toBeLessThan(alone(60 * MB) * 2)
  })

  test('goes at the pace of those whose processors read slowly: their buffers would hide for seconds what is lost behind them', () => {
    const result = new SimulatedSession(10 * MB, class_(2, { line: 1 * MB, queue: 9000 })).run()
    expect(all(result)).toEqual(RIGHT)
    expect(result.figures.repaired).toBe(0)
    expect(took(result)).toBeLessThan(10_000 * 1.2)
    const mixed = new SimulatedSession(20 * MB, [...class_(3), { line: 6 * MB, queue: 9000 }]).run()
    expect(all(mixed)).toEqual(RIGHT)
    expect(mixed.figures.repaired).toBe(0)
  })

  test('drops one of them that reads ten times slower, and goes on without it', () => {
    const result = new SimulatedSession(60 * MB, [...class_(3), { line: 1 * MB, queue: 9000 }]).run()
    expect(result.clients.map(({ dropped }) => dropped)).toEqual([undefined, undefined, undefined, 'slow'])
    expect(took(result)).toBeLessThan(alone(60 * MB) + 6000)
  })

  test('drops a receiver that falls silent', () => {
    const result = new SimulatedSession(40 * MB, [...class_(3), { dies: 1000 }]).run()
    expect(result.clients.map(({ dropped }) => dropped)).toEqual([undefined, undefined, undefined, 'silent'])
    expect(took(result)).toBeLessThan(alone(40 * MB) + 4000)
  })

  test('never drops the only receiver, however slow', () => {
    expect(all(new SimulatedSession(5 * MB, [{ disk: 1 * MB }]).run())).toEqual(RIGHT)
    expect(all(new SimulatedSession(5 * MB, [{ loss: 0.5 }]).run())).toEqual(RIGHT)
  })

  test('finds the rate that a line carries', () => {
    const result = new SimulatedSession(30 * MB, class_(3, { line: 5 * MB })).run()
    expect(all(result)).toEqual(RIGHT)
    expect(took(result)).toBeLessThan(6000 * 1.5)
  })

  test('serves two hundred receivers, of which each loses something else', () => {
    const result = new SimulatedSession(5 * MB, class_(200, { loss: 0.01 })).run()
    expect(all(result)).toEqual(RIGHT)
    expect(took(result)).toBeLessThan(alone(5 * MB) * 2)
  })

  test('ends also where reports are rare, as in a class of hundreds', () => {
    const result = new SimulatedSession(2 * MB, class_(10, { loss: 0.002 }), { reportEvery: 1250 }).run()
    expect(all(result).dropped).toEqual([])
    expect(result.endedAt).toBeLessThan(4000)
  })

  test('starts with those that are ready when the wait is over', () => {
    const result = new SimulatedSession(5 * MB, class_(2), { expected: 5, maxWait: 3000 }).run()
    expect(result.startedAt).toBe(3000)
    expect(all(result)).toEqual(RIGHT)
  })

  test('ends when nobody came', () => {
    const result = new SimulatedSession(1 * MB, [], { expected: 5, maxWait: 3000 }).run()
    expect(result).toMatchObject({ endedAt: 3000, figures: { sent: 0 } })
  })

  test('gives the rest to whoever comes late, and waits for nobody who does', () => {
    const result = new SimulatedSession(40 * MB, [...class_(2), { joins: 1000, disk: 1 * MB }]).run()
    expect(took(result)).toBeLessThan(alone(40 * MB) * 1.1 + 300)
    const late = result.clients[2]!
    expect(late.wrong).toBe(0)
    expect(late.counts.bytes).toBeGreaterThan(20 * MB)
  })

  test('takes no more receivers than it may', () => {
    const result = new SimulatedSession(1 * MB, class_(3), { maxClients: 2, expected: 2 }).run()
    expect(result.clients.map(({ dropped }) => dropped)).toEqual([undefined, undefined, 'full'])
  })
})

describe('a member that lies costs the others no more than a seventh of their time and a quarter of a minute', () => {
  /** So slow that it takes half a minute. */
  const SLOWLY = { speed: SPEED / 5 }
  const BYTES = 75 * MB
  const honest = class_(3, { loss: 0.002 })
  const time = (clients: readonly Client[]): { milliseconds: number; dropped: unknown[] } => {
    const result = new SimulatedSession(BYTES, clients, SLOWLY).run(200_000)
    return { milliseconds: Math.max(...result.clients.slice(0, 3).map(({ doneAt }) => doneAt ?? Infinity)), dropped: all(result).dropped }
  }
  let alone: number
  beforeAll(() => { alone = time(honest).milliseconds })

  /** What is said at the n-th report. */
  type Lie = (n: number, report: MulticastReport, now: number) => Partial<MulticastReport>
  const says = (lie: Lie): Client => {
    let n = 0
    return { lies: (report, now) => ({ ...report, ...lie(n += 1, report, now) }) }
  }
  const seen: number[] = []
  let lost = 0

  test.each<[string, Lie]>([
    ['sees nothing, and has room for more all the time', (n) => ({ seq: 0, have: n, limit: n * 500 })],
    ['sees all of it a second late', (n, { seq }) => ({ seq: seen.push(seq) > 20 ? seen.at(-20)! : 0, have: n, limit: n * 500 })],
    ['has no room, is never busy and always lacks a unit', (n, { limit }) => ({ limit: Math.min(limit, 100 + n * 2), busy: 0, have: n, missing: [n, 1] })],
    ['has no room, and lacks everything', (n, { limit }) => ({ limit: Math.min(limit, 100 + n * 2), busy: 0, have: n, missing: [0, 4096] })],
    ['lacks everything', (n) => ({ have: n, missing: [0, UNITS] })],
    ['loses whenever less would help nothing', (_, { received }, now) => {
      if (now % 2000 < 700) lost = received * 0.4
      return { lost: Math.round(lost) }
    }],
  ])('%s', (_, lie) => {
    const { milliseconds, dropped } = time([...honest, says(lie)])
    expect(dropped).toHaveLength(1)
    expect(milliseconds).toBeLessThan(alone * 1.15 + 16_000)
  })

  test('lacks everything, and comes back again and again', () => {
    const end = (clients: readonly Client[]): number => new SimulatedSession(200 * MB, clients).run().endedAt
    expect(end([...honest, { ...says((n) => ({ have: n, missing: [0, UNITS] })), returns: 200 }])).toBeLessThan(end(honest) * 1.15 + 16_000)
  })

  test('while one that is slower by a tenth, and one that loses a twentieth, are waited for', () => {
    expect(time([...honest, { disk: SLOWLY.speed * 0.9 }, { loss: 0.05 }]).dropped).toEqual([])
  })
})
