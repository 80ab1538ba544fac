/** The only place that knows how the screens reach the console, and what the desktop window adds. */
import type { DesktopApi } from '#shared/contract/desktop.ts'
import { browserDoor } from './browser.ts'
import { desktopDoor } from './desktop.ts'
import type { Door } from './link.ts'

export { useAnswer, type Answer } from './answer.ts'
export { ClientContext, useClient } from './client.ts'
export { RoleContext, useMay, useRefusal } from './permission.ts'
export { useLink, type Door, type Link, type LoginResult } from './link.ts'

/** Desktop extras; undefined in a browser. */
export const desktop: Pick<DesktopApi, 'onMenu' | 'languageChanged'> | undefined = window.clonaula

export function openDoor(): Door {
  return window.clonaula ? desktopDoor(window.clonaula) : browserDoor()
}
