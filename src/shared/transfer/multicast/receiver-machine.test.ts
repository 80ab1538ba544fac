import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UNIT, type MulticastPacket } from '../../wire/multicast.ts'
import { ReceiverMachine, xorInto, type ReceiverOptions } from './receiver-machine.ts'

const UNITS = 40
const stream = Uint8Array.from({ length: UNITS * UNIT - 100 }, (_, index) => (index * 7919) >>> 3)
const unitBytes = (unit: number): Uint8Array => stream.subarray(unit * UNIT, (unit + 1) * UNIT)
const options: ReceiverOptions = { bytes: stream.length, capacity: 10 * UNIT, from: 0, slides: false, reportEvery: 50, stallAfter: 1000, now: 0 }
const data = (seq: number, unit: number, count = 1) =>
  ({ kind: 'data' as const, session: 1, seq, unit, payload: stream.subarray(unit * UNIT, (unit + count) * UNIT) })

function mixed(seq: number, ...units: number[]): MulticastPacket {
  const payload = new Uint8Array(UNIT)
  for (const unit of units) xorInto(payload, unitBytes(unit))
  const [unit = 0, ...others] = units
  return { kind: 'mixed', session: 1, seq, unit, behind: others.map((other) => other - unit), payload }
}

function machineWith(packets: readonly MulticastPacket[], changed: Partial<ReceiverOptions> = {}): ReceiverMachine {
  const machine = new ReceiverMachine({ ...options, ...changed })
  for (const packet of packets) machine.receive(packet, 10)
  return machine
}

/** What it reports when everything has settled. */
function report(machine: ReceiverMachine) {
  machine.tick(25)
  return machine.tick(75)
}

describe('ReceiverMachine', () => {
  test('reports what is missing once it is not only late', () => {
    const machine = machineWith([data(0, 0), data(2, 2), data(3, 5, 2)])
    expect(machine.tick(50)).toMatchObject({ have: 1, missing: [], seq: 0 })
    expect(machine.tick(100)).toMatchObject({ have: 1, missing: [1, 1, 3, 2], seq: 3, limit: 10, received: 3, lost: 1 })
  })

  test('misses also what was lost at the end', () => {
    expect(report(machineWith([data(0, 0), { kind: 'position', session: 1, seq: 3, unit: 4 }]))?.missing).toEqual([1, 3])
  })

  test('takes nothing that it has no room for, and asks for it when there is', () => {
    const machine = machineWith([data(0, 0, 12)])
    expect(report(machine)).toMatchObject({ have: 10, missing: [], limit: 10 })
    machine.wait(0, 5 * UNIT)
    expect(machine.due).toBe(true)
    expect(machine.advance().complete[0]?.bytes).toEqual(stream.subarray(0, 5 * UNIT))
    expect(machine.due).toBe(false)
    expect(machine.tick(200)).toMatchObject({ have: 10, missing: [10, 2], limit: 15 })
  })

  test('lets go of the oldest when it came late, and says so to whoever wants it', () => {
    const machine = machineWith([{ kind: 'position', session: 1, seq: 0, unit: 2 }, data(1, 2, 12)], { from: 2, slides: true })
    expect(machine.window).toMatchObject({ low: 4, limit: 14, held: 4 })
    machine.wait(2 * UNIT, UNIT)
    expect(machine.advance()).toMatchObject({ complete: [], gone: [{ start: 2 * UNIT }] })
  })

  test('takes the unit that it lacks out of a mixture', () => {
    const machine = machineWith([data(0, 0, 2), data(1, 3, 3), mixed(2, 1, 2, 4)])
    machine.wait(0, 5 * UNIT)
    expect(machine.advance().complete[0]?.bytes).toEqual(stream.subarray(0, 5 * UNIT))
    expect(machine.counts).toMatchObject({ repaired: 1, useless: 0 })
  })

  test('cannot use a mixture of which it lacks two, or none, or that goes beyond the stream', () => {
    const machine = machineWith([data(0, 0), mixed(1, 1, 2), data(2, 1), data(3, 2), mixed(4, 1, 2), mixed(5, 1, UNITS + 3)])
    expect(machine.counts).toMatchObject({ repaired: 0, useless: 3 })
  })

  test('restores the shorter last unit from a mixture too', () => {
    const machine = machineWith([data(0, 30, 9), mixed(1, 31, UNITS - 1)], { from: 30 })
    machine.wait(30 * UNIT, stream.length - 30 * UNIT)
    expect(machine.advance().complete[0]?.bytes).toEqual(stream.subarray(30 * UNIT))
    expect(machine.complete).toBe(true)
  })

  test('takes every datagram once', () => {
    expect(machineWith([data(0, 0), data(0, 0), data(0, 5)]).counts).toMatchObject({ received: 1, repeated: 2, bytes: UNIT })
  })

  test('ignores what does not fit the stream', () => {
    const short: MulticastPacket = { kind: 'data', session: 1, seq: 0, unit: 3, payload: new Uint8Array(10) }
    const machine = machineWith([short, { ...data(1, 0), unit: UNITS + 5 }, { kind: 'position', session: 1, seq: 2, unit: 4e9 }])
    expect(machine.counts.bytes).toBe(0)
    expect(report(machine)?.missing).toEqual([0, 10])
  })

  test('moves on with whoever takes the stream, over what is not wanted', () => {
    const machine = machineWith([data(0, 0, 10)])
    machine.wait(7 * UNIT, UNIT)
    machine.advance()
    expect(machine.window).toMatchObject({ low: 8, limit: 18 })
    machine.wait(3 * UNIT, UNIT)
    expect(machine.advance().complete[0]?.bytes).toEqual(unitBytes(3))
  })

  test('counts the time in which data wait for their consumer, and no other', () => {
    const machine = machineWith([data(0, 0)])
    machine.wait(0, 3 * UNIT)
    machine.advance()
    expect(machine.tick(100)?.busy).toBe(0)
    machine.receive(data(1, 1, 3), 100)
    machine.advance()
    expect(machine.tick(150)?.busy).toBe(50)
  })

  test('forgets what nobody waits for any more', () => {
    const machine = machineWith([])
    const range = machine.wait(0, UNIT)
    machine.forget(range)
    expect(machine.drain()).toEqual([])
    machine.wait(UNIT, UNIT)
    expect(machine.drain()).toHaveLength(1)
  })

  test('gives up a sender of which nothing comes, unless everything is here', () => {
    const machine = machineWith([data(0, 0)])
    expect(machine.isStalled(1009)).toBe(false)
    expect(machine.isStalled(1010)).toBe(true)
    const complete = machineWith([data(0, 0, UNITS)], { capacity: stream.length })
    expect(complete.isStalled(100_000)).toBe(false)
  })

  test('repeats itself rarely', () => {
    const machine = machineWith([{ kind: 'position', session: 1, seq: 0, unit: 0 }])
    const reports = Array.from({ length: 80 }, (_, index) => machine.tick(index * 25)).filter(Boolean)
    expect(reports.length).toBeLessThan(8)
  })

  test('fills ranges rightly whatever comes, in whatever order', () => {
    const packet = fc.oneof(
      fc.record({ unit: fc.nat(UNITS + 2), count: fc.integer({ min: 1, max: 6 }) }).map(({ unit, count }) => ({ seq: 0, unit, count })),
      fc.uniqueArray(fc.nat(UNITS - 1), { minLength: 2, maxLength: 8 }).map((units) => ({ seq: 0, units: units.toSorted((a, b) => a - b) })),
    )
    fc.assert(fc.property(fc.array(packet, { maxLength: 60 }), fc.array(fc.record({ start: fc.nat(stream.length - 1), length: fc.nat(5 * UNIT) })), (packets, ranges) => {
      const machine = new ReceiverMachine(options)
      for (const { start, length } of ranges) machine.wait(start, Math.min(length, stream.length - start))
      for (const [seq, one] of packets.entries()) {
        if ('units' in one) machine.receive(mixed(seq, ...one.units), 0)
        else if (one.unit < UNITS) machine.receive(data(seq, one.unit, one.count), 0)
        const { due } = machine
        for (const { start, end, bytes } of machine.advance().complete) {
          expect(bytes).toEqual(stream.subarray(start, end))
          expect(due || start === end).toBe(true)
        }
      }
    }))
  })
})
