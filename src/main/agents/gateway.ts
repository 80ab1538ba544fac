/**
 * Where agents connect: a WebSocket over TLS on the agent port, at AGENT_PATH and nowhere else. Whoever
 * can reach the port can talk to it, so everything is bounded: connections per address, time until the
 * hello, size and rate of messages, bytes waiting to be sent.
 */
import { createServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { AGENT_CLOSE, AGENT_MESSAGE_LIMIT, AGENT_PATH, AGENT_PING_SECONDS } from '#shared/contract/agent.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import { createAddressQuota, plainAddress } from '../platform/address-quota.ts'
import { closed, listen } from '../platform/listen.ts'
import type { Log } from '../platform/log.ts'
import { serveAgent, type AgentConnection } from './gateway-connection.ts'
import type { AgentLink, AgentRules } from './link.ts'

export interface GatewayLimits {
  /** Milliseconds from the connection to a whole hello, TLS and HTTP included. */
  helloTime: number
  /** Milliseconds between pings. */
  pingEvery: number
  /** Connections that one address may hold; a router may hide a room behind one. */
  perAddress: number
}

export const GATEWAY_LIMITS: GatewayLimits = { helloTime: 10_000, pingEvery: AGENT_PING_SECONDS * 1000, perAddress: 64 }

/** What has been turned away since the start, by cause. */
export interface GatewayCounters {
  badMessages: number
  refused: number
  overQuota: number
  tooSlow: number
}

export interface GatewayOptions {
  /** PEM of the console's certificate and key. */
  key: string
  cert: string
  rules: AgentRules
  log: Log
  limits?: Partial<GatewayLimits>
}

export interface AgentGateway extends AgentLink {
  /** @returns `address:port` */
  listen(host: string, port: number): Promise<string>
  /** Closes every connection, and returns when all have gone; agents come back by themselves. */
  close(): Promise<void>
  counters(): GatewayCounters
}

/** RFC 6455 section 7.4.1: the server is going down. */
const GOING_AWAY = 1001

export function createAgentGateway({ key, cert, rules, log, limits: wanted }: GatewayOptions): AgentGateway {
  const limits = { ...GATEWAY_LIMITS, ...wanted }
  const counters: GatewayCounters = { badMessages: 0, refused: 0, overQuota: 0, tooSlow: 0 }
  const agents = new Map<MacAddress, AgentConnection>()
  const sockets = new Set<Socket>()
  /** By peer: what ends a connection that has not said hello in time. */
  const deadlines = new Map<string, NodeJS.Timeout>()
  const quota = createAddressQuota(limits.perAddress)
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: AGENT_MESSAGE_LIMIT, perMessageDeflate: false })
  const server = createServer({ key, cert, minVersion: 'TLSv1.3' })

  const peerOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`
  const saidHello = (peer: string): void => {
    clearTimeout(deadlines.get(peer))
    deadlines.delete(peer)
  }

  // The raw connection, before TLS: a client that feeds the handshake byte by byte is on the clock too.
  server.on('connection', (stream: Duplex) => {
    const socket = stream as Socket
    const address = plainAddress(socket.remoteAddress)
    const peer = peerOf(socket)
    if (!quota.take(address)) {
      counters.overQuota += 1
      log.warn({ ip: address }, 'agent connection turned away: too many from this address')
      socket.destroy()
      return
    }
    sockets.add(socket)
    deadlines.set(peer, setTimeout(() => {
      counters.tooSlow += 1
      log.warn({ ip: address }, 'agent connection closed: no hello in time')
      socket.destroy()
    }, limits.helloTime))
    socket.once('close', () => {
      saidHello(peer)
      quota.giveBack(address)
      sockets.delete(socket)
    })
  })
  server.on('tlsClientError', (error, socket) => {
    log.debug({ ip: plainAddress(socket.remoteAddress), problem: error.message }, 'agent port: TLS refused')
  })
  server.on('request', (_, response) => {
    response.writeHead(404, { connection: 'close', 'content-length': 0 }).end()
  })
  server.on('upgrade', (request, stream: Duplex, head) => {
    const socket = stream as Socket
    if (request.url !== AGENT_PATH) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
      return
    }
    const peer = peerOf(socket)
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      serveAgent(webSocket, {
        ip: plainAddress(socket.remoteAddress),
        rules,
        log,
        pingEvery: limits.pingEvery,
        events: {
          entered(hello, connection) {
            saidHello(peer)
            agents.get(hello.mac)?.close(AGENT_CLOSE.replaced, 'replaced by a newer connection')
            agents.set(hello.mac, connection)
          },
          refused: () => { counters.refused += 1 },
          badMessage: () => { counters.badMessages += 1 },
          left(connection, mac) {
            if (agents.get(mac) !== connection) return
            agents.delete(mac)
            log.info({ mac }, 'agent disconnected')
            rules.gone(mac)
          },
        },
      })
    })
  })

  return {
    connected: (mac) => agents.has(mac),
    send: (mac, message) => agents.get(mac)?.send(message) ?? false,
    listen: async (host, port) => `${host}:${await listen(server, { host, port })}`,
    async close() {
      for (const agent of agents.values()) agent.close(GOING_AWAY, 'console is stopping')
      // Each tells that it is gone before this returns: what it is told to may be closed next.
      const left = [...webSockets.clients].map((each) => new Promise((resolve) => each.once('close', resolve)))
      const done = closed(server)
      // A moment for the close frames; agents that are gone would hold the console for TCP's own time.
      setTimeout(() => { for (const socket of sockets) socket.destroy() }, 500).unref()
      await Promise.all([done, ...left])
    },
    counters: () => ({ ...counters }),
  }
}
