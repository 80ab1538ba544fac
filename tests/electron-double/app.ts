/** `app`: the program's life, from its start to its end. */
import { EventEmitter } from 'node:events'
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Chromium } from './chromium.ts'
import type { BrowserWindow } from './window.ts'

class App extends EventEmitter {
  /** Set by start.ts. */
  isPackaged = false
  folder = process.cwd()
  version = '0.0.0'
  name = 'Electron'
  chromium: Chromium | undefined
  readonly switches = new Map<string, string>()
  readonly windows = new Set<BrowserWindow>()
  #quitting = false
  #ready = false
  readonly #whenReady = Promise.withResolvers<unknown>()

  readonly commandLine = {
    appendSwitch: (name: string, value = ''): void => void this.switches.set(name, value),
    hasSwitch: (name: string): boolean => this.switches.has(name),
    getSwitchValue: (name: string): string => this.switches.get(name) ?? '',
  }

  whenReady(): Promise<unknown> {
    return this.#whenReady.promise
  }

  isReady(): boolean {
    return this.#ready
  }

  /** Playwright holds the event back until it is connected, and lets it go then. */
  becomeReady(): void {
    this.#ready = true
    this.emit('ready', {}, {})
    this.#whenReady.resolve({})
  }

  requestSingleInstanceLock(): boolean {
    return true
  }

  enableSandbox(): void {}

  getName(): string {
    return this.name
  }

  getVersion(): string {
    return this.version
  }

  getAppPath(): string {
    return this.folder
  }

  getPath(name: 'userData' | 'home'): string {
    if (name === 'home') return homedir()
    if (name !== 'userData') throw new Error(`electron-double: getPath('${String(name)}') is not here`)
    const folder = this.switches.get('user-data-dir') ?? join(homedir(), '.config', this.name)
    mkdirSync(folder, { recursive: true })
    return folder
  }

  /** Asks everyone who may object, closes the windows, says goodbye, ends. */
  quit(): void {
    if (this.#quitting || this.#refused('before-quit')) return
    this.#quitting = true
    void this.#closeWindows()
  }

  async #closeWindows(): Promise<void> {
    const closed = await Promise.all([...this.windows].map((window) => window.tryClose()))
    if (closed.includes(false) || this.#refused('will-quit')) {
      this.#quitting = false
      return
    }
    this.emit('quit', {}, 0)
    this.exit(0)
  }

  #refused(event: 'before-quit' | 'will-quit'): boolean {
    let refused = false
    this.emit(event, { preventDefault: () => (refused = true) })
    return refused
  }

  windowClosed(window: BrowserWindow): void {
    this.windows.delete(window)
    if (this.windows.size > 0 || this.#quitting) return
    if (this.listenerCount('window-all-closed') > 0) this.emit('window-all-closed')
    else this.quit()
  }

  exit(code = 0): void {
    void Promise.resolve(this.chromium?.close()).finally(() => process.exit(code))
  }
}

export const app = new App()
