import { useEffect, useState } from 'react'
import type { Client } from '#shared/contract/rpc.ts'
import type { LogLineView } from '#shared/contract/views.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import { useClient } from '../bridge/index.ts'
import { mergeLines } from './log-lines.ts'
import { reportFailure } from './notices.ts'

/** The log of an operation: what was printed so far, and what comes. */
export function useOperationLog(id: OperationId): readonly LogLineView[] {
  const client = useClient()
  const [lines, setLines] = useState<readonly LogLineView[]>([])
  useEffect(() => followLog(client, id, (more) => setLines((before) => mergeLines(before, more))), [client, id])
  return lines
}

/** Listens first and reads then: lines that come both ways are told by their id. */
function followLog(client: Client, id: OperationId, onLines: (lines: readonly LogLineView[]) => void): () => void {
  let following = true
  const off = client.on('operation.log', (lines) => {
    const own = lines.filter(({ operationId }) => operationId === id)
    if (own.length > 0) onLines(own)
  })
  client.call('operations.log', { id }).then((lines) => {
    if (following) onLines(lines)
  }, reportFailure)
  return () => {
    following = false
    off()
  }
}
