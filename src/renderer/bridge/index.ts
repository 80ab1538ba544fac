/** The only place that knows how the screens reach the console, and what the desktop window adds. */
import { createContext, use } from 'react'
import type { DesktopApi } from '#shared/contract/desktop.ts'
import type { Client } from '#shared/contract/rpc.ts'
import { browserDoor } from './browser.ts'
import { desktopDoor } from './desktop.ts'
import type { Door } from './link.ts'

export { RoleContext, useMay, useRefusal } from './permission.ts'
export { useLink, type Door, type Link, type LoginResult } from './link.ts'

/** Desktop extras; undefined in a browser. */
export const desktop: Pick<DesktopApi, 'onMenu' | 'languageChanged'> | undefined = window.clonaula

export function openDoor(): Door {
  return window.clonaula ? desktopDoor(window.clonaula) : browserDoor()
}

export const ClientContext = createContext<Client | undefined>(undefined)

/** The console, for components below the shell. */
export function useClient(): Client {
  const client = use(ClientContext)
  if (!client) throw new Error('useClient is for components inside the shell')
  return client
}
