import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConsoleMessage } from '#shared/contract/agent.ts'
import { HostName, type MacAddress } from '#shared/domain/ids.ts'
import { mac } from '../../../tests/support/hardware.ts'
import { openInventory, type Inventory } from '../inventory/index.ts'
import { PROBE_TIME } from '#transfer/multicast/probe.ts'
import { createMulticastProbe } from './probe-multicast.ts'

let inventory: Inventory
beforeEach(() => { inventory = openInventory(':memory:') })
afterEach(() => inventory.close())

/** Four computers: the first two do nothing, the third works, the fourth is off. */
function room() {
  const classroomId = inventory.tree.classrooms()[0]!.id
  const computers = [1, 2, 3, 4].map((at) => inventory.computers.create({ classroomId, name: HostName.parse(`pc-${at}`), macs: [mac(at)] }))
  const { id, name } = computers[2]!
  inventory.operations.create({ computerId: id, computerName: name, requestedBy: 'test', task: { kind: 'restart' } })
  inventory.operations.startNext(id)
  const told: { card: MacAddress; message: ConsoleMessage }[] = []
  const sent: unknown[] = []
  const probe = createMulticastProbe({
    inventory,
    patience: 10,
    memory: 10,
    card: () => ({ address: '10.1.2.3', netmask: '255.255.255.0' }),
    link: { connected: (card) => card !== mac(4), send: (card, message) => told.push({ card, message }) > 0 },
    send: async (address, nonce) => void sent.push({ ...address, nonce }),
  })
  return { probe, told, sent }
}

test('asks those that are there and do nothing, sends once to their classroom, and says what each heard', async () => {
  const { probe, told, sent } = room()
  const found = probe.run(false)
  expect(told.map(({ card }) => card)).toEqual([mac(1), mac(2)])
  const [message] = told.map((each) => each.message)
  if (message?.type !== 'probe') throw new Error('no probe')
  expect(message).toMatchObject({ group: '239.194.1.2', port: 9000 })
  expect(sent).toEqual([{ group: '239.194.1.2', port: 9000, interface: '10.1.2.3', nonce: message.nonce }])
  probe.heard(mac(1), { type: 'probed', nonce: message.nonce, heard: 7 })
  probe.heard(mac(2), { type: 'probed', nonce: message.nonce, heard: 0 })
  probe.heard(mac(3), { type: 'probed', nonce: message.nonce, heard: 9 })
  probe.heard(mac(1), { type: 'probed', nonce: 'x'.repeat(43), heard: 0 })
  expect(await found).toEqual([{ name: 'pc-1', heard: 7 }, { name: 'pc-2', heard: 0 }])
})

test('says nothing of those that do not answer: an older agent does not know how', async () => {
  const { probe, told } = room()
  const found = probe.run(false)
  const message = told[0]?.message
  if (message?.type !== 'probe') throw new Error('no probe')
  probe.heard(mac(2), { type: 'probed', nonce: message.nonce, heard: 1 })
  expect(await found).toEqual([{ name: 'pc-2', heard: 1 }])
})

test('if it is to be long, sends once more to who has listened all the while, in a group beside the room’s own', async () => {
  const { probe, told, sent } = room()
  const found = probe.run(true)
  const asked = told.flatMap(({ card, message }) => (message.type === 'probe' ? [{ card, ...message }] : []))
  const [now, first, last] = [...new Set(asked.map(({ nonce }) => nonce))]
  expect(asked.map(({ card, group, nonce, milliseconds }) => [card, group, nonce, milliseconds > PROBE_TIME])).toEqual([
    [mac(1), '239.194.1.2', now, false], [mac(2), '239.194.1.2', now, false],
    [mac(1), '239.255.1.2', first, false], [mac(2), '239.255.1.2', first, false],
    [mac(1), '239.255.1.2', last, true], [mac(2), '239.255.1.2', last, true],
  ])
  const say = (card: MacAddress, nonce: string | undefined, heard: number) => probe.heard(card, { type: 'probed', nonce: nonce!, heard })
  for (const nonce of [now, first]) for (const card of [mac(1), mac(2)]) say(card, nonce, 12)
  say(mac(1), last, 0)
  say(mac(2), last, 3)
  expect(await found).toEqual([{ name: 'pc-1', heard: 12, lasts: false }, { name: 'pc-2', heard: 12, lasts: true }])
  expect(sent).toHaveLength(3)
})

test('whether it lasts is not said of who never heard it in that group', async () => {
  const { probe, told } = room()
  const found = probe.run(true)
  for (const [at, { card, message }] of told.entries()) if (message.type === 'probe') probe.heard(card, { ...message, type: 'probed', heard: at < 2 ? 12 : 0 })
  expect(await found).toEqual([{ name: 'pc-1', heard: 12 }, { name: 'pc-2', heard: 12 }])
})
