/** The desktop window's door: Electron's IPC, there from start to end and without a login. */
import type { DesktopApi } from '#shared/contract/desktop.ts'
import { connect } from '#shared/contract/rpc.ts'
import type { Door, Link } from './link.ts'

declare global {
  interface Window {
    /** Put there by the preload of the desktop window; absent in a browser. */
    readonly clonaula?: DesktopApi
  }
}

export function desktopDoor(api: DesktopApi): Door {
  const client = connect({
    send: (message) => api.send(message),
    onMessage: (listener) => api.onMessage(listener),
    // The window and its pipe end together.
    onClose: () => undefined,
  })
  // Who sits at the console's own computer may do everything.
  const link: Link = { phase: 'online', client, role: 'administrator' }
  return {
    kind: 'desktop',
    link: () => link,
    subscribe: () => () => undefined,
    login: () => Promise.resolve('ok'),
    logout: () => undefined,
  }
}
