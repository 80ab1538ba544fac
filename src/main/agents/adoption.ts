/** How a computer that no one knew becomes one of the inventory. */
import type { ConsoleMessage } from '#shared/contract/agent.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import { nextName } from '#shared/domain/name-pattern.ts'
import type { ComputerRecord, NewComputer } from '../inventory/computers.ts'
import type { Inventory } from '../inventory/index.ts'
import type { PendingComputer } from './pending.ts'

/** MAC addresses that a computer may have in the inventory. */
const MAX_MACS = 8
const NO_ADDRESS = '00:00:00:00:00:00'

/** The computer as it now is, for its own screen. */
export function identity({ id, name }: ComputerRecord): Extract<ConsoleMessage, { type: 'adopted' }>['computer'] {
  return { id, name }
}

/**
 * Adds a computer with what its agent has told: all its cards that nobody else has, so that it is known by
 * whichever it boots from next time.
 * @throws `nameTaken` · `notFound` classroom or group
 */
export function adopt(inventory: Inventory, found: PendingComputer, computer: Omit<NewComputer, 'macs'>): ComputerRecord {
  return inventory.atomically(() => {
    const { id } = inventory.computers.create({ ...computer, macs: macsOf(inventory, found) })
    inventory.hardware.put(id, found.hardware)
    inventory.computers.seen(id, found.ip)
    return inventory.computers.get(id)
  })
}

function macsOf(inventory: Inventory, { mac, hardware }: PendingComputer): MacAddress[] {
  const others = hardware.interfaces.map((card) => card.mac)
    .filter((other) => other !== mac && other !== NO_ADDRESS && inventory.computers.idByMac(other) === undefined)
  return [mac, ...new Set(others)].slice(0, MAX_MACS)
}

/** Adopts into the classroom that takes new computers now, under its pattern's next name; undefined when none does. */
export function enrol(inventory: Inventory, found: PendingComputer): ComputerRecord | undefined {
  const window = inventory.tree.openEnrolment()
  if (!window) return undefined
  const name = nextName(window.pattern, inventory.computers.names(window.classroomId))
  return name === undefined ? undefined : adopt(inventory, found, { classroomId: window.classroomId, name })
}
