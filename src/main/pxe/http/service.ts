import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { portError } from '../port-error.ts'
import type { HttpHandler } from './handler.ts'

export interface HttpServiceOptions {
  address: string
  /** 0: any free port; `port` tells which. */
  port: number
  handler: HttpHandler
  /** Whether a new connection may stay; all may unless said. */
  admit?: (socket: Socket) => boolean
  onError: (error: Error) => void
}

/** Milliseconds for the head of a request, from a client that has nothing else to do; how often Node looks. */
const PATIENCE = { headersTimeout: 15_000, connectionsCheckingInterval: 5000 }

/** A plain HTTP server for one handler, for where the boot files have no server of others to be mounted on. */
export class HttpService {
  readonly #options: HttpServiceOptions
  #server: Server | undefined

  constructor(options: HttpServiceOptions) {
    this.#options = options
  }

  /** The port in use; 0 while stopped. */
  get port(): number {
    const address = this.#server?.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** @throws ClonaulaError as `portError` says */
  async start(): Promise<void> {
    const { address, port, handler, onError, admit = () => true } = this.#options
    const server = createServer(PATIENCE, (request, response) => {
      handler(request, response).catch((error: unknown) => {
        onError(error instanceof Error ? error : new Error(String(error)))
        if (response.headersSent) response.destroy()
        else response.writeHead(500, { 'Content-Length': 0 }).end()
      })
    })
    server.on('connection', (socket) => {
      if (!admit(socket)) socket.destroy()
    })
    try {
      server.listen({ host: address, port, exclusive: true })
      await once(server, 'listening')
    } catch (error) {
      throw portError(error, { protocol: 'TCP', address, port })
    }
    server.on('error', onError)
    this.#server = server
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
}
