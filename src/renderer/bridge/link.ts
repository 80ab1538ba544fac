/** What the screens know about their connection to the console, whichever door it goes through. */
import { useSyncExternalStore } from 'react'
import type { Role } from '#shared/contract/people.ts'
import type { Client } from '#shared/contract/rpc.ts'

export type Link =
  | { phase: 'connecting' }
  /** A browser without a session. */
  | { phase: 'login' }
  | { phase: 'online'; client: Client; role: Role }
  /** Was online; the door is trying again. Calls of the old client reject. */
  | { phase: 'offline'; client: Client; role: Role }

export type LoginResult = 'ok' | 'wrong' | 'tooMany' | 'unreachable'

/** A way to the console: the desktop window's IPC, or a browser's WebSocket. */
export interface Door {
  readonly kind: 'desktop' | 'browser'
  link: () => Link
  subscribe: (listener: () => void) => () => void
  /** Browser only. */
  login: (name: string, password: string) => Promise<LoginResult>
  /** Browser only. */
  logout: () => void
}

export function useLink(door: Door): Link {
  return useSyncExternalStore(door.subscribe, door.link)
}

/** The changing link of a door, and who listens to it. */
export function linkState(initial: Link): { get: () => Link; set: (link: Link) => void; subscribe: Door['subscribe'] } {
  let current = initial
  const listeners = new Set<() => void>()
  return {
    get: () => current,
    set: (link) => {
      current = link
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
