/** What the console answers to a question that a screen asks when it is shown. */
import { useCallback, useEffect, useState } from 'react'
import type { CallInput, CallName, CallResult } from '#shared/contract/console.ts'
import { useClient } from './client.ts'

export interface Answer<T> {
  /** The last one; undefined until the first is in. */
  answer: T | undefined
  error: unknown
  /** Asks again. */
  ask: () => void
}

/** @param args compared as JSON: other arguments are another question */
export function useAnswer<N extends CallName>(call: N, args: CallInput<N>): Answer<CallResult<N>> {
  const client = useClient()
  const [state, setState] = useState<{ answer?: CallResult<N>; error?: unknown }>({})
  const question = JSON.stringify(args)
  const ask = useCallback(() => {
    client.call(call, JSON.parse(question) as CallInput<N>).then(
      (answer) => setState({ answer }),
      (error: unknown) => setState(({ answer }) => ({ ...(answer !== undefined && { answer }), error })),
    )
  }, [client, call, question])
  useEffect(ask, [ask])
  return { answer: state.answer, error: state.error, ask }
}
