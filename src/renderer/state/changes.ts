/** What an event changes in the screens' data. Pure: many are applied at once, so that a busy room costs one render. */
import type { EventName, Events } from '#shared/contract/views.ts'
import { byId, type ById } from './by-id.ts'
import type { ConsoleData } from './console-store.ts'

export type Change = { [E in EventName]: { event: E; data: Events[E] } }[EventName]

/** Events that only say that something must be read again. */
export type Stale = 'tree' | 'images'

/** Operations that the screens keep; older ones stay in the console's history. */
export const OPERATIONS_KEPT = 1000

export function applyChanges(data: ConsoleData, changes: readonly Change[]): Partial<ConsoleData> {
  const next: Partial<ConsoleData> = {}
  const computers = new Map(data.computers)
  const operations = new Map(data.operations)
  for (const change of changes) {
    switch (change.event) {
      case 'computer.changed':
        computers.set(change.data.id, change.data)
        next.computers = computers
        break
      case 'computer.removed':
        computers.delete(change.data.id)
        next.computers = computers
        break
      case 'operation.changed': {
        operations.set(change.data.id, change.data)
        next.operations = operations
        // Progress comes as a change of the operation alone, and is shown with its computer.
        const computer = computers.get(change.data.computerId)
        if (computer?.operation?.id === change.data.id) {
          computers.set(computer.id, { ...computer, operation: change.data })
          next.computers = computers
        }
        break
      }
      case 'pending.changed':
        next.pending = change.data
        break
      case 'services.changed':
        next.services = change.data
        break
      case 'tree.changed':
      case 'images.changed':
      case 'operation.log':
      case 'boot.event':
        break
    }
  }
  if (next.operations) next.operations = newest(operations)
  return next
}

export function staleAfter(changes: readonly Change[]): Set<Stale> {
  const stale = new Set<Stale>()
  for (const { event } of changes) {
    if (event === 'tree.changed') stale.add('tree')
    if (event === 'images.changed') stale.add('images')
  }
  return stale
}

function newest<T extends { id: number }>(rows: ById<T>): ById<T> {
  if (rows.size <= OPERATIONS_KEPT) return rows
  return byId([...rows.values()].sort((a, b) => a.id - b.id).slice(-OPERATIONS_KEPT))
}
