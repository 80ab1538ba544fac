import { createHash } from 'node:crypto'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toHex } from '#shared/formats/digest.ts'
import { encodePackEnd, MAX_BLOB, MAX_CHUNK, packHead, type Blob } from '#shared/formats/pack.ts'
import { captureVolumes } from '../capture.ts'
import { compress, readManifest, sha256 } from '../codecs.ts'
import type { BuiltPack, ChunkStore } from '../store.ts'
import { HttpRepository } from './http-client.ts'
import { repositoryHandler, type Rights } from './http-server.ts'
import { LocalRepository } from './local.ts'

const failing = (code: number) => expect.objectContaining({ name: 'ClonaulaError', code })
const RIGHTS: Record<string, Rights> = {
  'Bearer both': { read: true, write: true, published: (manifest) => void published.push(manifest) },
  'Bearer reader': { read: true, write: false },
  'Bearer writer': { read: false, write: true },
}
const UNKNOWN = 'ab'.repeat(32)

let folder: string
/** What `published` was told. */
let published: string[]
let repository: LocalRepository
let server: Server
let url: string
const clients: HttpRepository[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-repository-'))
  published = []
  repository = await LocalRepository.open(join(folder, 'repository'))
  const handler = repositoryHandler({
    repository, prefix: '/repo', authorize: (request) => RIGHTS[request.headers.authorization ?? ''],
  })
  server = createServer((request, response) => void handler(request, response))
  url = await listen(0)
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})

async function listen(port: number): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/repo`
}

function client(token = 'both', retryFor = 2000): HttpRepository {
  const made = new HttpRepository({ url, token, retryFor })
  clients.push(made)
  return made
}

interface Image {
  packs: BuiltPack[]
  manifest: Uint8Array
  digests: Uint8Array[]
}

/** An image of some bytes, that no store has seen. */
async function image(seed: string, blocks = 100): Promise<Image> {
  const path = join(folder, 'source')
  const block = (at: number) => createHash('sha512').update(`${seed} ${at}`).digest()
  await writeFile(path, Buffer.concat(Array.from({ length: blocks }, (_, at) => Buffer.alloc(4096, block(at)))))
  const packs: BuiltPack[] = []
  const { manifest } = await captureVolumes({
    volumes: [{ number: 1, path, filesystem: 'unknown', mode: 'sector' }], creator: 'test', source: 'test',
    store: {
      locate: async (ids) => ids.map(() => undefined),
      putPack: async (pack) => void packs.push({ ...pack, parts: pack.parts.map((part) => Buffer.from(part)) }),
    },
  })
  const { chunks } = await readManifest(manifest)
  return { packs, manifest, digests: Array.from({ length: chunks.count }, (_, at) => chunks.digest(at)) }
}

/** A pack of one blob, in all things but its chunk's hash a good one. */
function lyingPack(digest: Uint8Array): BuiltPack {
  const bytes = Buffer.alloc(4096, 'not what it is called')
  return packOf([{ encoding: 'stored', stored: bytes.length, plain: bytes.length, chunks: [{ digest, length: bytes.length }] }], [bytes])
}

/** Blobs of zeros, under their true hashes. */
async function bomb(plain: number): Promise<BuiltPack> {
  const chunk = { digest: sha256(Buffer.alloc(MAX_CHUNK)), length: MAX_CHUNK }
  const frame = await compress(Buffer.alloc(MAX_BLOB))
  const blob = { encoding: 'zstd', stored: frame.length, plain: MAX_BLOB, chunks: Array.from({ length: 8 }, () => chunk) } as const
  const count = Math.ceil(plain / MAX_BLOB)
  return packOf(Array.from({ length: count }, () => blob), Array.from({ length: count }, () => frame))
}

function packOf(blobs: readonly Blob[], bytes: readonly Uint8Array[]): BuiltPack {
  const whole = Buffer.concat([packHead, ...bytes, encodePackEnd(blobs, sha256)])
  return { id: toHex(sha256(whole)), size: whole.length, parts: [whole] }
}

async function filesIn(...path: string[]): Promise<string[]> {
  const entries = await readdir(join(repository.root, ...path), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

describe.each<[string, () => ChunkStore]>([
  ['in a folder', () => repository],
  ['over HTTP', () => client()],
])('a repository %s', (_, open) => {
  test('takes packs and a manifest, and gives them back', async () => {
    const store = open()
    const { packs: [pack], manifest, digests } = await image('one')
    expect(await store.locate(digests)).toEqual(digests.map(() => undefined))
    await store.putPack(pack!)
    expect(await store.locate(digests)).toEqual(digests.map(() => pack!.id))
    const bytes = Buffer.concat(pack!.parts)
    expect(await store.packTail(pack!.id, 100)).toEqual({ size: bytes.length, bytes: bytes.subarray(-100) })
    expect((await store.packTail(pack!.id, 1_000_000)).bytes).toEqual(bytes)
    expect(await store.packRange(pack!.id, 10, 20)).toEqual(bytes.subarray(10, 30))
    const id = await store.publish(manifest)
    expect(Buffer.compare(await store.manifest(id), manifest)).toBe(0)
    expect(await filesIn('tmp')).toEqual([])
  })

  test('takes the same pack and manifest again', async () => {
    const store = open()
    const { packs: [pack], manifest } = await image('one')
    for (let time = 0; time < 2; time += 1) {
      await store.putPack(pack!)
      await store.publish(manifest)
    }
    expect(await filesIn('packs')).toEqual([`${pack!.id}.pack`])
  })

  test('refuses a pack whose chunks are not what they are called, and nobody ever sees it', async () => {
    const store = open()
    const victim = await image('victim', 4)
    const lie = lyingPack(victim.digests[0]!)
    await expect(store.putPack(lie)).rejects.toThrow(failing(33))
    expect(await store.locate(victim.digests)).toEqual(victim.digests.map(() => undefined))
    expect(await filesIn('packs')).toEqual([])
    expect(await filesIn('tmp')).toEqual([])
  })

  test('refuses a small pack that would be gigabytes once decompressed', async () => {
    const pack = await bomb(1.1 * 1024 ** 3)
    expect(pack.size).toBeLessThan(2 * 1024 * 1024)
    await expect(open().putPack(pack)).rejects.toThrow(failing(33))
    expect(await filesIn('packs')).toEqual([])
  })

  test('refuses a pack under another name, and nobody ever sees it', async () => {
    const store = open()
    const { packs: [pack], digests } = await image('one')
    await expect(store.putPack({ ...pack!, id: UNKNOWN })).rejects.toThrow(failing(33))
    expect(await store.locate(digests)).toEqual(digests.map(() => undefined))
    await expect(store.packTail(UNKNOWN, 10)).rejects.toThrow(failing(2))
    expect([...(await filesIn('packs')), ...(await filesIn('tmp'))]).toEqual([])
  })

  test.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['with a damaged footer', (bytes) => bytes.fill(1, bytes.length - 60, bytes.length - 50)],
    ['that is cut off', (bytes) => bytes.subarray(0, -1)],
    ['with bytes in front', (bytes) => Buffer.concat([Buffer.alloc(1), bytes])],
    ['that does not begin as one', (bytes) => bytes.fill(0, 0, 8)],
    ['of no bytes', () => new Uint8Array()],
  ])('refuses a pack %s, although its name is right', async (_, damage) => {
    const bytes = damage(Buffer.concat((await image('one')).packs[0]!.parts))
    const id = Buffer.from(sha256(bytes)).toString('hex')
    await expect(open().putPack({ id, size: bytes.length, parts: [bytes] })).rejects.toThrow(failing(33))
    expect(await filesIn('packs')).toEqual([])
  })

  test('refuses an image whose chunks it lacks', async () => {
    const store = open()
    const { manifest } = await image('one')
    const id = Buffer.from(sha256(manifest)).toString('hex')
    await expect(store.publish(manifest)).rejects.toThrow(failing(5))
    await expect(store.manifest(id)).rejects.toThrow(failing(2))
  })

  test('refuses a manifest that is none', async () => {
    const store = open()
    const { packs: [pack], manifest } = await image('one')
    await store.putPack(pack!)
    await expect(store.publish(manifest.subarray(0, -1))).rejects.toThrow(failing(33))
    await expect(store.publish(Buffer.from('hello'))).rejects.toThrow(failing(33))
    expect(await filesIn('manifests')).toEqual([])
  })

  test('says when it has no such file, or not so much of it', async () => {
    const store = open()
    const { packs: [pack] } = await image('one')
    await store.putPack(pack!)
    await expect(store.packTail(UNKNOWN, 10)).rejects.toThrow(failing(2))
    await expect(store.packRange(UNKNOWN, 0, 10)).rejects.toThrow(failing(2))
    await expect(store.manifest(UNKNOWN)).rejects.toThrow(failing(2))
    await expect(store.packRange(pack!.id, pack!.size - 5, 10)).rejects.toThrow(failing(33))
    await expect(store.packRange(pack!.id, pack!.size, 10)).rejects.toThrow(failing(33))
  })

  test('stops when it is told to', async () => {
    const { packs: [pack] } = await image('one')
    await expect(open().putPack(pack!, { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
    expect(await filesIn('packs')).toEqual([])
  })
})

describe('a repository in a folder', () => {
  test('is the same after it was opened again', async () => {
    const { packs: [pack], manifest, digests } = await image('one')
    await repository.putPack(pack!)
    const again = await LocalRepository.open(repository.root)
    expect(again.id).toBe(repository.id)
    expect(await again.locate(digests)).toEqual(digests.map(() => pack!.id))
    await again.publish(manifest)
  })

  test('does not count on packs that are damaged, and heals when they are stored again', async () => {
    const { packs: [pack], digests } = await image('one')
    await repository.putPack(pack!)
    await writeFile(repository.packPath(pack!.id), 'damaged')
    const again = await LocalRepository.open(repository.root)
    expect(await again.locate(digests)).toEqual(digests.map(() => undefined))
    expect([...again.damaged.keys()]).toEqual([pack!.id])
    await again.putPack(pack!)
    expect(await again.locate(digests)).toEqual(digests.map(() => pack!.id))
    expect(again.damaged.size).toBe(0)
  })

  test('is not made where something else is', async () => {
    await writeFile(join(folder, 'letter.txt'), 'dear')
    await expect(LocalRepository.open(folder)).rejects.toThrow(failing(5))
    expect((await readdir(folder)).sort()).toEqual(['letter.txt', 'repository'])
  })

  test('of a later format is refused', async () => {
    await writeFile(join(repository.root, 'repository.json'), JSON.stringify({ format: 2, id: repository.id }))
    await expect(LocalRepository.open(repository.root)).rejects.toThrow(failing(5))
  })

  test('names only what was published', async () => {
    const { packs: [pack], manifest } = await image('one')
    const ref = {
      format: 1 as const, image: 'Windows 10', revision: 1, created: '2025-11-23T10:00:00.000Z', manifest: UNKNOWN, description: '',
    }
    await expect(repository.putRef(ref)).rejects.toThrow(failing(2))
    await repository.putPack(pack!)
    const published = { ...ref, manifest: await repository.publish(manifest) }
    await repository.putRef(published)
    expect(await repository.listRefs()).toEqual([published])
  })

  test.each(['../../../etc/passwd', 'AB'.repeat(32), '', 'ab'])('never makes a path of %j', (name) => {
    expect(() => repository.packPath(name)).toThrow(failing(2))
    expect(() => repository.manifestPath(name)).toThrow(failing(2))
  })
})

test('a repository leaves the space free that it was told to', async () => {
  const careful = await LocalRepository.open(join(folder, 'careful'), { reserve: Number.MAX_SAFE_INTEGER })
  const { packs: [pack] } = await image('one')
  await expect(careful.putPack(pack!)).rejects.toThrow(failing(16))
  expect(await readdir(join(careful.root, 'packs'))).toEqual([])
  await repository.putPack(pack!)
})

describe('a repository over HTTP', () => {
  const get = (path: string, init: { method?: string; token?: string; body?: string; range?: string } = {}) =>
    fetch(url + path, {
      method: init.method ?? 'GET', body: init.body ?? null,
      headers: { Authorization: `Bearer ${init.token ?? 'both'}`, ...(init.range ? { Range: init.range } : {}) },
    })

  test('asks for a token, and for the right', async () => {
    const { packs: [pack], manifest, digests } = await image('one')
    await expect(client('nobody').packTail(UNKNOWN, 10)).rejects.toThrow(failing(113))
    await expect(client('writer').packTail(UNKNOWN, 10)).rejects.toThrow(failing(114))
    await expect(client('reader').putPack(pack!)).rejects.toThrow(failing(114))
    await expect(client('reader').locate(digests)).rejects.toThrow(failing(114))
    await expect(client('reader').publish(manifest)).rejects.toThrow(failing(114))
    expect((await fetch(`${url}/packs/${UNKNOWN}`)).status).toBe(401)
    expect((await get(`/packs/${UNKNOWN}`, { method: 'PUT', token: 'reader', body: 'x' })).status).toBe(403)
    expect(await filesIn('packs')).toEqual([])
  })

  test('tells who publishes each manifest, once it is published', async () => {
    const { packs: [pack], manifest } = await image('one')
    await expect(client().publish(manifest)).rejects.toThrow(failing(5))
    expect(published).toEqual([])
    await client().putPack(pack!)
    const id = await client().publish(manifest)
    expect(published).toEqual([id])
  })

  test('speaks HTTP as RFC 9110 has it', async () => {
    const { packs: [pack] } = await image('one')
    await repository.putPack(pack!)
    const path = `/packs/${pack!.id}`
    const head = await get(path, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, String(pack!.size), ''])
    const part = await get(path, { range: 'bytes=2-5' })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 2-5/${pack!.size}`])
    const beyond = await get(path, { range: `bytes=${pack!.size}-` })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${pack!.size}`])
    expect((await get(path, { method: 'DELETE' })).status).toBe(404)
  })

  test.each(['/packs/../repository.json', '/packs/..%2f..%2frepository.json', '/repository.json', '/packs', '/locate/x', '//'])(
    'serves nothing at %s', async (path) => {
      const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
      const { port } = new URL(url)
      httpRequest({ port, path: `/repo${path}`, headers: { Authorization: 'Bearer both' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      }).on('error', reject).end()
      expect(await promise).toBe(404)
    })

  test('forgets an upload that was cut off', async () => {
    const { packs: [pack] } = await image('one')
    const bytes = Buffer.concat(pack!.parts)
    const sending = httpRequest(`${url}/packs/${pack!.id}`, {
      method: 'PUT', headers: { Authorization: 'Bearer both', 'Content-Length': bytes.length },
    })
    sending.on('error', () => undefined)
    sending.write(bytes.subarray(0, bytes.length / 2))
    await expect.poll(() => filesIn('tmp')).toHaveLength(1)
    sending.destroy()
    await expect.poll(() => filesIn('tmp')).toEqual([])
    expect(await filesIn('packs')).toEqual([])
  })

  test('is tried again while it is away', async () => {
    const { packs: [pack] } = await image('one')
    const store = client('both', 20_000)
    await store.putPack(pack!)
    const { port } = new URL(url)
    server.closeAllConnections()
    server.close()
    const reading = store.packTail(pack!.id, 10)
    await sleep(400)
    await listen(Number(port))
    expect((await reading).size).toBe(pack!.size)
  })

  test('counts as unreachable after a while, and can be given up before', async () => {
    server.close()
    await expect(client('both', 300).packTail(UNKNOWN, 10)).rejects.toThrow(failing(23))
    const controller = new AbortController()
    const reading = client('both', 20_000).packTail(UNKNOWN, 10, { signal: controller.signal })
    setTimeout(() => controller.abort(), 50)
    await expect(reading).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  })
})
