import type { OperationView } from '#shared/contract/views.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import { isFinished } from '#shared/domain/operation.ts'
import type { Served } from './pipe.ts'

export interface Running {
  count: () => number
  stop: () => void
}

/** Counts the operations that are not finished; `onChange` hears every new count, the first included. */
export async function watchRunning({ handlers, subscribe }: Served, onChange: (count: number) => void): Promise<Running> {
  const running = new Set<OperationId>()
  const note = ({ id, state }: OperationView): void => {
    if (isFinished(state)) running.delete(id)
    else running.add(id)
  }
  const known = await handlers['operations.list']({ limit: 1000 }, { name: 'desktop', role: 'viewer' })
  for (const operation of known) note(operation)
  onChange(running.size)
  const stop = subscribe((event, data) => {
    if (event !== 'operation.changed') return
    const before = running.size
    note(data as OperationView)
    if (running.size !== before) onChange(running.size)
  })
  return { count: () => running.size, stop }
}
