import { describe, expect, test } from 'vitest'
import { diagnose, type Observations, type ObservedCard } from './diagnose.ts'

const CARD: ObservedCard = { name: 'eth0', address: '10.0.0.1', wireless: false, carrier: true, speed: 1000, duplex: 'full', mtu: 1500 }
const GOOD: Observations = {
  card: CARD,
  dhcp: 'proxy',
  services: [{ name: 'dhcp', state: 'running' }],
  offers: [{ server: '10.0.0.254', address: '10.0.0.77', boots: false }],
  clients: [{ name: 'pc-01', speed: 1000 }, { name: 'pc-02', speed: 0 }],
}
const names = (seen: Partial<Observations>): string[] => diagnose({ ...GOOD, ...seen }).map(({ name }) => name)

describe('diagnose', () => {
  test('a room in order', () => {
    expect(diagnose(GOOD)).toEqual([
      { name: 'linkGood', level: 'good', params: { card: 'eth0', speed: 1000 } },
      { name: 'servicesGood', level: 'good', params: {} },
      { name: 'dhcpGood', level: 'good', params: { servers: '10.0.0.254' } },
      { name: 'noOtherPxe', level: 'good', params: {} },
    ])
  })

  test.each<[string, Partial<ObservedCard>, string[]]>([
    ['slow', { speed: 100 }, ['linkSlow']],
    ['half duplex', { speed: 100, duplex: 'half' }, ['halfDuplex', 'linkSlow']],
    ['wireless', { wireless: true }, ['wireless']],
    ['tunnel', { mtu: 1400 }, ['mtuSmall']],
    ['jumbo frames', { mtu: 9000 }, ['mtuLarge']],
  ])('a link that is %s', (_, card, expected) => {
    expect(names({ card: { ...CARD, ...card } }).slice(0, expected.length)).toEqual(expected)
    expect(names({ card: { ...CARD, ...card } })).not.toContain('linkGood')
  })

  test('a link of which nothing is known is not called good', () => {
    expect(names({ card: { name: 'Ethernet', address: '10.0.0.1', wireless: false } })).toEqual(
      ['linkUnknown', 'mtuUnknown', 'servicesGood', 'dhcpGood', 'noOtherPxe'])
    expect(names({ card: { name: 'Wi-Fi', address: '10.0.0.1', wireless: true } }).slice(0, 3)).toEqual(['wireless', 'linkUnknown', 'mtuUnknown'])
  })

  test.each([
    [[{ name: 'a', heard: 12 }, { name: 'b', heard: 1 }], 'multicastGood', 'a, b'],
    [[{ name: 'a', heard: 12 }, { name: 'b', heard: 0 }], 'multicastSome', 'b'],
    [[{ name: 'a', heard: 0 }, { name: 'b', heard: 0 }], 'multicastNone', 'a, b'],
  ])('a multicast that %j heard', (multicast, name, computers) => {
    expect(diagnose({ ...GOOD, multicast })[4]).toMatchObject({ name, params: { computers } })
  })

  test.each<[NonNullable<Observations['multicast']>, string[], string | undefined]>([
    [[{ name: 'a', heard: 12 }], ['multicastGood', 'lastingUnknown'], undefined],
    [[{ name: 'a', heard: 12, lasts: true }, { name: 'b', heard: 12 }], ['multicastGood', 'multicastLasts'], 'a'],
    [[{ name: 'a', heard: 12, lasts: true }, { name: 'b', heard: 3, lasts: false }], ['multicastGood', 'multicastFades'], 'b'],
    [[{ name: 'a', heard: 12, lasts: false }, { name: 'b', heard: 0 }], ['multicastSome', 'multicastFades'], 'a'],
  ])('that multicast %j arrives does not say that it goes on', (multicast, expected, computers) => {
    const found = diagnose({ ...GOOD, multicast }).slice(4)
    expect(found.map(({ name }) => name)).toEqual(expected)
    expect(found.at(-1)?.params['computers']).toBe(computers)
  })

  test('of a multicast for which nobody listened nothing is said', () => {
    expect(names({ multicast: [] })).toEqual(names({}))
  })

  test('without a cable nobody is asked for addresses', () => {
    expect(names({ card: { ...CARD, carrier: false }, offers: [] })).toEqual(['noLink', 'servicesGood'])
  })

  test('no card at all', () => {
    expect(names({ card: undefined, offers: undefined })).toEqual(['noCard', 'servicesGood'])
  })

  test('services that are down, and those that run with something in the way, keep their reasons', () => {
    const problem = { code: 130, message: 'taken', params: { port: 67 } }
    const services = [{ name: 'tftp', state: 'failed' as const, problem }, { name: 'dhcp', state: 'running' as const, problem: { ...problem, code: 135 } }]
    expect(diagnose({ ...GOOD, services }).slice(1, 3)).toEqual([
      { name: 'serviceDown', level: 'problem', params: { service: 'tftp', port: 67, code: 130 } },
      { name: 'serviceWarning', level: 'warning', params: { service: 'dhcp', port: 67, code: 135 } },
    ])
  })

  test.each<[string, Partial<Observations>, string[]]>([
    ['nobody gives addresses', { offers: [] }, ['dhcpMissing', 'noOtherPxe']],
    ['nobody but a ProxyDHCP answers', { offers: [{ server: '10.0.0.9', boots: true }] }, ['dhcpMissing', 'otherPxe']],
    ['two give addresses', {
      offers: [{ server: '10.0.0.254', address: '10.0.0.7', boots: false }, { server: '10.0.0.9', address: '10.0.0.8', boots: false }],
    }, ['dhcpSeveral', 'noOtherPxe']],
    ['one answers twice', {
      offers: [{ server: '10.0.0.254', address: '10.0.0.7', boots: false }, { server: '10.0.0.254', address: '10.0.0.7', boots: false }],
    }, ['dhcpGood', 'noOtherPxe']],
    ['its DHCP server boots computers', { offers: [{ server: '10.0.0.254', address: '10.0.0.7', boots: true }] }, ['dhcpGood', 'otherPxe']],
    ['the console gives addresses, and is alone', { dhcp: 'full', offers: [] }, ['noOtherPxe']],
    ['the console gives addresses, and so does another', {
      dhcp: 'full', offers: [{ server: '10.0.0.254', address: '10.0.0.7', boots: false }],
    }, ['dhcpBesideOurs', 'noOtherPxe']],
    ['nobody could be asked', { offers: undefined }, ['dhcpUnknown']],
  ])('%s', (_, seen, expected) => expect(names(seen).slice(2)).toEqual(expected))

  test.each<[string, Observations['clients'], string[], string | number | undefined]>([
    ['slower than the others', [{ name: 'a', speed: 100 }, { name: 'b', speed: 1000 }, { name: 'c', speed: 0 }], ['clientsSlow'], 'a (100 Mbit/s)'],
    ['slow, and alone', [{ name: 'a', speed: 100 }], ['clientsSlow'], 'a (100 Mbit/s)'],
    ['slow, all of them', [{ name: 'a', speed: 10 }, { name: 'b', speed: 100 }, { name: 'c', speed: 0 }], ['clientsAllSlow'], undefined],
    ['half duplex', [{ name: 'a', speed: 1000, duplex: 'full' }, { name: 'b', speed: 1000, duplex: 'half' }], ['clientsHalfDuplex'], 'b'],
    ['half duplex and slow', [{ name: 'a', speed: 1000 }, { name: 'b', speed: 10, duplex: 'half' }], ['clientsHalfDuplex', 'clientsSlow'], 'b (10 Mbit/s)'],
    ['of another MTU', [{ name: 'a', speed: 1000, mtu: 1500 }, { name: 'b', speed: 1000, mtu: 1400 }], ['clientsMtu'], 'b (1400)'],
  ])('clients’ links that are %s', (_, clients, expected, computers) => {
    const found = diagnose({ ...GOOD, clients }).slice(4)
    expect(found.map(({ name }) => name)).toEqual(expected)
    expect(found.at(-1)?.params['computers']).toBe(computers)
  })

  test('clients with jumbo frames are right where the console has them, and those without are not', () => {
    const clients = [{ name: 'a', speed: 1000, mtu: 9000 }, { name: 'b', speed: 1000, mtu: 1500 }]
    expect(diagnose({ ...GOOD, card: { ...CARD, mtu: 9000 }, clients }).at(-1)).toEqual(
      { name: 'clientsMtu', level: 'warning', params: { mtu: 9000, computers: 'b (1500)' } })
  })
})
