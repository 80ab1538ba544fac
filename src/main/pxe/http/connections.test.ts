import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BootConnections } from './connections.ts'

let connections: BootConnections
let server: ReturnType<typeof createServer>
/** The loader's end; what it is told about its end. */
let loader: Socket
let ending: Promise<string>

beforeEach(async () => {
  connections = new BootConnections()
  server = createServer((incoming, response) => {
    connections.track(incoming, response)
    response.end('file')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  loader = connect((server.address() as AddressInfo).port, '127.0.0.1')
  ending = new Promise((resolve) => {
    loader.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? ''))
    loader.on('end', () => resolve('FIN'))
  })
})
afterEach(() => {
  loader.destroy()
  server.closeAllConnections()
  server.close()
})

/** Over the same connection each time, which stays open. */
async function fetchFile(): Promise<void> {
  loader.write('GET /live/vmlinuz HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(loader, 'data')
}

test('the next boot of an address resets what its last one left, and no other’s', async () => {
  await fetchFile()
  connections.reset('127.0.0.2')
  await fetchFile()
  connections.reset('127.0.0.1')
  expect(await ending).toBe('ECONNRESET')
})

test('so does the end of the service', async () => {
  await fetchFile()
  connections.resetAll()
  expect(await ending).toBe('ECONNRESET')
})

test('a loader that closes is answered with a reset, which leaves nothing', async () => {
  await fetchFile()
  loader.end()
  expect(await ending).toBe('ECONNRESET')
})

test('a connection that is used again and again is watched once', async () => {
  const watched: number[] = []
  server.on('request', ({ socket }: IncomingMessage) => void watched.push(socket.listenerCount('end')))
  for (let file = 0; file < 6; file += 1) await fetchFile()
  expect(watched).toHaveLength(6)
  expect(new Set(watched).size).toBe(1)
})
