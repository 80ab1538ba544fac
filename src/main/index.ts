/** The desktop program: the console's core in Electron's main process, and a window on it. */
import { app, BrowserWindow, dialog, ipcMain } from 'electron'
import { DESKTOP_CHANNEL } from '#shared/contract/desktop.ts'
import { Language } from '#shared/i18n/index.ts'
import { startCore, type Core } from './core.ts'
import { createAwake } from './desktop/awake.ts'
import { guardContents } from './desktop/guard.ts'
import { showMenu } from './desktop/menu.ts'
import { watchRunning } from './desktop/running.ts'
import { openWindow } from './desktop/window.ts'
import { desktopWords } from './desktop/words.ts'
import { dataFolder } from './platform/data-folder.ts'

/** The screens' language; until they say theirs, the console's. */
let language: Language = 'es'

function speak(spoken: Language): void {
  language = spoken
  showMenu(language, (command) => BrowserWindow.getAllWindows()[0]?.webContents.send(DESKTOP_CHANNEL.menu, command))
}

function showFirstWindow(): void {
  const [window] = BrowserWindow.getAllWindows()
  if (window?.isMinimized()) window.restore()
  window?.focus()
}

async function start(): Promise<void> {
  await app.whenReady()
  guardContents()
  const core = await startCore({ data: dataFolder() })
  stopWithApp(core)
  speak(core.settings.language)
  ipcMain.on(DESKTOP_CHANNEL.language, (_, spoken: unknown) => {
    const known = Language.safeParse(spoken)
    if (known.success) speak(known.data)
  })
  const awake = createAwake()
  const running = await watchRunning(core, (count) => awake(count > 0))
  const open = (): Promise<void> => openWindow({ served: core, running: running.count, language: () => language })
  app.on('second-instance', showFirstWindow)
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) open().catch(fail)
  })
  await open()
}

/** The program ends when the core has: what it was writing is written, its sockets are closed. */
function stopWithApp(core: Core): void {
  let stopped = false
  app.on('window-all-closed', () => app.quit())
  app.on('will-quit', (event) => {
    if (stopped) return
    event.preventDefault()
    stopped = true
    void core.stop().finally(() => app.quit())
  })
}

function fail(error: unknown): void {
  dialog.showErrorBox(desktopWords[language].cannotStart, error instanceof Error ? error.message : String(error))
  app.exit(1)
}

app.enableSandbox()
if (app.requestSingleInstanceLock()) start().catch(fail)
else app.quit()
