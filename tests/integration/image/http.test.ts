import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { copyFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { captureVolumes, HttpRepository, repositoryHandler, restoreVolumes, runCommand } from '#image/index.ts'
import { Bench, describeTree, fillUnix, patch } from './support.ts'

const MB = 1024 * 1024
const failing = (code: number) => expect.objectContaining({ name: 'ClonaulaError', code })

let bench: Bench
let server: Server
let client: HttpRepository
/** Looks at each request before it is answered; `true` = it has dealt with it. */
let meddle: (request: IncomingMessage, response: ServerResponse) => boolean
let mayWrite: boolean

beforeEach(async () => {
  bench = await Bench.open()
  meddle = () => false
  mayWrite = true
  const handler = repositoryHandler({ repository: bench.store, authorize: () => ({ read: true, write: mayWrite }) })
  server = createServer((request, response) => {
    if (!meddle(request, response)) void handler(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  client = new HttpRepository({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'any' })
})
afterEach(async () => {
  client.close()
  server.closeAllConnections()
  server.close()
  await bench.close()
})

async function source(): Promise<string> {
  const path = await bench.empty('source', 128 * MB)
  await runCommand(['mkfs.ext4', '-q', '-F', path])
  await bench.mounted(path, fillUnix)
  return path
}

function capture(path: string) {
  return captureVolumes({
    volumes: [{ number: 1, path, filesystem: 'ext4', mode: 'used' }], creator: 'test', source: 'test', store: client,
  })
}

async function restore(manifest: Uint8Array): Promise<string> {
  const target = await bench.empty('target', 128 * MB)
  await restoreVolumes({ manifest, volumes: [{ number: 1, path: target }], source: client })
  return target
}

test('a partition goes up and comes down over connections that break', async () => {
  const path = await source()
  const expected = await bench.mounted(path, describeTree)
  let requests = 0
  // Every third request loses its connection: before it is read, or with half of an answer.
  meddle = (request, response) => {
    requests += 1
    if (requests % 3 !== 0) return false
    if (request.method === 'GET') response.writeHead(206, { 'Content-Length': 1000 }).write('half')
    setTimeout(() => request.socket.destroy(), 5)
    return true
  }
  const { manifest } = await capture(path)
  const id = await client.publish(manifest)
  const target = await restore(await client.manifest(id))
  await runCommand(['e2fsck', '-fn', target])
  expect(await bench.mounted(target, describeTree)).toBe(expected)
  expect(requests).toBeGreaterThan(10)
})

test('a chunk that is changed on its way is code 33', async () => {
  const { manifest } = await capture(await source())
  const name = (await readdir(join(bench.store.root, 'packs'), { recursive: true })).find((one) => one.endsWith('.pack'))!
  const pack = join(bench.store.root, 'packs', name)
  await copyFile(pack, join(bench.folder, 'pack'))
  await patch(pack, 300_000, (bytes) => bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0))
  await expect(restore(manifest)).rejects.toThrow(failing(33))
  await copyFile(join(bench.folder, 'pack'), pack)
  await runCommand(['e2fsck', '-fn', await restore(manifest)])
})

test('a token without the right to write is told so at once, also with a large pack under way', async () => {
  const path = await source()
  mayWrite = false
  const store = { locate: async (ids: readonly Uint8Array[]) => ids.map(() => undefined), putPack: client.putPack.bind(client) }
  const started = Date.now()
  await expect(captureVolumes({
    volumes: [{ number: 1, path, filesystem: 'ext4', mode: 'used' }], creator: 'test', source: 'test', store,
  })).rejects.toThrow(failing(114))
  expect(Date.now() - started).toBeLessThan(45_000) // a connection that is tried again is so for 60 s
  expect(await readdir(join(bench.store.root, 'packs'))).toEqual([])
})

test('a capture that is aborted publishes nothing', async () => {
  const path = await source()
  const controller = new AbortController()
  meddle = (request) => {
    if (request.method === 'PUT') controller.abort()
    return false
  }
  await expect(captureVolumes({
    volumes: [{ number: 1, path, filesystem: 'ext4', mode: 'used' }], creator: 'test', source: 'test', store: client, signal: controller.signal,
  })).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  expect(await readdir(join(bench.store.root, 'manifests'))).toEqual([])
})
