import { describe, expect, test, vi } from 'vitest'
import type { MulticastReport } from '../../contract/multicast.ts'
import { RepairQueue } from './repair-queue.ts'
import { SenderMachine } from './sender-machine.ts'

const UNITS = 20_000

/** A session of a gigabit with one receiver, and others that come later; each says at each moment what it likes. */
class Session {
  readonly machine: SenderMachine
  now = 0
  #seq = 0

  constructor(speed = 125_000_000) {
    this.machine = new SenderMachine({ units: UNITS, expected: 1, maxWait: 1000, maxClients: 9, speed, reportEvery: 50, now: 0 })
    this.machine.join('one', 0)
    this.machine.ready('one', UNITS, 0)
  }

  get isOver(): boolean {
    return this.machine.figures.phase === 'ended'
  }

  report(missing: number[], { id = 'one', ...says }: Partial<MulticastReport> & { id?: string } = {}): void {
    const report: MulticastReport = {
      type: 'report', seq: this.#seq, have: 0, held: 0, limit: UNITS, missing, busy: 0, received: this.#seq, lost: 0, ...says,
    }
    this.machine.report(id, report, this.now)
  }

  /** Somebody comes while it is under way. */
  late(id: string): void {
    this.machine.join(id, this.now)
    this.machine.ready(id, UNITS, this.now)
  }

  /** @param every milliseconds between two calls of `meanwhile` */
  run(milliseconds: number, every: number, meanwhile: () => void): void {
    const end = this.now + milliseconds
    for (let due = this.now; this.now < end; ) {
      if (this.now >= due) {
        meanwhile()
        due += every
      }
      const action = this.machine.next(this.now)
      if (action.do === 'end') return
      if (action.do === 'wait') this.now = Math.max(this.now + 0.1, Math.min(action.until, due))
      else this.#seq = action.seq
    }
  }
}

test('whoever always misses everything does not keep the stream from the others', () => {
  const session = new Session()
  session.run(20_000, 50, () => session.report([0, session.machine.figures.sent]))
  expect(session.machine.figures.sent).toBe(UNITS)
})

test('what one receiver asks for is looked at now and then, and a part of it, however much it says', () => {
  const looks = vi.spyOn(RepairQueue.prototype, 'report')
  const session = new Session()
  session.run(1000, 50, () => session.report([]))
  looks.mockClear()
  for (let at = 0; at < 100; at += 1) {
    session.report([0, UNITS])
    session.now += 1
  }
  expect(looks.mock.calls.length).toBeLessThanOrEqual(5)
  for (const [, missing] of looks.mock.calls) expect(missing).toEqual([0, 4096])
  looks.mockRestore()
})

test('a sender that stood still for a while blames nobody for it', () => {
  const session = new Session()
  const report = (): void => session.report([0, 1], { limit: session.machine.figures.sent })
  session.run(500, 50, report)
  session.now += 14_000
  session.run(100, 200, () => undefined)
  session.run(500, 50, report)
  expect(session.isOver).toBe(false)
  expect(session.machine.takeEvents()).toEqual([{ type: 'start', receivers: 1 }])
})

test('whoever was dropped for what it asked for is not let in again', () => {
  const session = new Session(1_000_000)
  session.late('hostile')
  session.run(40_000, 50, () => {
    session.report([], { have: session.machine.figures.sent })
    session.report([0, UNITS], { id: 'hostile', have: session.now / 10 })
  })
  expect(session.machine.takeEvents()).toContainEqual({ type: 'dropped', id: 'hostile', reason: 'lossy' })
  expect(session.isOver).toBe(false)
  expect([session.machine.join('hostile', session.now), session.machine.join('other', session.now)]).toEqual([undefined, { late: true }])
})

describe('waits no longer than', () => {
  /** Bytes a second at which the stream takes some three seconds. */
  const SPEED = 10_000_000

  test('four seconds for whoever came late, when the others have everything', () => {
    const session = new Session(SPEED)
    session.run(1000, 50, () => session.report([], { have: session.machine.figures.sent }))
    session.late('hostile')
    session.late('hopeless')
    session.run(60_000, 50, () => {
      const { sent } = session.machine.figures
      session.report([], { have: sent })
      session.report([sent - 1, 1], { id: 'hopeless', have: sent - 1 })
      session.report([0, 1], { id: 'hostile', have: session.now / 10 })
    })
    expect(session.isOver).toBe(true)
    expect(session.now).toBeLessThan(9000)
    expect(session.machine.takeEvents()).toEqual([
      { type: 'start', receivers: 1 },
      { type: 'dropped', id: 'hostile', reason: 'lossy' },
      { type: 'dropped', id: 'hopeless', reason: 'lossy' },
    ])
  })

  test('half a minute for whoever always says that a little more of it came', () => {
    const session = new Session(SPEED)
    session.run(120_000, 50, () => session.report([], { have: Math.min(session.machine.figures.sent, session.now / 10) }))
    expect(session.isOver).toBe(true)
    expect(session.now).toBeGreaterThan(30_000)
    expect(session.now).toBeLessThan(36_000)
  })

  test('fifteen seconds for what never reaches one of them, however often it is sent', () => {
    const session = new Session(SPEED)
    session.machine.join('two', 0)
    session.machine.ready('two', UNITS, 0)
    session.run(60_000, 50, () => {
      const { sent } = session.machine.figures
      session.report([], { have: sent })
      session.report(sent > 100 ? [100, 1] : [], { id: 'two', have: Math.min(sent, 100) })
    })
    expect(session.isOver).toBe(true)
    expect(session.now).toBeLessThan(20_000)
    expect(session.machine.takeEvents()).toContainEqual({ type: 'dropped', id: 'two', reason: 'lossy' })
  })
})
