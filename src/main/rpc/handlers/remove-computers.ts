import { ClonaulaError } from '#shared/domain/errors.ts'
import { connectedCard, type AgentLink } from '../../agents/link.ts'
import type { Pending } from '../../agents/pending.ts'
import type { ComputerRecord } from '../../inventory/computers.ts'
import type { Inventory } from '../../inventory/index.ts'
import type { Announcer } from '../../operations/announcer.ts'
import type { Runner } from '../../operations/runner.ts'

/**
 * Forgets computers, all or none. What waits for them never runs; whose agent is connected waits to be adopted again.
 * @param within what is written with it
 * @throws `busy` one is at work
 */
export type RemoveComputers = (computers: readonly ComputerRecord[], who: string, within?: () => void) => void

export interface RemoveParts {
  inventory: Inventory
  link: AgentLink
  pending: Pending
  runner: Runner
  announce: Announcer
}

export function createRemoveComputers({ inventory, link, pending, runner, announce }: RemoveParts): RemoveComputers {
  return (computers, who, within) => {
    for (const { id, name } of computers) {
      if (inventory.operations.runningOn(id)) throw new ClonaulaError('busy', `${name} is busy`)
    }
    for (const { id } of computers) {
      for (const waiting of inventory.operations.queued(id)) runner.cancel(waiting.id, who)
    }
    inventory.atomically(() => {
      for (const { id } of computers) inventory.computers.remove(id)
      within?.()
    })
    for (const { id } of computers) announce.computerRemoved(id)
    const left = computers.filter(({ macs, ip, hardware }) => {
      const connected = connectedCard(link, macs)
      if (connected === undefined || hardware === undefined) return false
      pending.put({ mac: connected, ip, hardware })
      return true
    })
    if (left.length > 0) announce.pending()
  }
}
