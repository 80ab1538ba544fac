/** From what people ask to operations: written to the inventory together, then handed to the runner. */
import type { OperationView } from '#shared/contract/views.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import type { Inventory } from '../inventory/index.ts'
import type { Announcer } from './announcer.ts'
import type { Runner } from './runner.ts'
import type { OperationTask } from './task.ts'
import type { Views } from './views.ts'

export interface Order {
  computer: ComputerId
  task: OperationTask
  /** Why it ends before it begins. */
  refusal?: ClonaulaError | undefined
}

export interface Orders {
  /** All are written before the first one runs; those of one computer run in this order. */
  launch(orders: readonly Order[], who: string): OperationView[]
  /** Why nothing can be done on a computer now: set aside, or no live agent answers. */
  notReady(computer: ComputerId): ClonaulaError | undefined
}

export interface OrderParts {
  inventory: Inventory
  runner: Pick<Runner, 'dispatch' | 'refuse'>
  views: Views
  announce: Pick<Announcer, 'operation'>
}

export function createOrders({ inventory, runner, views, announce }: OrderParts): Orders {
  const { computers, operations } = inventory
  return {
    launch(orders, requestedBy) {
      const created = inventory.atomically(() => orders.map(({ computer, task, refusal }) => ({
        computer,
        refusal,
        operation: operations.create({ computerId: computer, computerName: computers.get(computer).name, task, requestedBy }),
      })))
      for (const { operation, refusal } of created) {
        if (refusal) runner.refuse(operation, refusal)
        else announce.operation(operation.id)
      }
      runner.dispatch(...new Set(created.map(({ computer }) => computer)))
      return created.map(({ operation }) => views.operation(operation.id))
    },
    notReady(id) {
      const { state, name } = views.computer(id)
      if (state === 'maintenance') return new ClonaulaError('maintenance', `${name} is in maintenance`)
      if (state !== 'waiting' && state !== 'busy') return new ClonaulaError('noAgent', `${name} is ${state}`)
      return undefined
    },
  }
}
