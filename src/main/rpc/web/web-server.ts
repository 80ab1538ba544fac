/**
 * The console in a browser: the screens' files, login, and the RPC over a WebSocket. Plain HTTP on
 * loopback and on a Unix socket; TLS with the console's certificate as soon as others can reach it.
 */
import { createServer as createPlainServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { BlockList } from 'node:net'
import { hostname } from 'node:os'
import type { Handlers, Subscribe } from '#shared/contract/rpc.ts'
import { START_TOKEN_KEY } from '#shared/contract/web.ts'
import { closed, freeSocketPath, listen } from '../../platform/listen.ts'
import type { Log } from '../../platform/log.ts'
import type { WebAddress } from '../../platform/settings.ts'
import { createDoorkeeper, type DoorkeeperParts } from './login.ts'
import { answerRequests } from './requests.ts'
import { sessionCookie } from './site.ts'
import { openStaticFiles } from './static-files.ts'
import { acceptUpgrades, type Upgrades } from './upgrades.ts'

export interface WebServerOptions extends DoorkeeperParts {
  handlers: Handlers
  subscribe: Subscribe
  /** Folder of the built screens. */
  screens: string
  /** PEM, for when it listens beyond loopback. */
  key: string
  cert: string
  /** Names under which browsers may ask for it, this machine's own aside. */
  names: readonly string[]
  log: Log
  /** Milliseconds between looks at whether open WebSockets still have their session. */
  checkEvery?: number
}

export type WebListenAddress = Exclude<WebAddress, { kind: 'off' }>

export interface WebServer {
  /** @returns where it listens, as shown: `127.0.0.1:7480` or a path. */
  listen(where: WebListenAddress): Promise<string>
  close(): Promise<void>
  /** An address that logs in whoever opens it first; undefined while it does not listen on TCP. */
  startAddress(): string | undefined
}

const CHECK_EVERY = 30_000
const MAX_CONNECTIONS = 256
const LIMITS = { headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 5000 }

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

function isSecure(where: WebListenAddress): boolean {
  if (where.kind === 'unix' || where.host === 'localhost') return false
  return !loopback.check(where.host, where.host.includes(':') ? 'ipv6' : 'ipv4')
}

/** What a browser on this machine calls it. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

export function createWebServer(options: WebServerOptions): WebServer {
  const doorkeeper = createDoorkeeper(options)
  const names = [...options.names, hostname(), `${hostname()}.local`]
  let running: { server: Server; upgrades: Upgrades; watch: NodeJS.Timeout; url?: string } | undefined

  function start(secure: boolean): { server: Server; upgrades: Upgrades } {
    const { key, cert, handlers, subscribe, log } = options
    const server = secure ? createTlsServer({ key, cert, ...LIMITS }) : createPlainServer(LIMITS)
    server.maxConnections = MAX_CONNECTIONS
    const site = { doorkeeper, names, secure, cookie: sessionCookie(secure), log }
    const upgrades = acceptUpgrades(site, handlers, subscribe)
    server.on('request', answerRequests(site, openStaticFiles(options.screens), upgrades.dropEnded))
    server.on('upgrade', upgrades.accept)
    return { server, upgrades }
  }

  return {
    async listen(where) {
      const secure = isSecure(where)
      const { server, upgrades } = start(secure)
      if (where.kind === 'unix') await freeSocketPath(where.path)
      const port = await listen(server, where.kind === 'unix' ? { path: where.path } : where)
      const watch = setInterval(upgrades.dropEnded, options.checkEvery ?? CHECK_EVERY)
      watch.unref()
      running = { server, upgrades, watch }
      if (where.kind === 'unix') return where.path
      running.url = `${secure ? 'https' : 'http'}://${urlHost(where.host)}:${port}/`
      return `${where.host}:${port}`
    },
    async close() {
      if (!running) return
      const { server, upgrades, watch } = running
      running = undefined
      clearInterval(watch)
      upgrades.terminateAll()
      const done = closed(server)
      server.closeAllConnections()
      await done
    },
    startAddress: () => running?.url && `${running.url}#${START_TOKEN_KEY}=${doorkeeper.issueStartToken()}`,
  }
}
