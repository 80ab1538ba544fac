import { beforeEach, describe, expect, test } from 'vitest'
import { bootEverybody, type BootPolicy } from '../policy.ts'
import { clientRequest, firmware, ipxe, MAC } from '../testing/clients.ts'
import { decideFull, type FullContext } from './decide-full.ts'
import { LeaseTable } from './leases.ts'

let context: FullContext
beforeEach(() => {
  context = {
    address: '10.77.0.1', httpBase: 'http://10.77.0.1:8080', policy: bootEverybody,
    leases: new LeaseTable({ first: '10.77.0.50', last: '10.77.0.51' }, { never: ['10.77.0.1'] }), leaseSeconds: 3600, now: 0,
  }
})
const decide = (...message: Parameters<typeof clientRequest>) => decideFull(clientRequest(...message), context)
const grant = (address: string) => ({ address, leaseSeconds: 3600 })

describe('decideFull', () => {
  test('offers address and loader together', () => {
    expect(decide('discover', firmware(7))).toEqual({
      action: 'offer', grant: grant('10.77.0.50'), boot: { kind: 'tftp', file: 'shimx64.efi' },
    })
    expect(decide('discover', ipxe(7))).toMatchObject({ grant: grant('10.77.0.50'), boot: { kind: 'script' } })
  })

  test('serves plain clients too', () => {
    expect(decide('discover')).toEqual({ action: 'offer', grant: grant('10.77.0.50') })
  })

  test('gives an address also to computers that it will not boot', () => {
    expect(decide('discover', firmware(11))).toMatchObject({ grant: grant('10.77.0.50'), boot: { kind: 'refused' } })
    const policy: BootPolicy = { decide: () => ({ action: 'ignore', reason: '' }) }
    context = { ...context, policy }
    expect(decide('discover', firmware(0))).toMatchObject({ grant: grant('10.77.0.50'), boot: { kind: 'refused' } })
  })

  test('SELECTING: grants what it offered', () => {
    decide('discover')
    expect(decide('request', { serverId: '10.77.0.1', requestedAddress: '10.77.0.50' })).toEqual({ action: 'ack', grant: grant('10.77.0.50') })
  })

  test('SELECTING: gives up its offer when the client takes another server\'s', () => {
    decide('discover', { requestedAddress: '10.77.0.51' })
    expect(decide('request', { serverId: '10.77.0.254', requestedAddress: '10.77.0.51' })).toMatchObject({ action: 'drop', reason: 'for-another-server' })
    expect(decideFull(clientRequest('discover', { requestedAddress: '10.77.0.51' }, { mac: '52:54:00:77:00:02' }), context))
      .toMatchObject({ grant: grant('10.77.0.51') })
  })

  test('SELECTING: refuses an address that is not to be had', () => {
    context.leases.bind(MAC, '10.77.0.50', 3600, 0)
    const other = { mac: '52:54:00:77:00:02' }
    expect(decide('request', { serverId: '10.77.0.1', requestedAddress: '10.77.0.50' }, other)).toMatchObject({ action: 'nak' })
    expect(decide('request', { serverId: '10.77.0.1', requestedAddress: '192.168.1.9' }, other)).toMatchObject({ action: 'nak' })
    expect(decide('request', { serverId: '10.77.0.1' }, other)).toMatchObject({ action: 'nak' })
  })

  test('RENEWING: extends, also a lease of before a restart', () => {
    expect(decide('request', {}, { clientAddress: '10.77.0.51' })).toEqual({ action: 'ack', grant: grant('10.77.0.51') })
    context = { ...context, now: 1_800_000 }
    decide('request', {}, { clientAddress: '10.77.0.51' })
    expect(context.leases.of(MAC)).toMatchObject({ address: '10.77.0.51', expires: 5_400_000 })
    expect(decide('request', {}, { clientAddress: '192.168.1.9' })).toMatchObject({ action: 'nak' })
  })

  test('INIT-REBOOT: confirms what it knows, refuses what is wrong, and is silent about strangers', () => {
    expect(decide('request', { requestedAddress: '10.77.0.50' })).toMatchObject({ action: 'drop', reason: 'unknown-lease' })
    context.leases.bind(MAC, '10.77.0.50', 3600, 0)
    expect(decide('request', { requestedAddress: '10.77.0.50' })).toMatchObject({ action: 'ack' })
    expect(decide('request', { requestedAddress: '192.168.1.9' })).toMatchObject({ action: 'nak' })
  })

  test('INFORM: tells settings and lends nothing', () => {
    expect(decide('inform', {}, { clientAddress: '10.77.0.9' })).toEqual({ action: 'ack' })
  })

  test('RELEASE and DECLINE change the table and get no answer', () => {
    context.leases.bind(MAC, '10.77.0.50', 3600, 0)
    expect(decide('release', {}, { clientAddress: '10.77.0.50' })).toMatchObject({ action: 'drop', reason: 'noted' })
    expect(context.leases.of(MAC)?.expires).toBe(0)
    context.leases.bind(MAC, '10.77.0.50', 3600, 0)
    expect(decide('decline', { requestedAddress: '10.77.0.50' })).toMatchObject({ action: 'drop', reason: 'noted' })
    expect(decide('discover')).toMatchObject({ grant: grant('10.77.0.51') })
  })

  test('says when the pool is empty', () => {
    context.leases.bind(MAC, '10.77.0.50', 3600, 0)
    decide('discover', {}, { mac: '52:54:00:77:00:02' })
    expect(decide('discover', {}, { mac: '52:54:00:77:00:03' })).toMatchObject({ action: 'drop', reason: 'pool-exhausted' })
  })

  test('leaves relayed messages and server messages alone', () => {
    expect(decide('discover', {}, { relayAddress: '10.1.0.1' })).toMatchObject({ action: 'drop', reason: 'relayed' })
    expect(decide('offer')).toMatchObject({ action: 'drop', reason: 'unexpected-message' })
  })
})
