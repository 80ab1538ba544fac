import type { WebContents } from 'electron'
import { DESKTOP_CHANNEL } from '#shared/contract/desktop.ts'
import { serve, type Caller, type Handlers, type Pipe, type Subscribe } from '#shared/contract/rpc.ts'

/** What of the console a window needs. */
export interface Served {
  handlers: Handlers
  subscribe: Subscribe
}

/** Whoever sits at the window sits at the console. */
const ATTENDANT: Caller = { name: 'console', role: 'administrator' }

/**
 * Serves the console to a window, afresh for every page that it loads: answers for the page before a
 * reload must not reach the page after it, whose calls are numbered from one again.
 */
export function serveWindow(contents: WebContents, { handlers, subscribe }: Served): void {
  let close: () => void = () => undefined
  const open = (): void => {
    const page = pagePipe(contents)
    close = page.close
    serve(page.pipe, handlers, subscribe, ATTENDANT)
  }
  open()
  contents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
    if (!isMainFrame || isSameDocument) return
    close()
    open()
  })
  contents.on('destroyed', () => close())
}

/** The RPC's pipe over Electron's IPC, for as long as one page is shown. */
function pagePipe(contents: WebContents): { pipe: Pipe; close: () => void } {
  const closed: (() => void)[] = []
  const stops: (() => void)[] = []
  return {
    pipe: {
      send: (message) => {
        if (!contents.isDestroyed()) contents.send(DESKTOP_CHANNEL.rpc, message)
      },
      onMessage: (listener) => {
        const onIpc = (_: unknown, message: unknown): void => listener(message)
        contents.ipc.on(DESKTOP_CHANNEL.rpc, onIpc)
        stops.push(() => contents.ipc.off(DESKTOP_CHANNEL.rpc, onIpc))
      },
      onClose: (listener) => void closed.push(listener),
    },
    close: () => {
      for (const stop of stops) stop()
      for (const listener of closed) listener()
    },
  }
}
