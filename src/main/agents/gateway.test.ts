import { once } from 'node:events'
import { connect as connectTcp } from 'node:net'
import { request } from 'node:https'
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi, type Mock } from 'vitest'
import { WebSocket, type ClientOptions } from 'ws'
import { AGENT_CLOSE, AGENT_MESSAGE_LIMIT, AGENT_PATH, ConsoleMessage, type AgentMessage } from '#shared/contract/agent.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { MacAddress, OperationId } from '#shared/domain/ids.ts'
import { consoleCertificate, type ConsoleCertificate } from '../platform/certificate.ts'
import { createAgentGateway, type AgentGateway, type GatewayLimits } from './gateway.ts'
import type { AgentRules, Hello, Report } from './link.ts'

const MAC = MacAddress.parse('52:54:00:77:00:01')
const SESSION = 'S'.repeat(43)
const TOKEN = 'T'.repeat(43)

const hello: Hello = {
  type: 'hello', protocol: 1, token: TOKEN, mac: MAC, version: '0.1.0', running: [], uptime: 12,
  hardware: {
    firmware: 'bios', secureBoot: false, manufacturer: 'QEMU', product: 'PC', serial: '', uuid: '', processor: '', cores: 1,
    memory: 1, interfaces: [], disks: [],
  },
}

/** Rules that know one token, once, and the session that they gave for it. */
function scriptedRules(): AgentRules & { reports: Report[]; gone: Mock<AgentRules['gone']> } {
  const used = new Set<string>()
  const reports: Report[] = []
  return {
    reports,
    admit({ token, session }) {
      const known = session === SESSION || (token === TOKEN && !used.has(token))
      if (!known) throw new ClonaulaError('unauthenticated', 'unknown token')
      if (token) used.add(token)
      return { type: 'welcome', session: SESSION, language: 'es' }
    },
    admitted: () => {},
    report(_, report) {
      if (report.type === 'log' && report.lines[0]?.text === 'explode') throw new Error('the database is gone')
      reports.push(report)
    },
    gone: vi.fn<AgentRules['gone']>(),
  }
}

let identity: ConsoleCertificate
let folder: string
let gateway: AgentGateway
let rules: ReturnType<typeof scriptedRules>
let port: number
let logged: string[]

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clonaula-gateway-'))
  identity = await consoleCertificate(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function open(limits: Partial<GatewayLimits> = {}): Promise<void> {
  rules = scriptedRules()
  logged = []
  gateway = createAgentGateway({ ...identity, rules, log: pino({ level: 'warn' }, { write: (line) => void logged.push(line) }), limits })
  port = Number((await gateway.listen('127.0.0.1', 0)).split(':')[1])
}
beforeEach(() => open())
afterEach(() => gateway.close())

function dial(path: string = AGENT_PATH): WebSocket {
  const trust: ClientOptions & TlsOptions = { ca: identity.cert, servername: 'localhost' }
  return new WebSocket(`wss://127.0.0.1:${port}${path}`, trust)
}
async function dialAndSend(...messages: unknown[]): Promise<WebSocket> {
  const socket = dial()
  await once(socket, 'open')
  for (const message of messages) socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  return socket
}
async function nextMessage(socket: WebSocket): Promise<ConsoleMessage> {
  const [data] = (await once(socket, 'message')) as [Buffer]
  return ConsoleMessage.parse(JSON.parse(String(data)))
}
async function closeCode(socket: WebSocket): Promise<number> {
  const [code] = (await once(socket, 'close')) as [number]
  return code
}
async function enter(message: AgentMessage = hello): Promise<WebSocket> {
  const socket = await dialAndSend(message)
  expect((await nextMessage(socket)).type).toBe('welcome')
  return socket
}

/** However the connection ends: closed in order, or reset. */
function ended(connection: { on(event: 'close' | 'error', listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => {
    connection.on('error', () => {})
    connection.on('close', () => resolve())
  })
}

describe('an agent that is let in', () => {
  test('is welcomed, heard, and reached by its MAC until it leaves', async () => {
    const socket = await enter()
    expect(gateway.connected(MAC)).toBe(true)
    socket.send(JSON.stringify({ type: 'inventory', hardware: hello.hardware }))
    await vi.waitFor(() => expect(rules.reports.map(({ type }) => type)).toEqual(['inventory']))
    expect(gateway.send(MAC, { type: 'ack', operation: OperationId.parse(7) })).toBe(true)
    expect(await nextMessage(socket)).toEqual({ type: 'ack', operation: 7 })
    socket.close()
    await vi.waitFor(() => expect(rules.gone).toHaveBeenCalledExactlyOnceWith(MAC))
    expect(gateway.connected(MAC)).toBe(false)
    expect(gateway.send(MAC, { type: 'ack', operation: OperationId.parse(7) })).toBe(false)
  })

  test('is replaced by its own newer connection, without having gone', async () => {
    const first = await enter()
    const replaced = closeCode(first)
    const second = await enter({ ...hello, token: undefined, session: SESSION })
    expect(await replaced).toBe(AGENT_CLOSE.replaced)
    expect(rules.gone).not.toHaveBeenCalled()
    gateway.send(MAC, { type: 'ack', operation: OperationId.parse(1) })
    expect((await nextMessage(second)).type).toBe('ack')
  })

  test('is told to come back when the console fails on its report', async () => {
    const socket = await enter()
    socket.send(JSON.stringify({ type: 'log', lines: [{ at: 1, level: 'info', text: 'explode' }] }))
    expect(await closeCode(socket)).toBe(1011)
  })

  test('has what it says outside of an operation in the console’s log, and nothing else', async () => {
    const socket = await enter()
    const line = { at: 1, level: 'warn', text: '/dev/sda3: it has its 200 GB again' }
    socket.send(JSON.stringify({ type: 'log', operation: 7, lines: [{ ...line, text: 'of an operation' }] }))
    socket.send(JSON.stringify({ type: 'log', lines: [line] }))
    await vi.waitFor(() => expect(rules.reports).toHaveLength(2))
    expect(logged.join('')).toContain(`"mac":"${MAC}","msg":"/dev/sda3: it has its 200 GB again"`)
    expect(logged.join('')).not.toContain('of an operation')
  })

  test('stays for as long as it answers pings, however little it says', async () => {
    await gateway.close()
    await open({ pingEvery: 20 })
    const socket = await enter()
    let pings = 0
    await new Promise<void>((resolve) => {
      socket.on('ping', () => {
        pings += 1
        if (pings === 8) resolve()
      })
    })
    expect([gateway.connected(MAC), socket.readyState]).toEqual([true, WebSocket.OPEN])
  })

  test('is given up when it answers no ping', async () => {
    await gateway.close()
    await open({ pingEvery: 30 })
    const socket = dial()
    await once(socket, 'open')
    socket.send(JSON.stringify(hello))
    await vi.waitFor(() => expect(gateway.connected(MAC)).toBe(true))
    socket.pause()
    await vi.waitFor(() => expect(rules.gone).toHaveBeenCalledWith(MAC))
    socket.terminate()
  })
})

describe('the gateway turns away', () => {
  test('a wrong token, and a used one the second time', async () => {
    expect(await closeCode(await dialAndSend({ ...hello, token: 'X'.repeat(43) }))).toBe(AGENT_CLOSE.refused)
    await enter()
    expect(await closeCode(await dialAndSend(hello))).toBe(AGENT_CLOSE.refused)
    expect(gateway.counters().refused).toBe(2)
    expect(gateway.connected(MAC)).toBe(true)
  })

  test.each([
    ['text that is not JSON', 'hello?'],
    ['a report before the hello', { type: 'inventory', hardware: hello.hardware }],
    ['a hello with two proofs', { ...hello, session: SESSION }],
    ['a hello with none', { ...hello, token: undefined }],
    ['a hello without hardware', { ...hello, hardware: {} }],
    ['a message that does not exist', { type: 'launch' }],
    ['an empty object', {}],
  ])('%s', async (_, message) => {
    expect(await closeCode(await dialAndSend(message))).toBe(AGENT_CLOSE.badHello)
    expect(gateway.counters().badMessages).toBe(1)
  })

  test('a second hello, and garbage after a good one', async () => {
    const twice = await enter()
    twice.send(JSON.stringify(hello))
    expect(await closeCode(twice)).toBe(AGENT_CLOSE.badHello)
    const binary = await enter({ ...hello, token: undefined, session: SESSION })
    binary.send(Buffer.from([1, 2, 3]))
    expect(await closeCode(binary)).toBe(AGENT_CLOSE.badHello)
  })

  test('an agent of another protocol version, whatever else its hello has', async () => {
    expect(await closeCode(await dialAndSend({ type: 'hello', protocol: 2, news: true }))).toBe(AGENT_CLOSE.protocol)
  })

  test('a message over the limit', async () => {
    const socket = await dialAndSend(`"${'x'.repeat(AGENT_MESSAGE_LIMIT)}"`)
    expect(await closeCode(socket)).toBe(1009)
    expect(gateway.counters().badMessages).toBe(1)
  })

  test('other paths and plain requests', async () => {
    const [error] = (await once(dial('/'), 'error')) as [Error]
    expect(error.message).toContain('404')
    const asked = request({ host: '127.0.0.1', port, path: AGENT_PATH, ca: identity.cert, servername: 'localhost' })
    asked.end()
    const [response] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }]
    response.resume()
    expect(response.statusCode).toBe(404)
  })

  test('whoever dawdles: before TLS, within HTTP, before the hello', async () => {
    await gateway.close()
    await open({ helloTime: 200 })
    const silent = connectTcp(port, '127.0.0.1')
    const slow = connectTls({ port, host: '127.0.0.1', ca: identity.cert, servername: 'localhost' })
    const drip = setInterval(() => slow.write('X'), 20)
    slow.write(`GET ${AGENT_PATH} HTTP/1.1\r\nHost: x\r\nX-Slow: `)
    await Promise.all([ended(silent), ended(slow), ended(dial())])
    clearInterval(drip)
    expect(gateway.counters().tooSlow).toBe(3)
  })

  test('one address that takes too many connections', async () => {
    await gateway.close()
    await open({ perAddress: 2 })
    const held = [connectTcp(port, '127.0.0.1'), connectTcp(port, '127.0.0.1')]
    await Promise.all(held.map((socket) => once(socket, 'connect')))
    await ended(connectTcp(port, '127.0.0.1'))
    expect(gateway.counters().overQuota).toBe(1)
    for (const socket of held) socket.destroy()
    await vi.waitFor(() => enter())
  })
})

test('large messages are slowed down by their size', async () => {
  const socket = await enter()
  const lines = Array.from({ length: 200 }, (_, at) => ({ at, level: 'info', text: 'x'.repeat(2000) }))
  const message = JSON.stringify({ type: 'log', lines })
  for (let sent = 0; sent < 8; sent += 1) socket.send(message)
  await vi.waitFor(() => expect(rules.reports.length).toBe(3))
  await sleep(1000)
  expect(rules.reports.length).toBe(3)
})

test('what is wrong with a message is said in a line, however much is wrong', async () => {
  const disks = Array.from({ length: 64 }, () => ({ partitions: Array.from({ length: 256 }, () => ({})) }))
  expect(await closeCode(await dialAndSend({ ...hello, hardware: { ...hello.hardware, disks } }))).toBe(AGENT_CLOSE.badHello)
  expect(logged.map((line) => line.length).filter((length) => length > 1000)).toEqual([])
  expect(logged.at(-1)).toContain('hardware.disks.0')
})

test('who was quiet for long is heard at once', async () => {
  const socket = await enter()
  const now = performance.now()
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + 3_600_000)
  try {
    socket.send(JSON.stringify({ type: 'inventory', hardware: hello.hardware }))
    await vi.waitFor(() => expect(rules.reports).toHaveLength(1))
    socket.send(JSON.stringify({ type: 'inventory', hardware: hello.hardware }))
    await vi.waitFor(() => expect(rules.reports).toHaveLength(2))
  } finally {
    clock.mockRestore()
  }
})

test('whoever is there at the end of the console has gone when it is over', async () => {
  const socket = await enter()
  socket.pause()
  await gateway.close()
  expect(rules.gone).toHaveBeenCalledExactlyOnceWith(MAC)
  socket.terminate()
})

test('the end of the console is not put off by who says nothing', async () => {
  const silent = connectTcp(port, '127.0.0.1')
  await once(silent, 'connect')
  const gone = ended(silent)
  await gateway.close()
  await gone
  expect(silent.destroyed).toBe(true)
})

test('a flood is slowed down, not dropped', async () => {
  const socket = await enter()
  const message = JSON.stringify({ type: 'inventory', hardware: hello.hardware })
  // Credit comes with time: none of it while these are read, however busy the machine is.
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now())
  try {
    for (let sent = 0; sent < 1100; sent += 1) socket.send(message)
    await vi.waitFor(() => expect(rules.reports.length).toBeGreaterThan(900), { timeout: 20_000 })
    expect(rules.reports.length).toBeLessThan(1100)
  } finally {
    clock.mockRestore()
  }
  await vi.waitFor(() => expect(rules.reports.length).toBe(1100), { timeout: 20_000 })
})
