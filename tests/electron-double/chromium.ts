/** A headless Chromium of its own profile, and a DevTools connection to it (https://chromedevtools.github.io/devtools-protocol). */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Params = Record<string, unknown>
type EventListener = (method: string, params: Params) => void

export interface Chromium {
  /** DevTools address, for Playwright to connect to as well. */
  url: string
  send(method: string, params?: Params, sessionId?: string): Promise<Params>
  onEvent(sessionId: string, listener: EventListener): void
  close(): Promise<void>
}

const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--remote-debugging-port=0', '--no-startup-window',
  // Electron's own pages come from files, and may load one another.
  '--allow-file-access-from-files',
]

export async function launchChromium(switches: readonly string[]): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), 'electron-double-'))
  const child = spawn('/usr/bin/chromium', [...FLAGS, ...switches, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: profile },
  })
  const removeProfile = (): void => rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  const close = async (): Promise<void> => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    removeProfile()
  }
  process.on('exit', () => {
    child.kill('SIGKILL')
    removeProfile()
  })
  const url = await debuggerAddress(child)
  return { url, ...(await devTools(url)), close }
}

function debuggerAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stderr?.on('data', (data: Buffer) => {
      text += data.toString()
      const [, url] = /DevTools listening on (ws:\S+)/.exec(text) ?? []
      if (url) resolve(url)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`chromium ended with ${code}\n${text}`)))
  })
}

async function devTools(url: string): Promise<Pick<Chromium, 'send' | 'onEvent'>> {
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  let last = 0
  const waiting = new Map<number, { method: string; resolve: (result: Params) => void; reject: (error: Error) => void }>()
  const listeners = new Map<string, EventListener>()
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as { id?: number; sessionId?: string; method?: string; params?: Params; result?: Params; error?: { message: string } }
    if (message.id === undefined) {
      listeners.get(message.sessionId ?? '')?.(message.method ?? '', message.params ?? {})
      return
    }
    const call = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.error) call?.reject(new Error(`${call.method}: ${message.error.message}`))
    else call?.resolve(message.result ?? {})
  }
  return {
    send: (method, params = {}, sessionId) =>
      new Promise((resolve, reject) => {
        last += 1
        waiting.set(last, { method, resolve, reject })
        socket.send(JSON.stringify({ id: last, method, params, sessionId }))
      }),
    onEvent: (sessionId, listener) => void listeners.set(sessionId, listener),
  }
}
