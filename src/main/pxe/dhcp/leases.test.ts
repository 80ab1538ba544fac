import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MacAddress } from '#shared/domain/ids.ts'
import { LeaseTable } from './leases.ts'

const mac = (number: number) => MacAddress.parse(`52:54:00:00:00:${number.toString(16).padStart(2, '0')}`)
const [A, B, C] = [mac(1), mac(2), mac(3)]
const pool = { first: '10.77.0.10', last: '10.77.0.11' }
const DAY = 86_400_000

describe('LeaseTable', () => {
  test('offers the first address that nobody has, and holds it', () => {
    const leases = new LeaseTable(pool)
    expect(leases.offer(A, undefined, 0)).toBe('10.77.0.10')
    expect(leases.offer(A, undefined, 1)).toBe('10.77.0.10')
    expect(leases.offer(B, undefined, 1)).toBe('10.77.0.11')
    expect(leases.offer(C, undefined, 1)).toBeUndefined()
  })

  test('lets an offer that was not taken up lapse', () => {
    const leases = new LeaseTable({ ...pool, last: pool.first })
    leases.offer(A, undefined, 0)
    expect(leases.offer(B, undefined, 59_999)).toBeUndefined()
    expect(leases.offer(B, undefined, 60_000)).toBe('10.77.0.10')
  })

  test('gives the wanted address when it is free', () => {
    const leases = new LeaseTable(pool)
    expect(leases.offer(A, '10.77.0.11', 0)).toBe('10.77.0.11')
    expect(leases.offer(B, '10.77.0.11', 0)).toBe('10.77.0.10')
    expect(new LeaseTable(pool).offer(A, '192.168.1.1', 0)).toBe('10.77.0.10')
  })

  test('gives a computer the address that it had, days later', () => {
    const leases = new LeaseTable({ ...pool, last: '10.77.0.20' })
    leases.bind(A, '10.77.0.15', 3600, 0)
    expect(leases.offer(A, undefined, 30 * DAY)).toBe('10.77.0.15')
  })

  test('takes the address that expired longest ago when all are remembered', () => {
    const leases = new LeaseTable(pool)
    leases.bind(A, '10.77.0.10', 7200, 0)
    leases.bind(B, '10.77.0.11', 3600, 0)
    expect(leases.offer(C, undefined, DAY)).toBe('10.77.0.11')
    expect(leases.of(B)).toBeUndefined()
  })

  test('keeps a running lease running when its computer starts anew', () => {
    const leases = new LeaseTable(pool)
    leases.bind(A, '10.77.0.10', 3600, 0)
    leases.offer(A, undefined, 10_000)
    expect(leases.of(A)?.expires).toBe(3_600_000)
  })

  test('takes a released address back, and keeps it in mind', () => {
    const leases = new LeaseTable({ ...pool, last: pool.first })
    leases.bind(A, '10.77.0.10', 3600, 0)
    leases.release(A, '10.77.0.11', 10)
    expect(leases.offer(B, undefined, 20)).toBeUndefined()
    leases.release(A, '10.77.0.10', 30)
    expect(leases.offer(B, undefined, 40)).toBe('10.77.0.10')
  })

  test('leaves a declined address alone for ten minutes, if it was that client\'s', () => {
    const leases = new LeaseTable({ ...pool, last: pool.first })
    leases.offer(A, undefined, 0)
    leases.decline(B, '10.77.0.10', 0)
    expect(leases.offer(A, undefined, 0)).toBe('10.77.0.10')
    leases.decline(A, '10.77.0.10', 0)
    expect(leases.offer(A, undefined, 599_999)).toBeUndefined()
    expect(leases.offer(A, undefined, 600_000)).toBe('10.77.0.10')
  })

  test('never lends what is reserved, the server\'s or the router\'s', () => {
    const leases = new LeaseTable({ ...pool, reservations: new Map([[A, '10.77.0.10']]) }, { never: ['10.77.0.11'] })
    expect(leases.offer(B, '10.77.0.10', 0)).toBeUndefined()
    expect(leases.offer(A, '10.77.0.11', 0)).toBe('10.77.0.10')
    expect([leases.mayHave(A, '10.77.0.10', 0), leases.mayHave(A, '10.77.0.11', 0), leases.mayHave(B, '10.77.0.10', 0)])
      .toEqual([true, false, false])
  })

  test('goes on with what was kept', () => {
    const before = new LeaseTable(pool)
    before.bind(A, '10.77.0.11', 3600, 0)
    before.offer(B, undefined, 0)
    const kept = before.snapshot()
    expect(kept).toEqual([{ mac: A, address: '10.77.0.11', expires: 3_600_000 }])
    const after = new LeaseTable(pool, { leases: kept })
    expect(after.offer(B, '10.77.0.11', 1000)).toBe('10.77.0.10')
  })

  test('refuses a pool without addresses', () => {
    expect(() => new LeaseTable({ first: '10.77.0.11', last: '10.77.0.10' })).toThrow(RangeError)
  })

  test('never lends one address to two', () => {
    const step = fc.record({
      client: fc.nat(5), action: fc.constantFrom('offer', 'bind', 'release', 'decline'), wait: fc.nat(100_000), at: fc.nat(4),
    })
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const leases = new LeaseTable({ first: '10.0.0.1', last: '10.0.0.4' })
      const held = new Map<string, string>()
      let now = 0
      for (const { client, action, wait, at } of steps) {
        now += wait
        const [who, address] = [mac(client), `10.0.0.${at}`]
        if (action === 'bind' && leases.mayHave(who, address, now)) {
          leases.bind(who, address, 60, now)
          held.set(who, address)
        }
        if (action === 'offer') leases.offer(who, undefined, now)
        if (action === 'release') leases.release(who, held.get(who) ?? address, now)
        if (action === 'decline') leases.decline(who, held.get(who) ?? address, now)
        const running = leases.snapshot().filter(({ expires }) => expires > now).map((lease) => lease.address)
        expect(new Set(running).size).toBe(running.length)
      }
    }))
  })
})
