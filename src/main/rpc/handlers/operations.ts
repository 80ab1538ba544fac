import type { Handlers } from '#shared/contract/rpc.ts'
import type { Inventory } from '../../inventory/index.ts'
import type { Requests } from '../../operations/requests.ts'
import type { Views } from '../../operations/views.ts'
import type { CallDependencies } from './dependencies.ts'

type OperationCalls =
  | 'restore.plan' | 'restore.start' | 'computers.power'
  | 'operations.list' | 'operations.get' | 'operations.log' | 'operations.cancel'

export interface OperationHandlerParts {
  inventory: Inventory
  requests: Requests
  views: Views
  wake: CallDependencies['wake']
}

export function operationHandlers({ inventory, requests, views, wake }: OperationHandlerParts): Pick<Handlers, OperationCalls> {
  return {
    'restore.plan': (request) => requests.plan(request),
    'restore.start': (request, { name }) => requests.restore(request, name),
    'computers.power': async ({ computers, action }, { name }) => {
      if (action !== 'start') return requests.power(computers, action, name)
      // Nobody answers a magic packet: whether it woke is seen by its boot, and there is nothing to follow.
      await wake(computers.flatMap((id) => inventory.computers.get(id).macs))
      return []
    },
    'operations.list': ({ computer, limit }) => views.operations(computer, limit),
    'operations.get': ({ id }) => views.operation(id),
    'operations.log': ({ id, after }) => inventory.operationLogs.list(id, after),
    'operations.cancel': ({ id }, { name }) => requests.cancel(id, name),
  }
}
