/** Tells every door what has changed, as it is now. */
import type { ComputerId, OperationId } from '#shared/domain/ids.ts'
import type { LogLineView } from '#shared/contract/views.ts'
import type { Inventory } from '../inventory/index.ts'
import type { Pending } from '../agents/pending.ts'
import type { EventBus } from './event-bus.ts'
import type { Views } from './views.ts'

export interface Announcer {
  computer(id: ComputerId): void
  computerRemoved(id: ComputerId): void
  operation(id: OperationId): void
  log(lines: LogLineView[]): void
  pending(): void
  images(): void
  tree(): void
}

export function createAnnouncer(bus: EventBus, views: Views, inventory: Inventory, pending: Pending): Announcer {
  return {
    computer(id) {
      // What it ran may end after it was removed.
      if (inventory.computers.find(id)) bus.emit('computer.changed', views.computer(id))
    },
    computerRemoved: (id) => bus.emit('computer.removed', { id }),
    operation: (id) => bus.emit('operation.changed', views.operation(id)),
    log: (lines) => bus.emit('operation.log', lines),
    pending: () => bus.emit('pending.changed', pending.list(inventory.computers.allNames())),
    images: () => bus.emit('images.changed', {}),
    tree: () => bus.emit('tree.changed', {}),
  }
}
