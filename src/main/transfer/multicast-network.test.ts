import { expect, test } from 'vitest'
import { NetworkProperties } from '#shared/domain/classroom.ts'
import { freePort, groupOf, sessionNetwork } from './multicast-network.ts'

const own = { address: '192.168.7.1', netmask: '255.255.255.0' }
const properties = (changes: Partial<NetworkProperties> = {}): NetworkProperties => NetworkProperties.parse(changes)

test.each([
  ['its own', { multicastAddress: '239.1.2.3' }, '239.1.2.3'],
  ['that of the card', {}, '239.194.168.7'],
  ['that of its router', { router: '10.20.30.1', netmask: '255.255.255.0' }, '239.194.20.30'],
  ['that of a wide network', { router: '10.20.30.1', netmask: '255.255.0.0' }, '239.194.20.0'],
  ['that of the card where only half is known', { router: '10.20.30.1' }, '239.194.168.7'],
])('a classroom’s group is %s', (_what, changes, group) => {
  expect(groupOf(properties(changes), own)).toBe(group)
})

test('sessions that go on at once have a port each, while there are any', () => {
  expect(freePort(9000, new Set())).toBe(9000)
  expect(freePort(9000, new Set([9000, 9002]))).toBe(9004)
  expect(freePort(9098, new Set([9098]))).toBe(9000)
  expect(freePort(9004, new Set(Array.from({ length: 50 }, (_, at) => 9000 + at * 2)))).toBe(9004)
})

test('a session keeps to the classroom’s rules', () => {
  const network = sessionNetwork(properties({ multicastSpeed: 200, maxClients: 7, maxWait: 9, multicastMode: 'half-duplex' }), own, new Set([9000]))
  expect(network).toEqual({
    group: '239.194.168.7', port: 9002, mode: 'half-duplex', speed: 200, maxClients: 7, maxWait: 9, interface: '192.168.7.1',
  })
})
