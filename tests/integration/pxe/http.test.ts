import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BootConnections } from '../../../src/main/pxe/http/connections.ts'
import { createBootHandler } from '../../../src/main/pxe/http/handler.ts'
import { HttpService } from '../../../src/main/pxe/http/service.ts'
import { composeTrees } from '../../../src/main/pxe/tree/boot-tree.ts'
import { DynamicTree } from '../../../src/main/pxe/tree/dynamic-tree.ts'
import type { FileEvent } from '../../../src/main/pxe/tree/file-event.ts'
import { StaticTree } from '../../../src/main/pxe/tree/static-tree.ts'

const run = promisify(execFile)
const SIZE = 3_000_000
const HASH = 'ab'.repeat(32)
const content = randomBytes(SIZE)
const events: FileEvent[] = []
const connections = new BootConnections()
let folder: string
let service: HttpService
let base: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boot-http-'))
  await writeFile(join(folder, 'vmlinuz'), content)
  await writeFile(join(folder, 'empty'), '')
  await writeFile(join(folder, 'secret'), 'not listed')
  const tree = composeTrees(
    new StaticTree(folder, [{ path: 'live/vmlinuz', source: 'vmlinuz', sha256: HASH }, { path: 'empty' }]),
    new DynamicTree([
      { pattern: /hello/, make: (_match, { query, address }) => `${query.get('name')} at ${address}` },
      { pattern: /broken/, make: () => { throw new Error('no context') } },
    ]),
  )
  const handler = createBootHandler({ tree, connections, onEvent: (event) => { events.push(event) } })
  service = new HttpService({ address: '127.0.0.1', port: 0, handler, onError: () => {} })
  await service.start()
  base = `http://127.0.0.1:${service.port}`
})
afterAll(async () => {
  await service.stop()
  await rm(folder, { recursive: true })
})

/** What curl got: status, headers as they were spelt, body. */
async function curl(path: string, ...options: string[]): Promise<{ status: number; headers: string[]; body: Buffer }> {
  const output = join(folder, 'curl.out')
  await writeFile(output, '')
  const argv = ['-sS', '--path-as-is', '-D', '-', '-o', output, ...options, `${base}${path}`]
  const { stdout } = await run('curl', argv, { timeout: 30_000 })
  const [status = '', ...headers] = stdout.trim().split('\r\n')
  return { status: Number(status.split(' ')[1]), headers, body: await readFile(output) }
}

describe('boot files over HTTP', () => {
  test('gives the whole file, with a length that GRUB can read', async () => {
    const { status, headers, body } = await curl('/live/vmlinuz')
    expect(status).toBe(200)
    expect(headers).toEqual(expect.arrayContaining([`Content-Length: ${SIZE}`, 'Accept-Ranges: bytes', `ETag: "${HASH}"`]))
    expect(headers.join('\n')).not.toContain('Transfer-Encoding')
    expect(body.equals(content)).toBe(true)
    await expect.poll(() => events.at(-1)).toMatchObject({ kind: 'ended', path: 'live/vmlinuz', outcome: 'complete', delivered: SIZE })
  })

  test.each([
    ['0-0', 0, 1], ['1000-1999', 1000, 2000], ['2999999-', SIZE - 1, SIZE], ['-100', SIZE - 100, SIZE], ['2999000-9999999', 2_999_000, SIZE],
  ])('gives the range %s', async (range, start, end) => {
    const { status, headers, body } = await curl('/live/vmlinuz', '-r', range)
    expect(status).toBe(206)
    expect(headers).toEqual(expect.arrayContaining([`Content-Range: bytes ${start}-${end - 1}/${SIZE}`, `Content-Length: ${end - start}`]))
    expect(body.equals(content.subarray(start, end))).toBe(true)
  })

  test('goes on where a download was broken off', async () => {
    const output = join(folder, 'resumed')
    await writeFile(output, content.subarray(0, 1_234_567))
    await run('curl', ['-sS', '-C', '-', '-o', output, `${base}/live/vmlinuz`])
    expect((await readFile(output)).equals(content)).toBe(true)
  })

  test('refuses a range beyond the end, and says how long the file is', async () => {
    const { status, headers } = await curl('/live/vmlinuz', '-r', `${SIZE}-`)
    expect(status).toBe(416)
    expect(headers).toContain(`Content-Range: bytes */${SIZE}`)
  })

  test('gives several ranges as the whole, and a range of another content too', async () => {
    expect((await curl('/live/vmlinuz', '-r', '0-1,5-6')).status).toBe(200)
    expect((await curl('/live/vmlinuz', '-r', '0-1', '-H', 'If-Range: "other"')).status).toBe(200)
    expect((await curl('/live/vmlinuz', '-r', '0-1', '-H', `If-Range: "${HASH}"`)).status).toBe(206)
  })

  test('HEAD gives the headers of GET', async () => {
    const { status, headers, body } = await curl('/live/vmlinuz', '-I')
    expect(status).toBe(200)
    expect(headers).toContain(`Content-Length: ${SIZE}`)
    expect(body.length).toBeLessThan(1000)
  })

  test('gives an empty file', async () => {
    const { status, headers, body } = await curl('/empty')
    expect([status, body.length]).toEqual([200, 0])
    expect(headers).toContain('Content-Length: 0')
  })

  test('makes texts for who asks, and lets nobody keep them', async () => {
    const { headers, body } = await curl('/hello?name=pc%2003')
    expect(String(body)).toBe('pc 03 at 127.0.0.1')
    expect(headers).toContain('Cache-Control: no-store')
  })

  test.each(['/secret', '/', '/../secret', '/live/../secret', '/live/%2e%2e/secret', '/%2fetc/passwd', '/live%00', '/%zz', '/live\\vmlinuz'])(
    'does not have %s', async (path) => {
      expect((await curl(path)).status).toBe(404)
    },
  )

  test('is read-only', async () => {
    const { status, headers } = await curl('/live/vmlinuz', '-X', 'PUT', '-d', 'x')
    expect(status).toBe(405)
    expect(headers).toContain('Allow: GET, HEAD')
  })

  test('keeps the connection for the next file', async () => {
    const argv = ['-sS', '-o', '/dev/null', '-w', '%{num_connects} ']
    const { stdout } = await run('curl', [...argv, `${base}/empty`, '-o', '/dev/null', `${base}/empty`, '-o', '/dev/null', `${base}/secret`])
    expect(stdout).toBe('1 0 0 ')
  })

  test('says 500 when its own side fails, and goes on', async () => {
    expect((await curl('/broken')).status).toBe(500)
    expect((await curl('/empty')).status).toBe(200)
  })

  test('notices a client that hangs up in the middle', async () => {
    const socket = connect(service.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET /live/vmlinuz HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'data')
    socket.pause()
    socket.destroy()
    await expect.poll(() => events.at(-1)).toMatchObject({ kind: 'ended', path: 'live/vmlinuz', outcome: 'aborted' })
  })

  test('does not read ahead of a slow client', async () => {
    let produced = 0
    const tree = {
      open: async () => ({
        size: 200_000_000, cacheable: true,
        read: () => Readable.from((async function* chunks() {
          for (; produced < 200_000_000; produced += 65_536) yield Buffer.alloc(65_536)
        })(), { objectMode: false }),
      }),
    }
    const slow = new HttpService({ address: '127.0.0.1', port: 0, handler: createBootHandler({ tree, connections, onEvent: () => {} }), onError: () => {} })
    await slow.start()
    const socket = connect(slow.port, '127.0.0.1')
    socket.pause()
    socket.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
    await delay(500)
    const after = produced
    await delay(300)
    socket.destroy()
    await slow.stop()
    expect(produced).toBe(after)
    expect(after).toBeLessThan(50_000_000)
  })
})

describe('connections of an earlier boot', () => {
  /** Fetches a file as GRUB does, and says how its connection ended. */
  async function fetchAndStay(): Promise<{ socket: Socket; ended: Promise<string> }> {
    const socket = connect(service.port, '127.0.0.1')
    const { promise: ended, resolve } = Promise.withResolvers<string>()
    socket.on('error', (error: NodeJS.ErrnoException) => { resolve(error.code ?? '') })
    socket.on('end', () => { resolve('FIN') })
    socket.write('GET /live/vmlinuz HTTP/1.1\r\nHost: x\r\n\r\n')
    for (let received = 0; received < SIZE;) {
      const [chunk] = (await once(socket, 'data')) as [Buffer]
      received += chunk.length
    }
    return { socket, ended }
  }

  test('are reset when the computer starts anew, and nobody else\'s are', async () => {
    const { ended, socket } = await fetchAndStay()
    connections.reset('127.0.0.2')
    await delay(100)
    expect(socket.readyState).toBe('open')
    connections.reset('127.0.0.1')
    expect(await ended).toBe('ECONNRESET')
  })

  test('are reset, not closed, when the client closes: its FIN may be its last word', async () => {
    const { ended, socket } = await fetchAndStay()
    socket.end()
    expect(await ended).toBe('ECONNRESET')
  })

  test('are reset at the end of the service', async () => {
    const { ended } = await fetchAndStay()
    connections.resetAll()
    expect(await ended).toBe('ECONNRESET')
  })

  test('are kept for as long as a slow loader needs', async () => {
    const { socket } = await fetchAndStay()
    await delay(6000) // Node's own keep-alive ends after 5 s
    expect(socket.readyState).toBe('open')
    socket.destroy()
  })
})

test('a taken port is told as such', async () => {
  const second = new HttpService({ address: '127.0.0.1', port: service.port, handler: async () => {}, onError: () => {} })
  await expect(second.start()).rejects.toMatchObject({ result: 'portTaken', params: { protocol: 'TCP', port: service.port } })
})
