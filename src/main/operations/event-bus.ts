/** Where everything that changes is told, and every door listens. */
import type { Subscribe } from '#shared/contract/rpc.ts'
import type { EventName, Events } from '#shared/contract/views.ts'
import type { Log } from '../platform/log.ts'

export interface EventBus {
  emit: <E extends EventName>(event: E, data: Events[E]) => void
  subscribe: Subscribe
}

type Listener = Parameters<Subscribe>[0]

/** A listener that throws (a pipe that has just closed) keeps nothing from the others. */
export function createEventBus(log: Pick<Log, 'warn'>): EventBus {
  const listeners = new Set<Listener>()
  return {
    emit(event, data) {
      for (const listener of listeners) {
        try {
          listener(event, data)
        } catch (error) {
          log.warn({ event, err: error }, 'a listener of events failed')
        }
      }
    },
    subscribe(listener) {
      // Wrapped, so that the same function subscribed twice is two subscriptions.
      const own: Listener = (event, data) => listener(event, data)
      listeners.add(own)
      return () => void listeners.delete(own)
    },
  }
}
