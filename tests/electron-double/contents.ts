/** `webContents`: one page of Chromium, its preload, and the IPC with it. */
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { app } from './app.ts'
import type { Chromium, Params } from './chromium.ts'
import { messageText } from './message-text.ts'
import { pageWorld, preloadWorld } from './page-worlds.ts'
import type { BrowserWindow } from './window.ts'

/** Name of the isolated world, and prefix of what the worlds share. */
const TAG = 'electronDouble'
const { encode, decode } = messageText()

/** Emitted by every page's IPC, and by nothing else. */
export const ipcMain = new EventEmitter()

export class WebContents extends EventEmitter {
  readonly ipc = new EventEmitter()
  readonly mainFrame = { url: '' }
  readonly window: BrowserWindow
  readonly opened: Promise<void>
  targetId = ''
  #sessionId = ''
  #chromium: Chromium | undefined
  /** Where the preload lives; undefined while a page is being replaced. */
  #world: unknown
  readonly #waiting: string[] = []
  #destroyed = false

  constructor(window: BrowserWindow, preload: string | undefined, size: { width: number; height: number }) {
    super()
    this.window = window
    this.opened = this.#open(preload, size)
  }

  async #open(preload: string | undefined, size: { width: number; height: number }): Promise<void> {
    const { chromium } = app
    if (!chromium) throw new Error('electron-double: a window before ready')
    this.#chromium = chromium
    const { targetId } = await chromium.send('Target.createTarget', { url: 'about:blank', newWindow: true, ...size })
    const { sessionId } = await chromium.send('Target.attachToTarget', { targetId, flatten: true })
    this.targetId = String(targetId)
    this.#sessionId = String(sessionId)
    chromium.onEvent(this.#sessionId, (method, params) => this.#onEvent(method, params))
    await this.#send('Page.enable')
    await this.#send('Runtime.enable')
    await this.#send('Runtime.addBinding', { name: `${TAG}Send`, executionContextName: TAG })
    await this.#send('Page.addScriptToEvaluateOnNewDocument', { source: `(${pageWorld.toString()})(${JSON.stringify(TAG)})` })
    if (preload === undefined) return
    const source = JSON.stringify(readFileSync(preload, 'utf8'))
    await this.#send('Page.addScriptToEvaluateOnNewDocument', {
      worldName: TAG,
      source: `if (top === self) (${preloadWorld.toString()})(${JSON.stringify(TAG)}, ${messageText.toString()}, ${source})`,
    })
  }

  #send(method: string, params: Params = {}): Promise<Params> {
    if (!this.#chromium) throw new Error('electron-double: not open')
    return this.#chromium.send(method, params, this.#sessionId)
  }

  #onEvent(method: string, params: Params): void {
    switch (method) {
      case 'Runtime.bindingCalled':
        return this.#onMessage(String(params['payload']))
      case 'Runtime.executionContextCreated':
        return this.#onContext(params['context'] as { id: number; name: string })
      case 'Runtime.executionContextsCleared':
        this.#world = undefined
        return undefined
      case 'Page.frameStartedNavigating':
        this.emit('did-start-navigation', {
          url: params['url'],
          isMainFrame: params['frameId'] === this.targetId,
          isSameDocument: /sameDocument/i.test(String(params['navigationType'])),
        })
        return undefined
      case 'Page.frameNavigated':
        this.mainFrame.url = String((params['frame'] as { url: string }).url)
        return undefined
      case 'Page.domContentEventFired':
        this.window.emit('ready-to-show')
        return undefined
      case 'Page.loadEventFired':
        this.emit('did-finish-load')
        return undefined
      case 'Inspector.detached':
        return this.destroyed()
      default:
        return undefined
    }
  }

  #onContext({ id, name }: { id: number; name: string }): void {
    if (name !== TAG) return
    this.#world = id
    for (const expression of this.#waiting.splice(0)) this.#evaluate(expression)
  }

  #onMessage(text: string): void {
    const { channel, values } = decode(text) as { channel: string; values: unknown[] }
    const event = { sender: this, senderFrame: this.mainFrame }
    this.ipc.emit(channel, event, ...values)
    ipcMain.emit(channel, event, ...values)
  }

  #evaluate(expression: string): void {
    // The page may be gone before the message reaches it, as with the real one.
    this.#send('Runtime.evaluate', { contextId: this.#world, expression }).catch(() => undefined)
  }

  send(channel: string, ...values: unknown[]): void {
    if (this.#destroyed) throw new TypeError('Object has been destroyed')
    const expression = `${TAG}Receive(${JSON.stringify(encode({ channel, values }))})`
    if (this.#world === undefined) this.#waiting.push(expression)
    else this.#evaluate(expression)
  }

  async loadURL(url: string): Promise<void> {
    await this.opened
    const loaded = new Promise((resolve) => this.once('did-finish-load', resolve))
    const { errorText } = await this.#send('Page.navigate', { url })
    if (errorText) {
      const code = String(errorText).replace('net::', '')
      throw Object.assign(new Error(`${code} loading '${url}'`), { code })
    }
    await loaded
  }

  reload(): void {
    void this.#send('Page.reload')
  }

  async close(): Promise<void> {
    await this.window.tryClose()
  }

  getURL(): string {
    return this.mainFrame.url
  }

  isDestroyed(): boolean {
    return this.#destroyed
  }

  setWindowOpenHandler(): void {}

  /** The page is gone, whoever closed it. */
  destroyed(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.emit('destroyed')
    this.window.gone()
  }

  async closeTarget(): Promise<void> {
    await this.opened
    await this.#chromium?.send('Target.closeTarget', { targetId: this.targetId }).catch(() => undefined)
    this.destroyed()
  }
}
