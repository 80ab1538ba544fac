import { useState } from 'react'
import { acceptedRequests, type Planned, type Request } from './planned.ts'

/** Starts each request once: after a failure half-way, trying again goes on with those that are left. */
export function useExecute<R extends Request>(
  planned: readonly Planned<R>[],
  start: (request: R) => Promise<unknown>,
  onDone: () => void,
): { execute: () => void; busy: boolean; error: unknown } {
  const [left, setLeft] = useState(() => acceptedRequests(planned))
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const run = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    const waiting = [...left]
    try {
      for (let next = waiting[0]; next; next = waiting[0]) {
        await start(next)
        waiting.shift()
      }
      onDone()
    } catch (reason) {
      setLeft(waiting)
      setError(reason)
      setBusy(false)
    }
  }
  return { execute: () => void run(), busy, error }
}
