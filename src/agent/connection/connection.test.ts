import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { AGENT_PATH } from '#shared/contract/agent.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import { MacAddress, Sha256Hex } from '#shared/domain/ids.ts'
import { Connection, type Notice } from './connection.ts'
import { AgentProtocol } from './protocol.ts'

const hardware: Hardware = {
  firmware: 'bios', secureBoot: false, manufacturer: '', product: '', serial: '', uuid: '', processor: '', cores: 1, memory: 0,
  interfaces: [], disks: [],
}

let pem: Awaited<ReturnType<typeof generate>>
let server: Server
let notices: Notice[]
let received: string[]
let connection: Connection | undefined

beforeAll(async () => {
  pem = await generate([{ name: 'commonName', value: 'test console' }], { keyType: 'ec', curve: 'P-256' })
})
beforeEach(async () => {
  notices = []
  const heard: string[] = []
  received = heard
  server = createServer({ key: pem.private, cert: pem.cert })
  server.on('secureConnection', (socket) => socket.on('data', (data: Buffer) => void heard.push(data.toString('latin1'))))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  connection?.close()
  server.closeAllConnections()
  server.close()
})

function start(key = new X509Certificate(pem.cert).fingerprint256.replaceAll(':', '').toLowerCase()): void {
  const identity = { mac: MacAddress.parse('52:54:00:77:00:01'), version: '1', hardware: () => hardware, running: () => [], uptime: () => 5 }
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port, key: Sha256Hex.parse(key) }
  connection = new Connection(new AgentProtocol(identity, { token: 'T'.repeat(43) }), address, (notice) => void notices.push(notice))
  connection.give({ type: 'start' })
}

const reason = (): string => notices.flatMap((notice) => (notice.type === 'offline' ? [notice.reason] : []))[0] ?? ''

test('the console of the pinned key is told hello', async () => {
  const sockets = new WebSocketServer({ server, path: AGENT_PATH })
  const [socket] = await (start(), once(sockets, 'connection')) as [WebSocket]
  const [data] = await once(socket, 'message') as [Buffer]
  expect(JSON.parse(data.toString('utf8'))).toMatchObject({ type: 'hello', token: 'T'.repeat(43) })
})

test('a console of another key is told nothing, and the log why', async () => {
  start('ab'.repeat(32))
  await vi.waitFor(() => expect(reason()).toContain('WRONG CONSOLE KEY'))
  expect(received).toEqual([])
})

test('something else on that port is no end: it is told, and tried again', async () => {
  server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n'))
  start()
  await vi.waitFor(() => expect(reason()).toContain('404'))
  await vi.waitFor(() => expect(received.filter((text) => text.startsWith('GET ')).length).toBeGreaterThan(1), { timeout: 5000 })
})
