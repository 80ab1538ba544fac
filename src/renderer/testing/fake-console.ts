/** A console in memory behind the client's interface, for unit tests of screens. */
import type { CallInput, CallName, CallResult } from '#shared/contract/console.ts'
import type { Client } from '#shared/contract/rpc.ts'
import type { EventName, Events } from '#shared/contract/views.ts'

type Answers = { [N in CallName]?: (args: CallInput<N>) => CallResult<N> | Promise<CallResult<N>> }

export interface FakeConsole extends Client {
  /** Every call so far, in order. */
  calls: { name: CallName; args: unknown }[]
  /** Tells the listeners of an event. */
  emit<E extends EventName>(event: E, data: Events[E]): void
}

/** Answers what it is given answers for; anything else rejects, so that no test passes on an accident. */
export function fakeConsole(answers: Answers): FakeConsole {
  const calls: FakeConsole['calls'] = []
  const listeners = new Map<EventName, Set<(data: never) => void>>()
  return {
    calls,
    async call(name, args) {
      calls.push({ name, args })
      const answer = answers[name]
      if (!answer) throw new Error(`the fake console has no answer to ${name}`)
      return await answer(args)
    },
    on(event, listener) {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set)
      set.add(listener)
      return () => void set.delete(listener)
    },
    emit(event, data) {
      for (const listener of listeners.get(event) ?? []) listener(data as never)
    },
  }
}
