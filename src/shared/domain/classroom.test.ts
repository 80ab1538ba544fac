import { describe, expect, test } from 'vitest'
import { defaultNetworkProperties, NetworkProperties } from './classroom.ts'

test('a new classroom’s network is as OpenGnsys has it', () => {
  expect(defaultNetworkProperties).toEqual({
    router: '', netmask: '', dns: [], ntp: '', proxy: '',
    multicastAddress: '', multicastPort: 9000, multicastMode: 'full-duplex', multicastSpeed: 70, maxClients: 50, maxWait: 60,
    p2pMode: 'peer', p2pTime: 60,
  })
})

const accepted = (changes: object): boolean => NetworkProperties.safeParse({ ...defaultNetworkProperties, ...changes }).success

describe('what a classroom’s network may be', () => {
  test.each([
    ['multicastPort', [9000, 9002, 9098], [8998, 9001, 9003, 9099, 9100, 9000.5]],
    ['multicastAddress', ['', '224.0.0.1', '239.255.255.255', '239.194.3.7'], ['223.255.255.255', '240.0.0.0', '10.0.0.1', 'x']],
    ['multicastMode', ['full-duplex', 'half-duplex'], ['duplex', '']],
    ['multicastSpeed', [1, 10_000], [0, 10_001, 1.5]],
    ['maxClients', [1, 1000], [0, 1001]],
    ['maxWait', [1, 3600], [0, 3601]],
    ['p2pMode', ['peer', 'leecher', 'seeder'], ['both']],
    ['p2pTime', [0, 86_400], [-1, 86_401]],
    ['router', ['', '10.0.0.1'], ['10.0.0', '10.0.0.256', 'router']],
    ['netmask', ['', '255.255.255.0'], ['24']],
    ['dns', [[], ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4']], [['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'], ['x']]],
    ['ntp', ['', 'ntp.example'], ['x'.repeat(256)]],
    ['proxy', ['', 'http://proxy.example:3128'], ['x'.repeat(256)]],
  ])('%s', (property, good, bad) => {
    expect(good.map((value) => accepted({ [property]: value }))).toEqual(good.map(() => true))
    expect(bad.map((value) => accepted({ [property]: value }))).toEqual(bad.map(() => false))
  })
})
