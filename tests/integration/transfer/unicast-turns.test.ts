/** Several computers at one console's HTTP: who gets how much, counted at the console, in bytes. */
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HttpRepository, LocalRepository, repositoryHandler, type HttpRepositoryOptions } from '#image/index.ts'
import { TransferLimits } from '#shared/domain/transfer-limits.ts'
import { createSendTurns } from '#transfer/send-turns.ts'

const MiB = 1024 * 1024
const PACK = 'ab'.repeat(32)
const PACK_SIZE = 32 * MiB

let folder: string
let server: Server
let url: string
let limits: TransferLimits
/** Turns in the order in which they were given. */
let given: { client: string; bytes: number }[]
const clients: HttpRepository[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-turns-'))
  limits = TransferLimits.parse({})
  given = []
  const repository = await LocalRepository.open(folder)
  await mkdir(dirname(repository.packPath(PACK)), { recursive: true })
  await writeFile(repository.packPath(PACK), Buffer.alloc(PACK_SIZE, 'clonaula'))
  const turns = createSendTurns(() => limits)
  const handler = repositoryHandler({
    repository,
    authorize: ({ headers }) => ({ read: true, write: false, client: headers.authorization ?? '' }),
    turns: {
      get slice() { return turns.slice },
      async take(client, bytes, signal) {
        const end = await turns.take(client, bytes, signal)
        given.push({ client: client.replace('Bearer ', ''), bytes })
        return end
      },
    },
  })
  server = createServer((request, response) => void handler(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})

function computer(token: string, options: Partial<HttpRepositoryOptions> = {}): HttpRepository {
  const client = new HttpRepository({ url, token, retryFor: 0, ...options })
  clients.push(client)
  return client
}

/** Reads the pack by ranges of a MiB, so many at a time. */
async function read(client: HttpRepository, parallel: number, bytes = PACK_SIZE): Promise<void> {
  const offsets = Array.from({ length: bytes / MiB }, (_, at) => at * MiB).values()
  await Promise.all(Array.from({ length: parallel }, async () => {
    for (const at of offsets) await client.packRange(PACK, at, MiB)
  }))
}

/** A request that is made and whose answer nobody takes. */
async function stuck(token: string): Promise<IncomingMessage> {
  const request = httpRequest(`${url}/packs/${PACK}`, { headers: { Authorization: `Bearer ${token}` } })
  request.on('error', () => undefined).end()
  const [response] = await once(request, 'response') as [IncomingMessage]
  response.on('error', () => undefined)
  return response
}

test('a computer with many requests gets no more than those with few', async () => {
  limits.unicastSpeed = 400
  limits.unicastClients = 2
  await Promise.all([read(computer('greedy'), 6), ...['one', 'two', 'three'].map((name) => read(computer(name), 2, 8 * MiB))])
  // While all of them were there: from everybody's first turn until the first of them had its last.
  const names = ['greedy', 'one', 'two', 'three']
  const begin = Math.max(...names.map((name) => given.findIndex(({ client }) => client === name)))
  const end = Math.min(...names.map((name) => given.findLastIndex(({ client }) => client === name)))
  const shares = names.map((name) => given.slice(begin, end).reduce((sum, { client, bytes }) => sum + (client === name ? bytes : 0), 0))
  expect(Math.min(...shares)).toBeGreaterThan(4 * MiB)
  expect(Math.max(...shares) / Math.min(...shares)).toBeLessThan(1.5)
})

test('a computer that takes nothing keeps nobody waiting, and one that is gone gives back its turn', async () => {
  limits.unicastClients = 1
  const dead = await Promise.all([stuck('dead'), stuck('dead'), stuck('gone')])
  dead[2].destroy()
  await read(computer('alive'), 2)
  expect(given.filter(({ client }) => client === 'alive').reduce((sum, { bytes }) => sum + bytes, 0)).toBe(PACK_SIZE)
  for (const response of dead) response.destroy()
})

test('nobody who waits for a turn takes the console for dead', async () => {
  limits.unicastSpeed = 80
  limits.unicastClients = 2
  // Four seconds for all of them: one after the other, the last one would wait for longer than its patience.
  const reading = Array.from({ length: 20 }, (_, at) => read(computer(`pc-${at}`, { idleTimeout: 2000 }), 2, 2 * MiB))
  await expect(Promise.all(reading)).resolves.toHaveLength(20)
})

test('requests that are given up, waiting or half answered, are in nobody’s way', async () => {
  limits.unicastClients = 1
  limits.unicastSpeed = 80
  const client = computer('hasty')
  const stop = new AbortController()
  const reading = Array.from({ length: 6 }, (_, at) => client.packRange(PACK, at * MiB, MiB, { signal: stop.signal }))
  await expect.poll(() => given.length).toBeGreaterThan(3)
  stop.abort()
  expect(new Set((await Promise.allSettled(reading)).map(({ status }) => status))).toEqual(new Set(['rejected']))
  limits.unicastSpeed = undefined
  await read(client, 2)
})
