/**
 * What runs inside a page before its own scripts: the preload in an isolated world, and in the page's
 * own world the object that the preload exposes. Worlds share nothing but the document; they meet through
 * its events, whose detail Chromium clones, so nothing of the preload leaks. Both functions are injected as
 * source and use no outer names.
 */
import type { MessageText } from './message-text.ts'

type Listener = (...values: unknown[]) => void

/** Between the worlds. `callback`: a function of the page that was given to an exposed one. */
type Signal =
  | { kind: 'expose'; name: string; members: string[] }
  | { kind: 'call'; member: string; values: ({ value: unknown } | { callback: number })[] }
  | { kind: 'callback'; id: number; values: unknown[] }
  | { kind: 'hello' }

export function pageWorld(tag: string): void {
  const callbacks: Listener[] = []
  let failure: string | undefined
  const signal = (detail: Signal): void => void document.dispatchEvent(new CustomEvent(`${tag}:preload`, { detail }))
  const call = (member: string, values: unknown[]): void => {
    failure = undefined
    signal({
      kind: 'call',
      member,
      values: values.map((value) => (typeof value === 'function' ? { callback: callbacks.push(value as Listener) - 1 } : { value: structuredClone(value) })),
    })
    if (failure !== undefined) throw new Error(failure)
  }
  document.addEventListener(`${tag}:page`, (event) => {
    const detail = (event as CustomEvent<Signal | { kind: 'failed'; message: string }>).detail
    if (detail.kind === 'failed') failure = detail.message
    if (detail.kind === 'callback') callbacks[detail.id]?.(...detail.values)
    if (detail.kind !== 'expose') return
    const api = Object.fromEntries(detail.members.map((member) => [member, (...values: unknown[]) => call(member, values)]))
    Object.defineProperty(window, detail.name, { value: Object.freeze(api), enumerable: true })
  })
  signal({ kind: 'hello' })
}

export function preloadWorld(tag: string, messageText: () => MessageText, preload: string): void {
  const { encode, decode } = messageText()
  const world = globalThis as unknown as Record<string, unknown>
  const toMain = (channel: string, values: unknown[]): void => (world[`${tag}Send`] as (text: string) => void)(encode({ channel, values }))
  const signal = (detail: Signal | { kind: 'failed'; message: string }): void =>
    void document.dispatchEvent(new CustomEvent(`${tag}:page`, { detail }))

  const listeners = new Map<string, Listener[]>()
  const ipcRenderer = {
    send: (channel: string, ...values: unknown[]) => toMain(channel, values),
    on: (channel: string, listener: Listener) => void listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
  }
  world[`${tag}Receive`] = (text: string): void => {
    const { channel, values } = decode(text) as { channel: string; values: unknown[] }
    for (const listener of listeners.get(channel) ?? []) listener({}, ...values)
  }

  let api: Record<string, Listener> = {}
  let exposed: Signal | undefined
  const contextBridge = {
    exposeInMainWorld(name: string, members: Record<string, Listener>): void {
      api = members
      exposed = { kind: 'expose', name, members: Object.keys(members) }
      signal(exposed)
    },
  }
  document.addEventListener(`${tag}:preload`, (event) => {
    const { detail } = event as CustomEvent<Signal>
    if (detail.kind === 'hello' && exposed) signal(exposed)
    if (detail.kind !== 'call') return
    const values = detail.values.map((given) =>
      'callback' in given ? (...heard: unknown[]) => signal({ kind: 'callback', id: given.callback, values: heard }) : given.value,
    )
    try {
      api[detail.member]?.(...values)
    } catch (error) {
      signal({ kind: 'failed', message: String(error) })
    }
  })

  // As in a sandboxed preload: `electron` is all there is to require.
  const require = (id: string): unknown => {
    if (id !== 'electron') throw new Error(`module not found: ${id}`)
    return { contextBridge, ipcRenderer }
  }
  const module = { exports: {} }
  new Function('require', 'module', 'exports', preload)(require, module, module.exports)
}
