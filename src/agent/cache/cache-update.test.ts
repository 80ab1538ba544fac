import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ClonaulaError, toErrorRecord } from '#shared/domain/errors.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import type { CacheMethod } from '#shared/domain/method.ts'
import { CacheStore } from '#image/cache/cache-store.ts'
import { LocalRepository, readManifest, type ChunkStore } from '#image/index.ts'
import { captureBlocks } from '#image/repository/testing/small-images.ts'
import { operationContext } from '../testing/operation-context.ts'
import { CacheUpdate } from './cache-update.ts'

let folder: string
let repository: LocalRepository
let store: CacheStore
let manifest: Sha256Hex
let packs: readonly Sha256Hex[]
/** What the computer knows of the repository. */
let source: ChunkStore
/** Lines of the log, and what was said over which channels. */
let log: string[]
let said: unknown[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-update-'))
  repository = await LocalRepository.open(join(folder, 'repository'))
  store = await CacheStore.open(join(folder, 'cache'))
  const bytes = await captureBlocks(repository, Array.from({ length: 12 }, (_, at) => at))
  manifest = Sha256Hex.parse(await repository.publish(bytes))
  packs = (await readManifest(bytes)).packs
  source = repository
  log = []
  said = []
})
afterEach(async () => {
  await store.close()
  await repository.close()
  await rm(folder, { recursive: true, force: true })
})

function update(method: CacheMethod): CacheUpdate {
  const context = operationContext(log, {
    state: folder,
    openRepository: () => source,
    openChannel: (name) => ({ send: (message) => said.push([name, message]), listen: () => undefined }),
  })
  const cache = { device: '/dev/sda4', store, format: () => Promise.reject(new Error('not asked for')) }
  return new CacheUpdate({ manifest, method, whenFull: 'NONE', repository: { url: 'http://127.0.0.1:1', token: 'none' } }, cache, context)
}

/** Said by whoever has all of it already. */
const LACKS_NOTHING = ['multicast', { type: 'leave', reason: 'done' }]

test('whose image is in the CACHE already says so to the class, which would wait for it otherwise', async () => {
  await update('UNICAST-CACHE').bring()
  expect(said).toEqual([])
  await update('MULTICAST-CACHE').bring()
  expect(said).toEqual([LACKS_NOTHING])
})

test('what is damaged in the CACHE is fetched by unicast at once, where the class had a session: there is none to wait for', async () => {
  await update('UNICAST-CACHE').bring()
  const [damaged] = packs as [Sha256Hex]
  const path = store.repository.packPath(damaged)
  const right = await readFile(path)
  const wrong = Buffer.from(right)
  wrong[100]! ^= 1
  await writeFile(path, wrong)
  log = []
  const one = update('MULTICAST-CACHE')
  await one.bring()
  await one.reading(async (source) => {
    if (!right.equals(await source.packRange(damaged, 0, right.length))) throw new ClonaulaError('corruptImage', 'a bit turned')
  })
  expect(await readFile(path)).toEqual(right)
  expect(one.received).toBe(right.length)
  expect(said).toEqual([LACKS_NOTHING])
  expect(log.filter((line) => line.startsWith('updateCache REPO'))).toEqual([
    expect.stringContaining('MULTICAST-CACHE'), expect.stringContaining('UNICAST-CACHE'),
  ])
})

describe('a transfer that fails', () => {
  const failing = (changes: Partial<ChunkStore>): ChunkStore => Object.assign(Object.create(repository) as ChunkStore, changes)
  const failed = async (): Promise<{ code: number; problem: unknown }> => {
    const { code, params } = toErrorRecord(await update('UNICAST-CACHE').bring().catch((cause: unknown) => cause))
    return { code, problem: params['problem'] }
  }

  test.each([
    [31, 'the repository cannot be reached', new ClonaulaError('repositoryUnreachable', 'nobody answers'), 'nobody answers'],
    [31, 'this operation may not ask any more', new ClonaulaError('unauthenticated', 'no token'), 'no token'],
    [31, 'of what nobody foresaw', new TypeError('not a function'), 'TypeError: not a function'],
    [16, 'the CACHE is full', new ClonaulaError('noSpace', 'full'), undefined],
    [33, 'what came is wrong', new ClonaulaError('corruptImage', 'wrong'), undefined],
    [5, 'a pack is gone', new ClonaulaError('notFound', 'gone'), 'gone'],
  ] as const)('ends with %d because %s', async (code, _, cause, problem) => {
    source = failing({ packRange: () => Promise.reject(cause) })
    expect(await failed()).toEqual({ code, problem })
    expect(store.others('')).toEqual([])
  })

  test('ends with 31, too, where the sizes of packs cannot be had, and with 5 where the repository lacks them', async () => {
    source = failing({ packTail: () => Promise.reject(new ClonaulaError('repositoryUnreachable', 'nobody answers')) })
    expect(await failed()).toEqual({ code: 31, problem: 'nobody answers' })
    source = failing({ packTail: () => Promise.reject(new ClonaulaError('notFound', 'gone')) })
    expect(await failed()).toEqual({ code: 5, problem: 'gone' })
  })

  test('ends as cancelled when it is', async () => {
    source = failing({ packRange: () => Promise.reject(new DOMException('', 'AbortError')) })
    await expect(update('UNICAST-CACHE').bring()).rejects.toMatchObject({ name: 'AbortError' })
  })
})
