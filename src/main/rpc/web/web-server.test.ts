import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { connect, type Caller, type Handlers, type Pipe } from '#shared/contract/rpc.ts'
import { WEB_CLOSE, WEB_PROTOCOL, WEB_SESSION_PREFIX } from '#shared/contract/web.ts'
import { consoleCertificate } from '../../platform/certificate.ts'
import { openUsers, type Users } from './users.ts'
import { createWebServer, type WebServer, type WebServerOptions } from './web-server.ts'

const PASSWORD = 'a classroom of 35'
let folder: string
let users: Users
let options: WebServerOptions
let web: WebServer
let port: number
const callers: Caller[] = []
const audited: string[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clonaula-web-'))
  mkdirSync(join(folder, 'screens', 'assets'), { recursive: true })
  writeFileSync(join(folder, 'screens', 'index.html'), '<!doctype html><title>Clonaula</title>')
  writeFileSync(join(folder, 'screens', 'assets', 'main-1a2b3c.js'), 'start()')
  writeFileSync(join(folder, 'secret.html'), 'not for browsers')
  users = openUsers(folder)
  await users.set('ana', PASSWORD, 'technician')
  options = {
    handlers: {
      'sites.list': (_: unknown, caller: Caller) => {
        callers.push(caller)
        return []
      },
    } as unknown as Handlers,
    subscribe: () => () => {},
    users,
    audit: { add: (who, action) => void audited.push(`${who} ${action}`) },
    screens: join(folder, 'screens'),
    ...(await consoleCertificate(folder)),
    names: ['console.example'],
    log: pino({ level: 'silent' }),
    checkEvery: 50,
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeEach(async () => {
  web = createWebServer(options)
  port = Number((await web.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })).split(':')[1])
})
afterEach(() => web.close())

interface Answer { status: number; headers: IncomingHttpHeaders; body: string }

/** Not `fetch`: that tidies up paths, and sets Host and Origin itself. */
async function ask(method: string, path: string, headers: Record<string, string> = {}, body?: unknown, host = '127.0.0.1'): Promise<Answer> {
  const make = host === '127.0.0.1' ? httpRequest : httpsRequest
  const sent = make({ method, path, host, port, agent: false, rejectUnauthorized: false, headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers } })
  sent.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer> & { statusCode: number; headers: IncomingHttpHeaders }]
  let text = ''
  for await (const part of response) text += part.toString('utf8')
  return { status: response.statusCode, headers: response.headers, body: text }
}

const login = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> => ask('POST', '/login', headers, body)
async function session(): Promise<string> {
  const { body } = await login({ user: 'ana', password: PASSWORD })
  return (JSON.parse(body) as { session: string }).session
}
function dial(protocols: string[], headers: Record<string, string> = {}): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${port}/rpc`, protocols, { headers })
}
const bySession = (secret: string, headers: Record<string, string> = {}): WebSocket => dial([WEB_PROTOCOL, WEB_SESSION_PREFIX + secret], headers)
async function refusal(socket: WebSocket): Promise<string> {
  const [error] = (await once(socket, 'error')) as [Error]
  return error.message
}
function pipe(socket: WebSocket): Pipe {
  return {
    send: (message) => socket.send(JSON.stringify(message)),
    onMessage: (listener) => void socket.on('message', (data: Buffer) => listener(JSON.parse(data.toString('utf8')))),
    onClose: (listener) => void socket.on('close', listener),
  }
}

describe('the screens’ files', () => {
  test('come with headers that leave a page nothing to do but its own work', async () => {
    const { status, headers, body } = await ask('GET', '/')
    expect(status).toBe(200)
    expect(body).toContain('Clonaula')
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; ")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin', 'cache-control': 'no-cache',
    })
    expect((await ask('GET', '/assets/main-1a2b3c.js')).headers['cache-control']).toContain('immutable')
  })

  test.each([
    '/../secret.html', '/%2e%2e/secret.html', '/assets/../../secret.html', '/..%2fsecret.html', '/%00', '//etc/passwd', '/index.html/', '/..\\secret.html',
  ])('%s is not one of them', async (path) => {
    expect((await ask('GET', path)).status).toBe(404)
  })

  test('are asked for, nothing else', async () => {
    expect((await ask('PUT', '/')).status).toBe(405)
    expect((await ask('HEAD', '/')).body).toBe('')
    expect((await ask('POST', '/')).status).toBe(404)
  })

  test('that have not been built are explained', async () => {
    const bare = createWebServer({ ...options, screens: join(folder, 'none') })
    port = Number((await bare.listen({ kind: 'tcp', host: '127.0.0.1', port: 0 })).split(':')[1])
    expect(await ask('GET', '/')).toMatchObject({ status: 503, body: expect.stringContaining('npm run build') as string })
    await bare.close()
  })
})

describe('a name that is not this console’s (DNS rebinding)', () => {
  test.each([
    ['evil.example', 421], ['evil.example:7480', 421], ['127.0.0.1.evil.example', 421], ['a@localhost', 421],
    ['localhost', 200], ['127.0.0.1:7480', 200], ['[::1]:7480', 200], ['console.example', 200],
  ])('%j: %i', async (host, status) => {
    expect((await ask('GET', '/', { host })).status).toBe(status)
  })
})

describe('login', () => {
  test('gives a session that scripts cannot read and other sites cannot send', async () => {
    const { status, headers, body } = await login({ user: 'ana', password: PASSWORD })
    expect(status).toBe(200)
    expect(headers['set-cookie']?.[0]).toMatch(/^clonaula=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(JSON.parse(body)).toMatchObject({ user: 'ana', role: 'technician' })
    const cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    expect(JSON.parse((await ask('GET', '/session', { cookie })).body)).toEqual({ user: 'ana', role: 'technician' })
    const out = await ask('POST', '/logout', { cookie })
    expect(out.status).toBe(204)
    expect((await ask('GET', '/session', { cookie })).status).toBe(401)
  })

  test('is refused for a wrong password and an unknown name alike', async () => {
    const wrong = await login({ user: 'ana', password: 'x' })
    const unknown = await login({ user: 'nobody', password: 'x' })
    expect([wrong.status, unknown.status]).toEqual([401, 401])
    expect(wrong.body).toBe(unknown.body)
    expect(wrong.headers['set-cookie']).toBeUndefined()
  })

  test('makes a guesser wait', async () => {
    for (let attempt = 0; attempt < 5; attempt += 1) await login({ user: 'ana', password: 'x' })
    const sixth = await login({ user: 'ana', password: PASSWORD })
    expect(sixth.status).toBe(429)
    expect(Number(sixth.headers['retry-after'])).toBeGreaterThan(0)
    expect(audited.at(-1)).toBe('ana login-failed')
  })

  test('is not for pages of other sites, nor for forms', async () => {
    expect((await login({ user: 'ana', password: PASSWORD }, { origin: 'http://evil.example' })).status).toBe(403)
    expect((await login({ user: 'ana', password: PASSWORD }, { origin: 'null' })).status).toBe(403)
    expect((await login({ user: 'ana', password: PASSWORD }, { 'content-type': 'text/plain' })).status).toBe(400)
    expect((await login({ user: 'ana', password: 'x'.repeat(5000) })).status).toBe(400)
    expect((await login({ user: 'ana', password: PASSWORD }, { origin: `http://127.0.0.1:${port}` })).status).toBe(200)
  })

  test('by start address works once', async () => {
    const token = web.startAddress()?.split('#token=')[1]
    expect(JSON.parse((await login({ token })).body)).toMatchObject({ user: 'console', role: 'administrator' })
    expect((await login({ token })).status).toBe(401)
    expect((await login({ token: 'T'.repeat(43) })).status).toBe(401)
  })
})

describe('the RPC’s WebSocket', () => {
  test('serves who has a session, by cookie or subprotocol, under its own name', async () => {
    const secret = await session()
    const byCookie = (): WebSocket => dial([WEB_PROTOCOL], { cookie: `clonaula=${secret}`, origin: `http://127.0.0.1:${port}` })
    for (const open of [() => bySession(secret), byCookie]) {
      const socket = open()
      await once(socket, 'open')
      expect(socket.protocol).toBe(WEB_PROTOCOL)
      expect(await connect(pipe(socket)).call('sites.list', {})).toEqual([])
      expect(callers.at(-1)).toEqual({ name: 'ana', role: 'technician' })
      socket.terminate()
    }
  })

  test('asks for a session that is in force', async () => {
    expect(await refusal(dial([WEB_PROTOCOL]))).toContain('401')
    expect(await refusal(bySession('S'.repeat(43)))).toContain('401')
    const secret = await session()
    expect(await refusal(bySession(secret, { origin: 'http://evil.example' }))).toContain('401')
    expect(await refusal(bySession(secret, { host: 'evil.example' }))).toContain('401')
    expect(await refusal(dial([WEB_PROTOCOL], { cookie: `clonaula=${secret}` }))).toContain('401')
    expect(await refusal(dial([WEB_PROTOCOL], { cookie: `clonaula=${secret}`, origin: `https://127.0.0.1:${port}` }))).toContain('401')
    expect(await refusal(new WebSocket(`ws://127.0.0.1:${port}/`))).toContain('404')
  })

  test('ends with the session: logout, changed password', async () => {
    const secret = await session()
    const socket = bySession(secret)
    await once(socket, 'open')
    const left = once(socket, 'close')
    await ask('POST', '/logout', { cookie: `clonaula=${secret}` })
    expect((await left)[0]).toBe(WEB_CLOSE.loggedOut)

    const other = bySession(await session())
    await once(other, 'open')
    const dropped = once(other, 'close')
    await users.set('ana', PASSWORD, 'technician')
    expect((await dropped)[0]).toBe(WEB_CLOSE.loggedOut)
  })

  test('is closed on garbage and on what is too long', async () => {
    for (const message of ['{', Buffer.from([1]), `"${'x'.repeat(1024 * 1024)}"`]) {
      const socket = bySession(await session())
      await once(socket, 'open')
      socket.send(message)
      const [code] = (await once(socket, 'close')) as [number]
      expect([1006, 1009]).toContain(code)
    }
  })
})

test('beyond loopback there is TLS, and a cookie that never travels without it', async () => {
  const outside = Object.values(networkInterfaces()).flat().find((card) => card?.family === 'IPv4' && !card.internal)?.address ?? '0.0.0.0'
  const secure = createWebServer(options)
  port = Number((await secure.listen({ kind: 'tcp', host: outside, port: 0 })).split(':')[1])
  const at = outside === '0.0.0.0' ? '127.0.0.2' : outside
  const { headers } = await ask('POST', '/login', {}, { user: 'ana', password: PASSWORD }, at)
  expect(headers['set-cookie']?.[0]).toMatch(/^__Host-clonaula=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/)
  expect(secure.startAddress()).toMatch(new RegExp(`^https://${outside === '0.0.0.0' ? 'localhost' : outside}:${port}/#token=`))
  await secure.close()
})

test('on every address, it is called what this machine’s own browser can open', async () => {
  const everywhere = createWebServer(options)
  const [, own] = (await everywhere.listen({ kind: 'tcp', host: '0.0.0.0', port: 0 })).split(':')
  expect(everywhere.startAddress()).toMatch(new RegExp(`^https://localhost:${own}/#token=`))
  await everywhere.close()
  expect(web.startAddress()).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:${port}/#token=`))
})

test('on a Unix socket that a killed console left behind', async () => {
  const path = join(folder, 'web.sock')
  const first = createWebServer(options)
  await first.listen({ kind: 'unix', path })
  await expect(createWebServer(options).listen({ kind: 'unix', path })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  const sent = httpRequest({ socketPath: path, path: '/', headers: { host: 'localhost' } })
  sent.end()
  const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume: () => void }]
  response.resume()
  expect(response.statusCode).toBe(200)
  expect(first.startAddress()).toBeUndefined()
  await first.close()
  await vi.waitFor(() => expect(() => rmSync(path)).toThrow('ENOENT'))
})
