/** The web console's WebSockets: who may open one, and their end when the session ends. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { serve, type Handlers, type Subscribe } from '#shared/contract/rpc.ts'
import { WEB_MESSAGE_LIMIT, WEB_PATH, WEB_PROTOCOL, WEB_SESSION_PREFIX } from '#shared/contract/web.ts'
import { readCookie } from './http-message.ts'
import { hostAllowed, judgeOrigin } from './origin.ts'
import type { Site } from './site.ts'
import { closeLoggedOut, socketPipe } from './socket-pipe.ts'

export interface Upgrades {
  accept: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Closes what belongs to sessions that are no more. */
  dropEnded: () => void
  terminateAll: () => void
}

export function acceptUpgrades(site: Site, handlers: Handlers, subscribe: Subscribe): Upgrades {
  const { doorkeeper, cookie, log } = site
  /** With the secret of the session that opened each. */
  const open = new Map<WebSocket, string>()
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: WEB_MESSAGE_LIMIT,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(WEB_PROTOCOL) ? WEB_PROTOCOL : false),
  })

  /** A page of ours is known by its cookie; a program, for which no Origin vouches, by the subprotocol alone. */
  function secretOf({ headers }: IncomingMessage): string | undefined {
    const verdict = judgeOrigin(headers.origin, headers.host, site.secure)
    if (!hostAllowed(headers.host, site.names) || verdict === 'foreign') return undefined
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim())
    const named = offered.find((protocol) => protocol.startsWith(WEB_SESSION_PREFIX))
    if (named !== undefined) return named.slice(WEB_SESSION_PREFIX.length)
    return verdict === 'same' ? readCookie(headers.cookie, cookie.name) : undefined
  }

  return {
    accept(request, socket, head) {
      const refuse = (status: string): void =>
        void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      socket.on('error', () => socket.destroy())
      if (request.url !== WEB_PATH.rpc) return refuse('404 Not Found')
      const secret = secretOf(request) ?? ''
      const caller = doorkeeper.caller(secret)
      if (!caller) return refuse('401 Unauthorized')
      return server.handleUpgrade(request, socket, head, (webSocket) => {
        open.set(webSocket, secret)
        webSocket.on('error', (error) => log.debug({ problem: error.message }, 'web socket failed'))
        webSocket.on('close', () => open.delete(webSocket))
        serve(socketPipe(webSocket), handlers, subscribe, caller)
      })
    },
    dropEnded() {
      for (const [socket, secret] of open) if (!doorkeeper.caller(secret)) closeLoggedOut(socket)
    },
    terminateAll() {
      for (const socket of open.keys()) socket.terminate()
    },
  }
}
