import { X509Certificate, randomBytes } from 'node:crypto'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer, type Server as HttpsServer } from 'node:https'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import { WebSocketServer, type WebSocket } from 'ws'
import {
  AGENT_PATH, AGENT_PROTOCOL, AgentMessage, type AgentCommand, type ConsoleMessage, type LogLine, type Outcome, type RepositoryAccess,
} from '#shared/contract/agent.ts'
import { assertNever } from '#shared/domain/errors.ts'
import { ComputerId, HostName, OperationId } from '#shared/domain/ids.ts'
import { LocalRepository, repositoryHandler } from '#image/index.ts'

export const secret = (): string => randomBytes(32).toString('base64url')

/** The console's side of the protocol with nothing behind it, and a real repository. */
export class FakeConsole {
  readonly token = secret()
  readonly session = secret()
  readonly repository: LocalRepository
  readonly received: AgentMessage[] = []
  /** When false, a `done` is not acknowledged. */
  acknowledge = true
  readonly #https: HttpsServer
  readonly #http: Server
  readonly #accessToken = secret()
  readonly #cert: string
  readonly #waiting = new Set<() => void>()
  #socket: WebSocket | undefined
  #operations = 0
  /** Delays every answer of the repository, in milliseconds, so that a restore can be caught half-way. */
  slowness = 0

  private constructor(repository: LocalRepository, key: string, cert: string) {
    this.repository = repository
    this.#cert = cert
    this.#https = createServer({ key, cert })
    const sockets = new WebSocketServer({ server: this.#https, path: AGENT_PATH })
    sockets.on('connection', (socket) => this.#accept(socket))
    const serve = repositoryHandler({
      repository, prefix: '/repository',
      authorize: ({ headers }) => (headers.authorization === `Bearer ${this.#accessToken}` ? { read: true, write: true } : undefined),
    })
    this.#http = createHttpServer((request, response) => {
      setTimeout(() => void serve(request, response), this.slowness)
    })
  }

  static async start(folder: string): Promise<FakeConsole> {
    const pem = await generate([{ name: 'commonName', value: 'test console' }], { keyType: 'ec', curve: 'P-256' })
    const fake = new FakeConsole(await LocalRepository.open(folder), pem.private, pem.cert)
    for (const server of [fake.#https, fake.#http]) {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    }
    return fake
  }

  /** SHA-256 of the certificate, as agents pin it. */
  get key(): string {
    return new X509Certificate(this.#cert).fingerprint256.replaceAll(':', '').toLowerCase()
  }

  get url(): string {
    return `wss://127.0.0.1:${(this.#https.address() as AddressInfo).port}`
  }

  get access(): RepositoryAccess {
    return { url: `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}/repository`, token: this.#accessToken }
  }

  /** Starts a command on the connected agent. */
  run(command: AgentCommand): OperationId {
    const operation = OperationId.parse(++this.#operations)
    this.send({ type: 'run', operation, command })
    return operation
  }

  send(message: ConsoleMessage): void {
    this.#socket?.send(JSON.stringify(message))
  }

  /** Cuts the line as a pulled cable does. */
  cut(): void {
    this.#socket?.terminate()
    this.#socket = undefined
  }

  async outcome(operation: OperationId, milliseconds?: number): Promise<Outcome> {
    const done = await this.message('done', (message) => message.operation === operation, milliseconds)
    return done.outcome
  }

  log(operation: OperationId): LogLine[] {
    return this.received.flatMap((message) => (message.type === 'log' && message.operation === operation ? message.lines : []))
  }

  /** The first message of that type, come or to come. */
  async message<T extends AgentMessage['type']>(
    type: T, matches: (message: Extract<AgentMessage, { type: T }>) => boolean = () => true, milliseconds = 120_000,
  ): Promise<Extract<AgentMessage, { type: T }>> {
    const deadline = Date.now() + milliseconds
    for (;;) {
      for (const message of this.received) {
        if (isType(message, type) && matches(message)) return message
      }
      if (Date.now() > deadline) throw new Error(`no ${type} came, but:\n${this.received.map(brief).join('\n')}`)
      await this.#change(deadline - Date.now())
    }
  }

  async #change(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    const timer = setTimeout(resolve, milliseconds)
    await promise
    clearTimeout(timer)
    this.#waiting.delete(resolve)
  }

  #accept(socket: WebSocket): void {
    socket.on('message', (data) => {
      const message = AgentMessage.parse(JSON.parse(Buffer.isBuffer(data) ? data.toString('utf8') : ''))
      if (message.type === 'hello') this.#welcome(socket, message)
      if (message.type === 'done' && this.acknowledge) {
        socket.send(JSON.stringify({ type: 'ack', operation: message.operation } satisfies ConsoleMessage))
      }
      this.received.push(message)
      for (const wake of this.#waiting) wake()
    })
  }

  #welcome(socket: WebSocket, hello: Extract<AgentMessage, { type: 'hello' }>): void {
    if (hello.protocol !== AGENT_PROTOCOL) throw new Error(`protocol ${hello.protocol}`)
    if (hello.token !== this.token && hello.session !== this.session) return socket.close(4401)
    this.#socket = socket
    const computer = { id: ComputerId.parse(1), name: HostName.parse('pc-01') }
    socket.send(JSON.stringify({ type: 'welcome', session: this.session, computer, language: 'es' } satisfies ConsoleMessage))
  }

  async close(): Promise<void> {
    this.cut()
    for (const server of [this.#https, this.#http]) {
      server.closeAllConnections()
      server.close()
    }
    await Promise.resolve()
  }
}

/** A message without what a reader of a failed test does not look for. */
function brief(message: AgentMessage): string {
  switch (message.type) {
    case 'hello':
    case 'inventory':
      return `${message.type} ${JSON.stringify({ ...message, hardware: undefined })}`
    case 'log':
      return message.lines.map(({ text }) => `log ${text}`).join('\n')
    case 'progress':
    case 'done':
    case 'transfer':
    case 'probed':
      return JSON.stringify(message)
    default:
      return assertNever(message)
  }
}

function isType<T extends AgentMessage['type']>(message: AgentMessage, type: T): message is Extract<AgentMessage, { type: T }> {
  return message.type === type
}
