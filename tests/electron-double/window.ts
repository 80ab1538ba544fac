/** `BrowserWindow`. */
import { EventEmitter } from 'node:events'
import { pathToFileURL } from 'node:url'
import { app } from './app.ts'
import { WebContents } from './contents.ts'

interface Options {
  width?: number
  height?: number
  show?: boolean
  title?: string
  webPreferences?: { preload?: string; sandbox?: boolean; contextIsolation?: boolean; nodeIntegration?: boolean }
}

export class BrowserWindow extends EventEmitter {
  readonly webContents: WebContents
  readonly #title: string
  #visible: boolean

  static getAllWindows(): BrowserWindow[] {
    return [...app.windows]
  }

  static fromWebContents(contents: WebContents): BrowserWindow {
    return contents.window
  }

  constructor({ width = 800, height = 600, show = true, title = '', webPreferences = {} }: Options = {}) {
    super()
    if (!app.isReady()) throw new Error('Cannot create BrowserWindow before app is ready')
    const { preload, sandbox, contextIsolation, nodeIntegration } = webPreferences
    if (nodeIntegration || contextIsolation === false || sandbox === false) throw new Error('electron-double: only sandboxed, isolated pages')
    this.#title = title
    this.#visible = show
    this.webContents = new WebContents(this, preload, { width, height })
    app.windows.add(this)
    app.emit('web-contents-created', {}, this.webContents)
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url)
  }

  loadFile(file: string): Promise<void> {
    return this.webContents.loadURL(pathToFileURL(file).href)
  }

  show(): void {
    this.#visible = true
  }

  focus(): void {}

  restore(): void {}

  isMinimized(): boolean {
    return false
  }

  isVisible(): boolean {
    return this.#visible
  }

  isDestroyed(): boolean {
    return this.webContents.isDestroyed()
  }

  getTitle(): string {
    return this.#title
  }

  /** False when someone objected. */
  async tryClose(): Promise<boolean> {
    if (this.isDestroyed()) return true
    let refused = false
    this.emit('close', { preventDefault: () => (refused = true) })
    if (refused) return false
    await this.webContents.closeTarget()
    return true
  }

  close(): void {
    void this.tryClose()
  }

  /** Told by the contents, whoever closed the page. */
  gone(): void {
    this.emit('closed')
    app.windowClosed(this)
  }
}

export const webContents = {
  fromDevToolsTargetId: (id: string): WebContents | undefined => [...app.windows].map((window) => window.webContents).find(({ targetId }) => targetId === id),
}
