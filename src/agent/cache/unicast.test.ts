import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { CacheStore } from '#image/cache/cache-store.ts'
import type { MissingPack } from '#image/cache/pack-transfer.ts'
import { LocalRepository, type BuiltPack, type ChunkSource } from '#image/index.ts'
import { packOf } from '#image/repository/testing/small-images.ts'
import { Throttle } from '#transfer/throttle.ts'
import { unicastTransfer } from './unicast.ts'

const MIB = 1024 * 1024

let folder: string
let repository: LocalRepository
let store: CacheStore
let packs: BuiltPack[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-unicast-'))
  repository = await LocalRepository.open(join(folder, 'repository'))
  store = await CacheStore.open(join(folder, 'cache'))
  packs = [1, 2, 3, 4].map((seed) => packOf(Array.from({ length: 6 }, (_, at) => Buffer.alloc(MIB / 2, `${seed} ${at}`))))
  for (const pack of packs) await repository.putPack(pack)
})

afterEach(async () => {
  await store.close()
  await repository.close()
  await rm(folder, { recursive: true, force: true })
})

/** A source that counts, and that may do what networks do. */
function source(disturb: (id: string, offset: number, bytes: Uint8Array) => Uint8Array | Promise<Uint8Array> = (_id, _offset, bytes) => bytes) {
  const asked: string[] = []
  let [open, most] = [0, 0]
  const packRange: ChunkSource['packRange'] = async (id, offset, length, options) => {
    options?.signal?.throwIfAborted()
    asked.push(`${id.slice(0, 4)} ${offset}`)
    open += 1
    most = Math.max(most, open)
    try {
      return await disturb(id, offset, await repository.packRange(id, offset, length))
    } finally {
      open -= 1
    }
  }
  return { packRange, asked, parallel: () => most }
}

async function transfer(from: Pick<ChunkSource, 'packRange'>, wanted: readonly MissingPack[] = packs, throttle?: Throttle) {
  const result = { received: 0, damaged: [] as string[] }
  await unicastTransfer({ source: from, throttle })({
    packs: wanted, intake: store,
    onReceived: (bytes) => { result.received += bytes },
    onDamaged: (pack) => { result.damaged.push(pack) },
  })
  return result
}

test('brings each byte once, three packs at a time', async () => {
  const from = source()
  expect(await transfer(from)).toEqual({ received: packs.reduce((sum, { size }) => sum + size, 0), damaged: [] })
  expect(await store.missing(packs.map(({ id }) => id))).toEqual([])
  expect(new Set(from.asked).size).toBe(from.asked.length)
  expect(from.parallel()).toBe(3)
})

test('goes on with what is there of a pack', async () => {
  const { id, parts, size } = packs[0]!
  await writeFile(store.incomingPath(id), Buffer.concat(parts).subarray(0, MIB + 123))
  const from = source()
  expect((await transfer(from, [packs[0]!])).received).toBe(size - MIB - 123)
  expect(from.asked[0]).toBe(`${id.slice(0, 4)} ${MIB + 123}`)
})

test('begins anew when what was there is wrong, or too much', async () => {
  const { id, size } = packs[0]!
  await writeFile(store.incomingPath(id), Buffer.alloc(MIB, 7))
  const first = await transfer(source(), [packs[0]!])
  expect(first).toEqual({ received: 2 * size - MIB, damaged: [id] })
  await writeFile(store.incomingPath(packs[1]!.id), Buffer.alloc(packs[1]!.size + 1))
  expect(await transfer(source(), [packs[1]!])).toEqual({ received: packs[1]!.size, damaged: [] })
  expect(await readFile(store.repository.packPath(id))).toEqual(Buffer.concat(packs[0]!.parts))
})

test('begins anew where a swarm left a file with gaps, which takes no more room than what came', async () => {
  const { id, parts, size } = packs[0]!
  const bytes = Buffer.concat(parts)
  await using file = await open(store.incomingPath(id), 'w')
  await file.write(bytes, size - MIB, MIB, size - MIB)
  await file.sync()
  expect(await store.incoming(id)).toBeLessThanOrEqual(MIB + 4096)
  expect(await transfer(source(), [packs[0]!])).toEqual({ received: size, damaged: [] })
  expect(await readFile(store.repository.packPath(id))).toEqual(bytes)
})

test('a bit that turns on the way costs that pack a second time, and one that turns each time ends it with 33', async () => {
  let turns = 1
  const flipping = source((id, offset, bytes) => {
    if (id !== packs[2]!.id || offset !== 2 * MIB || turns === 0) return bytes
    turns -= 1
    const wrong = Uint8Array.from(bytes)
    wrong[5]! ^= 4
    return wrong
  })
  expect((await transfer(flipping)).damaged).toEqual([packs[2]!.id])
  await store.discard([packs[2]!.id])
  turns = Infinity
  await expect(transfer(flipping, [packs[2]!])).rejects.toMatchObject({ result: 'corruptImage' })
  expect(await store.missing([packs[2]!.id])).toEqual([packs[2]!.id])
})

test('stops the other packs when one cannot be had, and says why', async () => {
  const from = source((id, _offset, bytes) => {
    if (id === packs[1]!.id) throw new ClonaulaError('repositoryUnreachable', 'gone')
    return bytes
  })
  await expect(transfer(from)).rejects.toMatchObject({ result: 'repositoryUnreachable' })
  expect(from.asked.length).toBeLessThan(12)
})

test('is cancelled', async () => {
  const stop = new AbortController()
  const running = unicastTransfer({ source: source() })({
    packs, intake: store, signal: stop.signal, onReceived: () => stop.abort(), onDamaged: () => undefined,
  })
  await expect(running).rejects.toMatchObject({ name: 'AbortError' })
})

test('keeps all packs together to a rate', async () => {
  const started = performance.now()
  const { received } = await transfer(source(), packs, new Throttle(12 * MIB))
  expect(received / ((performance.now() - started) / 1000)).toBeLessThan(16 * MIB)
})
