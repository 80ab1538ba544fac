/** Calls and events of the console contract over any duplex pipe of JSON values. */
import { z } from 'zod'
import { calls, isCallName, mayCall, type CallArgs, type CallInput, type CallName, type CallResult } from './console.ts'
import type { Role } from './people.ts'
import type { EventName, Events } from './views.ts'
import { ClonaulaError, fromErrorRecord, toErrorRecord } from '../domain/errors.ts'

/** A MessagePort, Electron's IPC or a WebSocket; messages are JSON values (a pipe may carry them as text). */
export interface Pipe {
  send(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  onClose(listener: () => void): void
}

/** Who is asking: set by the pipe's door (login, socket permissions), never by the message. */
export interface Caller { name: string; role: Role }

export type Handlers = { [N in CallName]: (args: CallArgs<N>, caller: Caller) => CallResult<N> | Promise<CallResult<N>> }
export type Subscribe = (listener: <E extends EventName>(event: E, data: Events[E]) => void) => () => void

const Request = z.object({ id: z.number().int(), call: z.string(), args: z.unknown() })
const ErrorShape = z.object({
  code: z.number(), message: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])),
})
const Reply = z.union([
  z.object({ id: z.number().int(), error: ErrorShape }),
  z.object({ id: z.number().int(), result: z.unknown() }),
])
const Push = z.object({ event: z.string(), data: z.unknown() })

async function answer(handlers: Handlers, caller: Caller, call: string, args: unknown): Promise<unknown> {
  if (!isCallName(call)) throw new ClonaulaError('invalidRequest', `no such call: ${call}`, { call })
  if (!mayCall(caller.role, call)) throw new ClonaulaError('forbidden', `${caller.role} may not call ${call}`, { call })
  const parsed = calls[call].input.safeParse(args)
  if (!parsed.success) {
    throw new ClonaulaError('invalidRequest', z.prettifyError(parsed.error), { call, problem: z.prettifyError(parsed.error) })
  }
  // The schema and the handler belong to the same name; the checker cannot follow that through the union.
  const handler = handlers[call] as (args: unknown, caller: Caller) => unknown
  return await handler(parsed.data, caller)
}

/** Serves the console's handlers on a pipe until it closes. A message that is not a request is dropped. */
export function serve(pipe: Pipe, handlers: Handlers, subscribe: Subscribe, caller: Caller): void {
  let open = true
  const stop = subscribe((event, data) => pipe.send({ event, data }))
  pipe.onClose(() => {
    open = false
    stop()
  })
  const reply = (message: unknown): void => {
    if (open) pipe.send(message)
  }
  pipe.onMessage((message) => {
    const request = Request.safeParse(message)
    if (!request.success) return
    const { id, call, args } = request.data
    answer(handlers, caller, call, args).then(
      (result) => reply({ id, result: result ?? null }),
      (error: unknown) => reply({ id, error: toErrorRecord(error) }),
    )
  })
}

export interface Client {
  call<N extends CallName>(name: N, args: CallInput<N>): Promise<CallResult<N>>
  /** Returns what ends the subscription. */
  on<E extends EventName>(event: E, listener: (data: Events[E]) => void): () => void
}

/** The other end of `serve`. Calls that are open when the pipe closes reject. */
export function connect(pipe: Pipe): Client {
  let last = 0
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  const listeners = new Map<string, Set<(data: unknown) => void>>()
  pipe.onClose(() => {
    for (const { reject } of waiting.values()) reject(new ClonaulaError('generic', 'connection to the console lost'))
    waiting.clear()
  })
  pipe.onMessage((message) => {
    const push = Push.safeParse(message)
    if (push.success) {
      for (const listener of listeners.get(push.data.event) ?? []) listener(push.data.data)
      return
    }
    const reply = Reply.safeParse(message)
    if (!reply.success) return
    const call = waiting.get(reply.data.id)
    waiting.delete(reply.data.id)
    if ('error' in reply.data) call?.reject(fromErrorRecord(reply.data.error))
    else call?.resolve(reply.data.result)
  })
  return {
    call: (name, args) =>
      new Promise((resolve, reject) => {
        last += 1
        // Results are views made by our own console, of the same version: their types are the contract's.
        waiting.set(last, { resolve: resolve as (value: unknown) => void, reject })
        pipe.send({ id: last, call: name, args })
      }),
    on: (event, listener) => {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set)
      const typed = listener as (data: unknown) => void
      set.add(typed)
      return () => void set.delete(typed)
    },
  }
}
