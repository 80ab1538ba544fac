import type { Observations } from '#shared/domain/diagnose.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import type { Inventory } from '../inventory/index.ts'

/** The computers whose agents are connected, and the links of the cards that they came by. */
export function connectedClients(inventory: Inventory, connected: (mac: MacAddress) => boolean): Observations['clients'] {
  return inventory.computers.list().flatMap(({ name, macs, hardware }) => {
    const mac = macs.find(connected)
    const card = hardware?.interfaces.find((each) => each.mac === mac)
    return card ? [{ name, speed: card.speed, duplex: card.duplex, mtu: card.mtu }] : []
  })
}
