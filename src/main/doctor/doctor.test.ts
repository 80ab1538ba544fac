import { describe, expect, test } from 'vitest'
import type { DhcpPacket } from '#shared/wire/dhcp.ts'
import { HostName } from '#shared/domain/ids.ts'
import { hardware, mac } from '../../../tests/support/hardware.ts'
import { openInventory } from '../inventory/index.ts'
import type { NetworkCard } from '../platform/network.ts'
import { describeOffer } from './ask-dhcp.ts'
import { connectedClients } from './connected-clients.ts'
import { createExamination } from './examine.ts'

const offer = (fields: Partial<DhcpPacket>): DhcpPacket => ({
  op: 'reply', hardwareType: 1, hardwareAddress: new Uint8Array(6), hops: 0, transactionId: 1, seconds: 0, broadcast: true,
  clientAddress: '0.0.0.0', yourAddress: '0.0.0.0', serverAddress: '10.0.0.9', relayAddress: '0.0.0.0', serverName: '', bootFile: '',
  otherOptions: new Map(), ...fields, options: { messageType: 'offer', ...fields.options },
})

describe('describeOffer', () => {
  test.each([
    ['a plain DHCP server', offer({ yourAddress: '10.0.0.7', options: { messageType: 'offer', serverId: '10.0.0.254' } }),
      { server: '10.0.0.254', address: '10.0.0.7', boots: false }],
    ['one that names a boot file in the frame', offer({ yourAddress: '10.0.0.7', bootFile: 'pxelinux.0' }),
      { server: '10.0.0.9', address: '10.0.0.7', boots: true }],
    ['one that names it in option 67', offer({ options: { messageType: 'offer', bootFileName: 'pxelinux.0' } }), { server: '10.0.0.9', boots: true }],
    ['a ProxyDHCP server', offer({ options: { messageType: 'offer', vendorClass: 'PXEClient' } }), { server: '10.0.0.9', boots: true }],
  ])('%s', (_, packet, expected) => expect(describeOffer(packet)).toEqual(expected))
})

describe('createExamination', () => {
  const card = { name: 'eth0', address: '10.0.0.1', kind: 'wired' } as NetworkCard
  const parts = { card: () => card, dhcp: 'proxy', services: () => [], clients: () => [] } as const

  test('asks once for all who ask at a time, and again for who asks later', async () => {
    let asked = 0
    const examine = createExamination({
      ...parts,
      observe: async () => ({ name: 'eth0', address: '10.0.0.1', wireless: false }),
      ask: async () => {
        asked += 1
        return []
      },
    })
    const [first, second] = await Promise.all([examine(false), examine(false)])
    expect(first).toBe(second)
    expect(first.map(({ name }) => name)).toEqual(['linkUnknown', 'mtuUnknown', 'servicesGood', 'dhcpMissing', 'noOtherPxe'])
    await examine(false)
    expect(asked).toBe(2)
  })

  test('without a card asks nobody', async () => {
    const examine = createExamination({ ...parts, card: () => undefined, ask: () => Promise.reject(new Error('asked')) })
    expect((await examine(false)).map(({ name }) => name)).toEqual(['noCard', 'servicesGood'])
  })
})

test('connected computers are observed by the card that they came by', () => {
  const inventory = openInventory(':memory:')
  const classroomId = inventory.tree.classrooms()[0]!.id
  const add = (number: number, link: object): void => {
    const { id } = inventory.computers.create({ classroomId, name: HostName.parse(`pc-${number}`), macs: [mac(number)] })
    const { interfaces: [card] } = hardware(mac(number))
    inventory.hardware.put(id, hardware(mac(number), { interfaces: [{ ...card!, name: 'wlan0', mac: mac(99), speed: 54 }, { ...card!, ...link }] }))
  }
  add(1, { speed: 100, duplex: 'half', mtu: 1400 })
  add(2, { speed: 1000 })
  add(3, { speed: 1000 })
  expect(connectedClients(inventory, (card) => card !== mac(3) && card !== mac(99))).toEqual(
    [{ name: 'pc-1', speed: 100, duplex: 'half', mtu: 1400 }, { name: 'pc-2', speed: 1000 }])
  inventory.close()
})
