import { expect, test, vi } from 'vitest'
import type { MulticastReport } from '../../contract/multicast.ts'
import { RepairQueue } from './repair-queue.ts'
import { SenderMachine } from './sender-machine.ts'

const UNITS = 20_000

/** A session of a gigabit with one receiver, which says at each moment what it likes. */
class Session {
  readonly machine = new SenderMachine({ units: UNITS, expected: 1, maxWait: 1000, maxClients: 9, speed: 125_000_000, now: 0 })
  now = 0
  #seq = 0

  constructor() {
    this.machine.join('one', 0)
    this.machine.ready('one', UNITS, 0)
  }

  report(missing: number[]): void {
    const report: MulticastReport = { type: 'report', seq: this.#seq, have: 0, held: 0, limit: UNITS, missing, busy: 0, received: this.#seq, lost: 0 }
    this.machine.report('one', report, this.now)
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
