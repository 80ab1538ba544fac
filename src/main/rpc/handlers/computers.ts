import type { Handlers } from '#shared/contract/rpc.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import { adopt, identity } from '../../agents/adoption.ts'
import type { AgentLink } from '../../agents/link.ts'
import type { Pending } from '../../agents/pending.ts'
import { notFound } from '../../inventory/constraints.ts'
import type { ComputerRecord } from '../../inventory/computers.ts'
import type { Inventory } from '../../inventory/index.ts'
import type { Announcer } from '../../operations/announcer.ts'
import type { Views } from '../../operations/views.ts'
import type { CallDependencies } from './dependencies.ts'
import type { RemoveComputers } from './remove-computers.ts'

type ComputerCalls =
  | 'computers.list' | 'computers.create' | 'computers.update' | 'computers.remove' | 'computers.timeline'
  | 'pending.list' | 'pending.adopt'

export interface ComputerHandlerParts {
  inventory: Inventory
  link: AgentLink
  pending: Pending
  announce: Announcer
  removeComputers: RemoveComputers
  views: Views
  timeline: CallDependencies['timeline']
}

export function computerHandlers(parts: ComputerHandlerParts): Pick<Handlers, ComputerCalls> {
  const { inventory, link, pending, announce, removeComputers, views, timeline } = parts
  const { computers } = inventory

  /** Its agent shows on the computer's own screen who it is. */
  function tell(computer: ComputerRecord): void {
    for (const mac of computer.macs) link.send(mac, { type: 'adopted', computer: identity(computer) })
  }

  function added(computer: ComputerRecord): ReturnType<Views['computer']> {
    tell(computer)
    announce.computer(computer.id)
    if (computer.macs.filter((mac) => pending.remove(mac)).length > 0) announce.pending()
    return views.computer(computer.id)
  }

  /** Its agent's facts go with it when it is waiting to be adopted under one of these cards. */
  function create(macs: readonly MacAddress[], computer: Omit<Parameters<typeof computers.create>[0], 'macs'>): ComputerRecord {
    const found = macs.map((mac) => pending.get(mac)).find((entry) => entry !== undefined)
    const created = computers.create({ ...computer, macs })
    if (!found) return created
    inventory.hardware.put(created.id, found.hardware)
    computers.seen(created.id, found.ip)
    return computers.get(created.id)
  }

  return {
    'computers.list': () => views.computers(),
    'computers.create': ({ macs, ...computer }) => added(inventory.atomically(() => create(macs, computer))),
    'computers.update': ({ id, ...changes }) => {
      const computer = computers.update(id, changes)
      if (changes.name !== undefined) tell(computer)
      announce.computer(id)
      if (changes.macs && computer.macs.filter((mac) => pending.remove(mac)).length > 0) announce.pending()
      return views.computer(id)
    },
    'computers.remove': ({ id }, { name }) => {
      removeComputers([computers.get(id)], name)
      return null
    },
    'computers.timeline': ({ mac }) => timeline(mac),
    'pending.list': () => pending.list(computers.allNames()),
    'pending.adopt': ({ mac, ...computer }) => {
      const found = pending.get(mac)
      if (!found) throw notFound(mac)
      return added(adopt(inventory, found, computer))
    },
  }
}
