import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test, vi } from 'vitest'
import type { BootFile } from '../tree/boot-tree.ts'
import type { FileEvent } from '../tree/file-event.ts'
import { BootConnections } from './connections.ts'
import { createBootHandler, type HttpHandler } from './handler.ts'
import { HttpService } from './service.ts'

const KERNEL = 'bytes of the kernel'
const file = (read: BootFile['read']): BootFile => ({ size: KERNEL.length, sha256: 'ab'.repeat(32), cacheable: true, read })
const whole = file((start, end) => Readable.from([Buffer.from(KERNEL.slice(start, end))]))
/** Its disk gives up after the first bytes. */
const broken = file(() => Readable.from((async function* () {
  yield Buffer.from('bytes')
  throw Object.assign(new Error('input/output error'), { code: 'EIO' })
})()))

let service: HttpService
let events: FileEvent[]
let errors: string[]
afterEach(() => service.stop())

async function serve(handler: HttpHandler): Promise<void> {
  service = new HttpService({ address: '127.0.0.1', port: 0, handler, onError: ({ message }) => void errors.push(message) })
  await service.start()
}

async function offer(served: BootFile): Promise<void> {
  events = []
  errors = []
  await serve(createBootHandler({ tree: { open: async () => served }, connections: new BootConnections(), onEvent: (event) => void events.push(event) }))
}

async function get(): Promise<IncomingMessage> {
  const asked = request({ host: '127.0.0.1', port: service.port, path: '/live/vmlinuz' }).end()
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return response
}

test('a file that was sent is told with its size, and has its content’s name', async () => {
  await offer(whole)
  const response = await get()
  expect(await text(response)).toBe(KERNEL)
  expect(response.headers.etag).toBe(`"${'ab'.repeat(32)}"`)
  await vi.waitFor(() => expect(events).toMatchObject([
    { kind: 'started', path: 'live/vmlinuz', size: KERNEL.length },
    { kind: 'ended', outcome: 'complete', delivered: KERNEL.length },
  ]))
})

test('a file that cannot be read to its end has failed: nobody hung up', async () => {
  await offer(broken)
  const response = await get()
  await expect(text(response)).rejects.toThrow('aborted')
  await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ kind: 'ended', outcome: 'failed', delivered: 5 }))
})

test('a handler that fails is told to the log, and as 500 to who asked', async () => {
  errors = []
  await serve(() => Promise.reject(new Error('the tree is gone')))
  const response = await get()
  response.resume()
  expect([response.statusCode, response.headers['content-length']]).toEqual([500, '0'])
  expect(errors).toEqual(['the tree is gone'])
})
