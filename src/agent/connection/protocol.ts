import {
  AGENT_CLOSE, AGENT_PING_SECONDS, AGENT_PROTOCOL, ConsoleMessage,
  type AgentCommand, type AgentMessage, type LogLine, type Outcome, type Probe, type Probed,
} from '#shared/contract/agent.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import type { TransferMessage } from '#shared/contract/transfer-channel.ts'
import { assertNever } from '#shared/domain/errors.ts'
import type { MacAddress, OperationId } from '#shared/domain/ids.ts'
import type { Progress } from '#shared/domain/progress.ts'
import { backoff } from './backoff.ts'
import { LogBuffer } from './log-buffer.ts'

/** What the hello says; functions, because it is said again after every reconnection. */
export interface Identity {
  mac: MacAddress
  version: string
  hardware: () => Hardware
  running: () => OperationId[]
  /** Seconds since the kernel started. */
  uptime: () => number
}

/** What proves who this is: the boot's token once, the session that the first welcome gave from then on. */
export interface Credentials {
  token?: string | undefined
  session?: string | undefined
}

export type Welcome = Extract<ConsoleMessage, { type: 'welcome' }>
export type Computer = NonNullable<Welcome['computer']>
export type Timer = 'retry' | 'silence' | 'progress' | 'log'

/** What happens to the connection, or inside the agent. */
export type Input =
  | { type: 'start' }
  /** A WebSocket to the pinned console is open. */
  | { type: 'connected' }
  | { type: 'received'; text: string }
  /** A ping, or anything else that shows that the console is alive. */
  | { type: 'heard' }
  /** The connection could not be made, or has ended; `code` is the WebSocket's. */
  | { type: 'lost'; code?: number; reason: string }
  | { type: 'timer'; timer: Timer }
  | { type: 'progress'; operation: OperationId; progress: Progress }
  | { type: 'log'; operation?: OperationId | undefined; line: LogLine }
  | { type: 'done'; operation: OperationId; outcome: Outcome }
  | { type: 'inventory' }
  /** Lost unless the console is there now. */
  | TransferMessage
  | Probed

/** What its owner has to do about it, in order. */
export type Output =
  | { type: 'connect' }
  | { type: 'send'; message: AgentMessage }
  | { type: 'disconnect' }
  /** Arms (again) the timer of that name. */
  | { type: 'timer'; timer: Timer; milliseconds: number }
  /** To be kept where a restarted agent finds it. */
  | { type: 'session'; session: string }
  | { type: 'welcomed'; welcome: Welcome }
  | { type: 'adopted'; computer: Computer }
  | { type: 'run'; operation: OperationId; command: AgentCommand }
  | { type: 'cancel'; operation: OperationId }
  | { type: 'acknowledged'; operation: OperationId }
  | TransferMessage
  | Probe
  /** There is no connection (any more), and why. */
  | { type: 'offline'; reason: string }
  /** Something was wrong with a message; the connection goes on. */
  | { type: 'trouble'; reason: string }

const SILENCE = (3 * AGENT_PING_SECONDS + 5) * 1000
const PROGRESS_INTERVAL = 1000
const LOG_DELAY = 200
/** Finished operations that are remembered, in case the console asks for them again. */
const REMEMBERED = 64

/**
 * The agent's side of the protocol, without sockets or clocks: inputs go in, outputs come out. A dead connection is always
 * followed by another attempt; an outcome is sent after every welcome until it is acknowledged.
 */
export class AgentProtocol {
  readonly #identity: Identity
  readonly #random: () => number
  #credentials: Credentials
  #state: 'offline' | 'connecting' | 'greeting' | 'online' = 'offline'
  #failures = 0
  readonly #outcomes = new Map<OperationId, Outcome>()
  readonly #acknowledged = new Map<OperationId, Outcome>()
  readonly #progress = new Map<OperationId, Progress>()
  readonly #armed = new Set<Timer>()
  readonly #log = new LogBuffer()

  constructor(identity: Identity, credentials: Credentials, random: () => number = Math.random) {
    this.#identity = identity
    this.#credentials = credentials
    this.#random = random
  }

  handle(input: Input): Output[] {
    switch (input.type) {
      case 'start':
        return this.#connect()
      case 'connected':
        this.#state = 'greeting'
        return [{ type: 'send', message: this.#hello() }, this.#arm('silence', SILENCE)]
      case 'received':
        return [this.#arm('silence', SILENCE), ...this.#received(input.text)]
      case 'heard':
        return [this.#arm('silence', SILENCE)]
      case 'lost':
        return this.#lost(input.code, input.reason)
      case 'timer':
        return this.#fired(input.timer)
      case 'progress':
        this.#progress.set(input.operation, input.progress)
        return this.#armed.has('progress') ? [] : this.#sendProgress()
      case 'log':
        this.#log.add(input.line, input.operation)
        return this.#armed.has('log') ? [] : [this.#arm('log', LOG_DELAY)]
      case 'done':
        return this.#done(input.operation, input.outcome)
      case 'inventory':
        return this.#online([{ type: 'inventory', hardware: this.#identity.hardware() }])
      case 'transfer':
      case 'probed':
        return this.#online([input])
      default:
        return assertNever(input)
    }
  }

  #connect(): Output[] {
    this.#state = 'connecting'
    return [{ type: 'connect' }, this.#arm('silence', SILENCE)]
  }

  #hello(): AgentMessage {
    const { mac, version, hardware, running, uptime } = this.#identity
    const { session, token } = this.#credentials
    return {
      type: 'hello', protocol: AGENT_PROTOCOL, mac, version,
      ...(session !== undefined ? { session } : token !== undefined && { token }),
      hardware: hardware(), running: running(), uptime: uptime(),
    }
  }

  #received(text: string): Output[] {
    const message = parse(text)
    // Not its text, in which a secret may be: it is shown to whoever sits there.
    if (message === undefined) return [{ type: 'trouble', reason: `a message of ${text.length} characters was not understood` }]
    switch (message.type) {
      case 'welcome':
        return this.#welcomed(message)
      case 'adopted':
        return [{ type: 'adopted', computer: message.computer }]
      case 'run':
        return this.#run(message.operation, message.command)
      case 'cancel':
        return [{ type: 'cancel', operation: message.operation }]
      case 'ack':
        return this.#acknowledge(message.operation)
      case 'transfer':
      case 'probe':
        return [message]
      default:
        return assertNever(message)
    }
  }

  #welcomed(welcome: Welcome): Output[] {
    this.#state = 'online'
    this.#failures = 0
    this.#credentials = { session: welcome.session }
    const outcomes = [...this.#outcomes].map(([operation, outcome]): AgentMessage => ({ type: 'done', operation, outcome }))
    return [
      { type: 'session', session: welcome.session },
      { type: 'welcomed', welcome },
      // Lines before outcomes: an operation's log is complete when its end is known.
      ...this.#online([...this.#log.drain(), ...outcomes]),
      ...(this.#armed.has('progress') ? [] : this.#sendProgress()),
    ]
  }

  /** The console repeats its orders after a reconnection; each is carried out once. */
  #run(operation: OperationId, command: AgentCommand): Output[] {
    const outcome = this.#outcomes.get(operation) ?? this.#acknowledged.get(operation)
    if (outcome !== undefined) return this.#done(operation, outcome)
    if (this.#identity.running().includes(operation)) return []
    return [{ type: 'run', operation, command }]
  }

  #done(operation: OperationId, outcome: Outcome): Output[] {
    this.#outcomes.set(operation, outcome)
    this.#progress.delete(operation)
    return this.#online([...(this.#state === 'online' ? this.#log.drain() : []), { type: 'done', operation, outcome }])
  }

  #acknowledge(operation: OperationId): Output[] {
    const outcome = this.#outcomes.get(operation)
    if (outcome === undefined) return []
    this.#outcomes.delete(operation)
    this.#acknowledged.set(operation, outcome)
    for (const oldest of [...this.#acknowledged.keys()].slice(0, -REMEMBERED)) this.#acknowledged.delete(oldest)
    return [{ type: 'acknowledged', operation }]
  }

  #lost(code: number | undefined, reason: string): Output[] {
    if (this.#state === 'offline') return []
    this.#state = 'offline'
    this.#failures++
    // The console does not know this session (its data was restored from a copy, say): the boot's token may still be good.
    if (code === AGENT_CLOSE.refused && this.#credentials.token !== undefined) this.#credentials = { token: this.#credentials.token }
    return [{ type: 'offline', reason }, this.#arm('retry', backoff(this.#failures, this.#random()))]
  }

  #fired(timer: Timer): Output[] {
    this.#armed.delete(timer)
    switch (timer) {
      case 'retry':
        return this.#state === 'offline' ? this.#connect() : []
      case 'silence':
        return this.#state === 'offline' ? [] : [{ type: 'disconnect' }, ...this.#lost(undefined, 'the console fell silent')]
      case 'progress':
        return this.#sendProgress()
      case 'log':
        return this.#state === 'online' ? this.#online(this.#log.drain()) : []
      default:
        return assertNever(timer)
    }
  }

  /** The last sample of each operation, one a second at most; none gets lost for good, because the next replaces it. */
  #sendProgress(): Output[] {
    if (this.#progress.size === 0 || this.#state !== 'online') return []
    const messages = [...this.#progress].map(([operation, progress]): AgentMessage => ({ type: 'progress', operation, progress }))
    this.#progress.clear()
    return [...this.#online(messages), this.#arm('progress', PROGRESS_INTERVAL)]
  }

  #online(messages: AgentMessage[]): Output[] {
    return this.#state === 'online' ? messages.map((message) => ({ type: 'send', message })) : []
  }

  #arm(timer: Timer, milliseconds: number): Output {
    this.#armed.add(timer)
    return { type: 'timer', timer, milliseconds }
  }
}

function parse(text: string): ConsoleMessage | undefined {
  try {
    return ConsoleMessage.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}
