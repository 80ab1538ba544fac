import { join } from 'node:path'
import { app, BrowserWindow, dialog } from 'electron'
import type { Language } from '#shared/i18n/index.ts'
import { serveWindow, type Served } from './pipe.ts'
import { desktopWords } from './words.ts'

interface WindowOptions {
  served: Served
  /** Operations that closing the window would leave waiting. */
  running: () => number
  language: () => Language
}

export async function openWindow({ served, running, language }: WindowOptions): Promise<void> {
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    minWidth: 1024,
    minHeight: 640,
    show: false,
    title: 'Clonaula',
    webPreferences: { preload: join(app.getAppPath(), 'out/preload/index.cjs'), sandbox: true, contextIsolation: true, nodeIntegration: false },
  })
  serveWindow(window.webContents, served)
  window.once('ready-to-show', () => window.show())
  window.on('close', (event) => {
    if (running() > 0 && !mayClose(window, running(), language())) event.preventDefault()
  })
  // electron-vite's development server; a packaged program never has one.
  const developmentServer = process.env['ELECTRON_RENDERER_URL']
  const loading = developmentServer ? window.loadURL(developmentServer) : window.loadFile(join(app.getAppPath(), 'out/renderer/index.html'))
  await loading.catch(unlessAborted)
}

/** A reload or a close before the page is there ends its loading, and is no failure. */
function unlessAborted(error: Error & { code?: string }): void {
  if (error.code !== 'ERR_ABORTED') throw error
}

function mayClose(window: BrowserWindow, running: number, language: Language): boolean {
  const words = desktopWords[language]
  const CLOSE = 1
  const chosen = dialog.showMessageBoxSync(window, {
    type: 'warning',
    message: words.closing(running),
    detail: words.closingDetail,
    buttons: [words.stay, words.close],
    defaultId: 0,
    cancelId: 0,
  })
  return chosen === CLOSE
}
