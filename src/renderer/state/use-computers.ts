import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { useConsole } from './console-store.ts'

/** Those of them that are still in the inventory, in the order given. */
export function useComputers(ids: readonly ComputerId[]): ComputerView[] {
  const rows = useConsole((data) => data.computers)
  return ids.flatMap((id) => rows.get(id) ?? [])
}
