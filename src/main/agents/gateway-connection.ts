/** One agent's connection: hello first, then reports; pings, rate and what waits to be sent. */
import type { RawData, WebSocket } from 'ws'
import { z } from 'zod'
import { AGENT_CLOSE, AGENT_PROTOCOL, AgentMessage, type ConsoleMessage } from '#shared/contract/agent.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import type { Log } from '../platform/log.ts'
import type { AgentRules, Hello } from './link.ts'

/** Pings in a row that may stay without an answer. */
const MISSED_PINGS = 3
/** Bytes waiting to be sent to an agent that does not read; more, and it is given up. */
const SEND_LIMIT = 4 * 1024 * 1024
/**
 * What an agent may send for long, each second, and in one burst. A message counts one, and one more for each KiB: what
 * it costs to read grows with its length. Above that, its socket rests unread.
 * Most is said by a receiver of a multicast that loses much: 20 reports a second of up to 7 KiB (512 gaps, each of two numbers). If these
 * had to wait, the sender would take it for dead just when it needs repairs.
 */
const RATE = 200
const BURST = 1000
const BYTES_PER_CREDIT = 1024
/** Characters of what is wrong with a message that go into the log. */
const PROBLEM_LENGTH = 300

/** RFC 6455 section 7.4.1: the server met a condition that it did not expect. */
const INTERNAL_ERROR = 1011

export interface AgentConnection {
  /** False when it can take no more: it is then being closed. */
  send(message: ConsoleMessage): boolean
  close(code: number, reason: string): void
}

export interface ConnectionEvents {
  /** Proved itself; from now on this is the MAC's connection. Called before the welcome is sent. */
  entered(hello: Hello, connection: AgentConnection): void
  refused(): void
  badMessage(): void
  left(connection: AgentConnection, mac: MacAddress): void
}

export interface ConnectionOptions {
  ip: string
  rules: AgentRules
  log: Log
  /** Milliseconds. */
  pingEvery: number
  events: ConnectionEvents
}

/** The protocol version is read before the rest: a newer agent's hello may have another form. */
const Version = z.object({ type: z.literal('hello'), protocol: z.number() })

type Incoming = { ok: true; message: AgentMessage } | { ok: false; code: number; problem: string }

function decode(data: RawData, isBinary: boolean): Incoming {
  const bad = (problem: string): Incoming => ({ ok: false, code: AGENT_CLOSE.badHello, problem })
  if (isBinary || !Buffer.isBuffer(data)) return bad('binary message')
  let value: unknown
  try {
    value = JSON.parse(data.toString('utf8'))
  } catch {
    return bad('not JSON')
  }
  const version = Version.safeParse(value)
  if (version.success && version.data.protocol !== AGENT_PROTOCOL) {
    return { ok: false, code: AGENT_CLOSE.protocol, problem: `protocol ${version.data.protocol}` }
  }
  const parsed = AgentMessage.safeParse(value)
  if (!parsed.success) return bad(firstProblem(parsed.error))
  const { data: message } = parsed
  const proven = message.type !== 'hello' || (message.token === undefined) !== (message.session === undefined)
  return proven ? { ok: true, message } : bad('a hello has a token or a session')
}

/** One of perhaps many: whoever sends rubbish does not choose how much of it is kept. */
function firstProblem({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.')}: ${issue?.message}`.slice(0, PROBLEM_LENGTH)
}

/** Reads no more for as long as the sender is over its rate. @returns to be told the length of each message */
function limitRate(socket: WebSocket): (bytes: number) => void {
  let credit = BURST
  let at = performance.now()
  return (bytes) => {
    const now = performance.now()
    credit = Math.min(BURST, credit + ((now - at) / 1000) * RATE) - 1 - Math.floor(bytes / BYTES_PER_CREDIT)
    at = now
    if (credit > 0 || socket.isPaused) return
    socket.pause()
    setTimeout(() => socket.resume(), 1000 - (credit / RATE) * 1000).unref()
  }
}

/** Serves one WebSocket until it closes. */
export function serveAgent(socket: WebSocket, options: ConnectionOptions): AgentConnection {
  const { ip, rules, log, pingEvery, events } = options
  let mac: MacAddress | undefined
  let unanswered = 0
  const spend = limitRate(socket)

  const connection: AgentConnection = {
    send(message) {
      if (socket.readyState !== socket.OPEN) return false
      if (socket.bufferedAmount > SEND_LIMIT) {
        log.warn({ ip, mac }, 'agent does not read what it is sent: connection given up')
        socket.terminate()
        return false
      }
      socket.send(JSON.stringify(message))
      return true
    },
    close: (code, reason) => socket.close(code, reason),
  }

  function enter(hello: Hello): void {
    const welcome = rules.admit(hello, ip)
    mac = hello.mac
    events.entered(hello, connection)
    connection.send(welcome)
    log.info({ ip, mac }, 'agent connected')
    rules.admitted(hello)
  }

  function handle(message: AgentMessage): void {
    if (message.type === 'hello') {
      if (mac === undefined) enter(message)
      else reject(AGENT_CLOSE.badHello, 'second hello')
    } else if (mac === undefined) {
      reject(AGENT_CLOSE.badHello, `${message.type} before hello`)
    } else if (message.type === 'probed') {
      rules.probed?.(mac, message)
    } else {
      // What a computer does by itself belongs to no operation, and has no history to go to.
      if (message.type === 'log' && message.operation === undefined) for (const { level, text } of message.lines) log[level]({ ip, mac }, text)
      rules.report(mac, message)
    }
  }

  function reject(code: number, problem: string): void {
    events.badMessage()
    log.warn({ ip, mac, problem }, 'agent message refused')
    connection.close(code, 'message refused')
  }

  /** A failure of the console's own closes the connection: the agent comes back and says again what counts. */
  function failed(error: unknown): void {
    if (error instanceof ClonaulaError && error.result === 'unauthenticated') {
      events.refused()
      log.warn({ ip, reason: error.message }, 'agent refused')
      return connection.close(AGENT_CLOSE.refused, 'refused')
    }
    log.error({ ip, mac, err: error }, 'agent message could not be handled')
    connection.close(INTERNAL_ERROR, 'console error')
  }

  socket.on('message', (data, isBinary) => {
    if (socket.readyState !== socket.OPEN) return
    unanswered = 0
    spend(Buffer.isBuffer(data) ? data.length : 0)
    const incoming = decode(data, isBinary)
    if (!incoming.ok) return reject(incoming.code, incoming.problem)
    try {
      handle(incoming.message)
    } catch (error) {
      failed(error)
    }
  })
  socket.on('pong', () => {
    unanswered = 0
  })
  const pings = setInterval(() => {
    // Nothing is read from it now, its answers neither.
    if (socket.isPaused) return
    if (unanswered >= MISSED_PINGS) return socket.terminate()
    unanswered += 1
    socket.ping()
  }, pingEvery)
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // Too large a message, bad frames: ws closes the connection with the code that RFC 6455 has for it.
    if (error.code?.startsWith('WS_ERR_')) events.badMessage()
    log.warn({ ip, mac, problem: error.message }, 'agent connection failed')
  })
  socket.on('close', () => {
    clearInterval(pings)
    if (mac !== undefined) events.left(connection, mac)
  })
  return connection
}
