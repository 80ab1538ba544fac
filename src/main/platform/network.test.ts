import { describe, expect, test } from 'vitest'
import { broadcastOf, chooseCard, type NetworkCard } from './network.ts'

const card = (name: string, address: string, kind: NetworkCard['kind']): NetworkCard => ({
  name, address, netmask: '255.255.255.0', prefix: 24, broadcast: broadcastOf(address, 24), mac: '52:54:00:00:00:01', kind,
})
const wired = card('enp0s31f6', '192.168.1.10', 'wired')
const dock = card('enx00e04c', '10.1.0.5', 'wired')
const wireless = card('wlp2s0', '172.16.0.9', 'wireless')
const docker = card('docker0', '172.17.0.1', 'virtual')

test.each([
  ['192.168.1.20', 24, '192.168.1.255'],
  ['10.1.2.3', 8, '10.255.255.255'],
  ['172.16.5.1', 22, '172.16.7.255'],
  ['10.0.0.1', 32, '10.0.0.1'],
])('the broadcast address of %s/%i is %s', (address, prefix, broadcast) => {
  expect(broadcastOf(address, prefix)).toBe(broadcast)
})

describe('the card that serves the classroom', () => {
  test('is the only wired one, whatever else there is', () => {
    expect(chooseCard([docker, wireless, wired], {})).toEqual({ ok: true, card: wired })
  })
  test('is the only one, where none is wired', () => {
    expect(chooseCard([wireless], {})).toEqual({ ok: true, card: wireless })
  })
  test('is the loopback only for who asks for it', () => {
    const loopback = card('lo', '127.0.0.1', 'loopback')
    expect(chooseCard([loopback], {})).toMatchObject({ ok: false, why: 'none' })
    expect(chooseCard([loopback, wired], { address: '127.0.0.1' })).toEqual({ ok: true, card: loopback })
  })
  test('is never guessed between two', () => {
    expect(chooseCard([wired, dock], {})).toMatchObject({ ok: false, why: 'several' })
    expect(chooseCard([wireless, docker], {})).toMatchObject({ ok: false, why: 'several' })
  })
  test('is the one that was asked for, by address or name', () => {
    expect(chooseCard([wired, dock], { address: dock.address })).toEqual({ ok: true, card: dock })
    expect(chooseCard([wired, dock, wireless], { interface: 'wlp2s0' })).toEqual({ ok: true, card: wireless })
  })
  test('is missing when the one asked for is not there', () => {
    expect(chooseCard([wired], { address: '10.9.9.9' })).toMatchObject({ ok: false, why: 'missing', asked: '10.9.9.9' })
  })
  test('is not one that only has an address that it gave itself', () => {
    expect(chooseCard([card('eth0', '169.254.3.4', 'wired')], {})).toMatchObject({ ok: false, why: 'none' })
  })
})
