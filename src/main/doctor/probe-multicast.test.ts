import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConsoleMessage } from '#shared/contract/agent.ts'
import { HostName, type MacAddress } from '#shared/domain/ids.ts'
import { mac } from '../../../tests/support/hardware.ts'
import { openInventory, type Inventory } from '../inventory/index.ts'
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
    card: () => ({ address: '10.1.2.3', netmask: '255.255.255.0' }),
    link: { connected: (card) => card !== mac(4), send: (card, message) => told.push({ card, message }) > 0 },
    send: async (address, nonce) => void sent.push({ ...address, nonce }),
  })
  return { probe, told, sent }
}

test('asks those that are there and do nothing, sends once to their classroom, and says what each heard', async () => {
  const { probe, told, sent } = room()
  const found = probe.run()
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
  const found = probe.run()
  const message = told[0]?.message
  if (message?.type !== 'probe') throw new Error('no probe')
  probe.heard(mac(2), { type: 'probed', nonce: message.nonce, heard: 1 })
  expect(await found).toEqual([{ name: 'pc-2', heard: 1 }])
})
