import type { ComputerId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { reportFailure } from '../../state/notices.ts'

/** Switching on harms nobody: it is done at once, without a question. */
export function useStart(): (computers: ComputerId[]) => void {
  const client = useClient()
  return (computers) => {
    client.call('computers.power', { computers, action: 'start' }).catch(reportFailure)
  }
}
