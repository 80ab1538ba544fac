import { useEffect, useState } from 'react'
import type { Client } from '#shared/contract/rpc.ts'
import type { LogLineView } from '#shared/contract/views.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import { useClient } from '../bridge/index.ts'
import { reportFailure } from './notices.ts'

/** Lines kept on the screen; the console keeps them all. */
const LINES_KEPT = 10_000

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

/** Both in the order of their ids, each line once, the oldest dropped beyond what is kept. */
export function mergeLines(before: readonly LogLineView[], more: readonly LogLineView[]): readonly LogLineView[] {
  const last = before.at(-1)?.id ?? 0
  // The usual case: new lines follow the known ones.
  if (more.every((line, index) => line.id > (more[index - 1]?.id ?? last))) return [...before, ...more].slice(-LINES_KEPT)
  const all = new Map([...before, ...more].map((line) => [line.id, line]))
  return [...all.values()].sort((a, b) => a.id - b.id).slice(-LINES_KEPT)
}
