/** Operations and computers as screens see them: what the inventory knows and what is going on now, put together. */
import type { ComputerView, OperationView } from '#shared/contract/views.ts'
import { computerState } from '#shared/domain/computer-state.ts'
import type { ComputerId, OperationId } from '#shared/domain/ids.ts'
import type { Presence } from '../agents/presence.ts'
import type { ComputerRecord } from '../inventory/computers.ts'
import type { Inventory } from '../inventory/index.ts'
import type { OperationRecord } from '../inventory/operations.ts'
import type { LiveProgress, LiveView } from './live-progress.ts'
import { createRetries } from './retry.ts'
import type { OperationTask, RestoreTask, UpdateCacheTask } from './task.ts'

export interface Views {
  operation(id: OperationId): OperationView
  operations(computer: ComputerId | undefined, limit: number): OperationView[]
  computer(id: ComputerId): ComputerView
  computers(): ComputerView[]
}

export function createViews(inventory: Inventory, presence: Presence, live: LiveProgress): Views {
  const retryOf = createRetries(inventory.operations)
  const operation = (record: OperationRecord): OperationView => operationView(record, live.view(record.id))
  const computer = (record: ComputerRecord): ComputerView => {
    const latest = inventory.operations.latest(record.id)
    const retry = latest && retryOf(latest)
    const booting = presence.booting(record.macs)
    const { maintenance, ...facts } = record
    return {
      ...facts,
      state: computerState({
        maintenance,
        agent: presence.agent(record.macs),
        running: latest?.state === 'running',
        booting: booting !== undefined,
      }),
      ...(latest ? { operation: operation(latest) } : {}),
      ...(retry ? { retry } : {}),
      ...(booting ? { booting } : {}),
    }
  }
  return {
    operation: (id) => operation(inventory.operations.get(id)),
    operations: (of, limit) => inventory.operations.list(of, limit).map(operation),
    computer: (id) => computer(inventory.computers.get(id)),
    computers: () => inventory.computers.list().map(computer),
  }
}

export function operationView(record: OperationRecord, live: LiveView): OperationView {
  const { task, confirmedAt: _, ...facts } = record
  return { ...facts, kind: task.kind, ...taskView(task), ...live }
}

function taskView(task: OperationTask): Partial<OperationView> {
  if (task.kind === 'capture') return { target: task.source, imageName: task.image, ...(task.intoCache && { intoCache: true }) }
  if (task.kind === 'restore') return { target: task.target, ...imageView(task) }
  if (task.kind === 'updateCache') return imageView(task)
  if (task.kind === 'deleteCached' || task.kind === 'publishCached') return { imageName: task.image }
  if (task.kind === 'prepareCache') return { target: { disk: task.disk } }
  return {}
}

function imageView({ image, revision, method, changed, deployment }: RestoreTask | UpdateCacheTask): Partial<OperationView> {
  return {
    imageName: image, revision, method, ...(changed && { changed }),
    ...(deployment && { command: deployment.command, ...(deployment.id !== undefined && { deployment: deployment.id }) }),
  }
}
