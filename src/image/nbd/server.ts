import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { serveConnection, type ConnectionOptions } from './connection.ts'

/** Clients at a time; nbdcopy and nbdfuse open four connections each. */
const MAX_CLIENTS = 32

export interface NbdServerOptions extends ConnectionOptions {
  /** A Unix socket, which its folder's mode protects, or a port of this computer alone (0: a free one). */
  listen: { path: string } | { port: number }
}

/**
 * Serves devices over the Network Block Device protocol to programs of this computer: QEMU, nbdfuse, nbdcopy, the Linux
 * kernel. It knows no passwords, and listens nowhere else.
 */
export class NbdServer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #serving = new Set<Promise<void>>()

  private constructor(options: ConnectionOptions) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      const serving = serveConnection(socket, options).finally(() => this.#serving.delete(serving))
      this.#serving.add(serving)
    })
    this.#server.maxConnections = MAX_CLIENTS
  }

  /** @throws `inUse` the place is taken */
  static async listen({ listen, ...options }: NbdServerOptions): Promise<NbdServer> {
    const server = new NbdServer(options)
    server.#server.listen('path' in listen ? listen : { host: '127.0.0.1', ...listen })
    try {
      await once(server.#server, 'listening')
    } catch (cause) {
      throw new ClonaulaError('inUse', `cannot serve on ${JSON.stringify(listen)}: ${String(cause)}`, {}, { cause })
    }
    return server
  }

  /** Where to find an export, as NBD's doc/uri.md writes it. */
  uri(name: string): string {
    const address = this.#server.address() as AddressInfo | string
    const path = encodeURIComponent(name)
    return typeof address === 'string'
      ? `nbd+unix:///${path}?socket=${encodeURIComponent(address)}`
      : `nbd://${address.address}:${address.port}/${path}`
  }

  /** Hangs up on everybody; returns when no device is being used any more. */
  async close(): Promise<void> {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(this.#serving)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
