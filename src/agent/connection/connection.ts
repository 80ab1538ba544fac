import { WebSocket } from 'ws'
import { AGENT_MESSAGE_LIMIT, AGENT_PATH, type AgentMessage } from '#shared/contract/agent.ts'
import { assertNever } from '#shared/domain/errors.ts'
import type { AgentProtocol, Input, Output, Timer } from './protocol.ts'
import { connectPinned, type ConsoleAddress } from './pinned-socket.ts'

/** Outputs of the protocol that are not about the connection itself. */
export type Notice = Exclude<Output, { type: 'connect' | 'send' | 'disconnect' | 'timer' }>

/** Gives the protocol its socket and its clocks; everything that it decides beyond those goes to `onNotice`. */
export class Connection {
  readonly #protocol: AgentProtocol
  readonly #address: ConsoleAddress
  readonly #onNotice: (notice: Notice) => void
  readonly #timers = new Map<Timer, NodeJS.Timeout>()
  readonly #closed = new AbortController()
  #socket: WebSocket | undefined
  /** Counts attempts: what an abandoned one still reports is not heard. */
  #attempt = 0

  constructor(protocol: AgentProtocol, address: ConsoleAddress, onNotice: (notice: Notice) => void) {
    this.#protocol = protocol
    this.#address = address
    this.#onNotice = onNotice
  }

  give(input: Input): void {
    if (this.#closed.signal.aborted) return
    for (const output of this.#protocol.handle(input)) this.#perform(output)
  }

  close(): void {
    this.#closed.abort()
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#socket?.close(1000)
  }

  #perform(output: Output): void {
    switch (output.type) {
      case 'connect':
        void this.#connect(++this.#attempt)
        break
      case 'send':
        this.#send(output.message)
        break
      case 'disconnect':
        this.#attempt++
        this.#socket?.terminate()
        break
      case 'timer':
        clearTimeout(this.#timers.get(output.timer))
        this.#timers.set(output.timer, setTimeout(() => this.give({ type: 'timer', timer: output.timer }), output.milliseconds))
        break
      case 'session':
      case 'welcomed':
      case 'adopted':
      case 'run':
      case 'cancel':
      case 'acknowledged':
      case 'transfer':
      case 'probe':
      case 'offline':
      case 'trouble':
        this.#onNotice(output)
        break
      default:
        assertNever(output)
    }
  }

  #send(message: AgentMessage): void {
    const text = JSON.stringify(message)
    if (Buffer.byteLength(text) > AGENT_MESSAGE_LIMIT) {
      this.#onNotice({ type: 'trouble', reason: `a ${message.type} message is too large to be sent` })
    } else if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(text)
    }
  }

  async #connect(attempt: number): Promise<void> {
    const give = (input: Input): void => {
      if (attempt === this.#attempt) this.give(input)
    }
    try {
      const tls = await connectPinned(this.#address, this.#closed.signal)
      if (attempt !== this.#attempt) return void tls.destroy()
      const { host, port } = this.#address
      const socket = new WebSocket(`wss://${host.includes(':') ? `[${host}]` : host}:${port}${AGENT_PATH}`, {
        createConnection: () => tls,
        maxPayload: AGENT_MESSAGE_LIMIT,
        perMessageDeflate: false,
      })
      this.#socket = socket
      socket.on('open', () => give({ type: 'connected' }))
      socket.on('ping', () => give({ type: 'heard' }))
      socket.on('message', (data, binary) => give({ type: 'received', text: !binary && Buffer.isBuffer(data) ? data.toString('utf8') : '' }))
      // 'close' follows, with the reason that counts.
      let problem = ''
      socket.on('error', (error) => { problem = error.message })
      socket.on('close', (code, reason) => {
        give({ type: 'lost', code, reason: `connection closed (${code}): ${String(reason) || problem || 'no reason given'}` })
      })
    } catch (error) {
      give({ type: 'lost', reason: error instanceof Error ? error.message : String(error) })
    }
  }
}
