import { beforeEach, expect, test } from 'vitest'
import { chooseCard, type NetworkCard } from '../platform/network.ts'
import type { ServiceName } from '../platform/services.ts'
import { createClassroomNetwork, type ClassroomNetwork } from './classroom-network.ts'
import type { Classroom } from './classroom.ts'

const card = (name: string, address: string): NetworkCard => ({
  name, address, netmask: '255.255.255.0', prefix: 24, broadcast: '', mac: '', kind: 'wired',
})
const [room1, room2] = [card('eth0', '10.1.0.5'), card('eth0', '10.2.0.5')]

let cards: NetworkCard[]
let network: ClassroomNetwork
let calls: string[]

beforeEach(() => {
  cards = []
  calls = []
  network = createClassroomNetwork({ choose: () => chooseCard(cards, {}), make: (made) => ({ card: made }) as Classroom })
})

const service = (name: ServiceName) => network.service(
  name,
  async ({ card: { address } }) => {
    calls.push(`${name} on ${address}`)
    return { listens: address }
  },
  async ({ card: { address } }) => void calls.push(`${name} off ${address}`),
)

test('without an address nothing starts, and the reason says what to do', async () => {
  await expect(service('http').start()).rejects.toMatchObject({ result: 'noNetwork' })
  cards = [room1, card('eth1', '10.9.0.5')]
  await expect(service('http').start()).rejects.toMatchObject({ result: 'severalNetworks', params: { cards: 'eth0 10.1.0.5, eth1 10.9.0.5' } })
  expect(network.moved()).toBe(false)
})

test('an address that appears is one to move to; while it stays, there is nothing to move', async () => {
  const http = service('http')
  cards = [room1]
  expect(network.moved()).toBe(true)
  await http.start()
  expect(network.moved()).toBe(false)
  cards = [room1, card('eth1', '10.9.0.5')]
  expect(network.moved()).toBe(false)
})

test('services follow to another room together', async () => {
  const [http, dhcp] = [service('http'), service('dhcp')]
  cards = [room1]
  await http.start()
  cards = []
  expect(network.moved()).toBe(false)
  cards = [room2]
  expect(network.moved()).toBe(true)
  // As long as one still runs, the others stay with it.
  await dhcp.start()
  await dhcp.stop()
  await http.stop()
  await http.start()
  expect(calls).toEqual(['http on 10.1.0.5', 'dhcp on 10.1.0.5', 'dhcp off 10.1.0.5', 'http off 10.1.0.5', 'http on 10.2.0.5'])
  expect(network.current()?.card).toBe(room2)
})
