import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Manifest } from '#shared/formats/manifest.ts'
import { captureVolumes } from './capture.ts'
import { readManifest } from './codecs.ts'
import { planFetches, stillWanted, type Fetch } from './fetch-plan.ts'
import { LocalRepository } from './repository/local.ts'
import type { ChunkSource } from './store.ts'

const MB = 1024 * 1024

let folder: string
let store: LocalRepository
let manifest: Manifest
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-plan-'))
  store = await LocalRepository.open(join(folder, 'repository'))
  const path = join(folder, 'source')
  await writeFile(path, createHash('shake256', { outputLength: 40 * MB }).update('plan').digest())
  const volumes = [{ number: 1, path, filesystem: 'unknown' as const, mode: 'sector' as const }]
  manifest = await readManifest((await captureVolumes({ volumes, creator: 'test', source: 'test', store })).manifest)
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const chunksOf = (fetches: Iterable<Fetch>): number[] =>
  [...fetches].flatMap(({ blobs }) => blobs.flatMap(({ chunks }) => chunks.map(({ chunk }) => chunk)))
const all = { has: () => true }

/** Counts how many packs were looked into. */
function counting(): { source: ChunkSource; packs: Set<string> } {
  const packs = new Set<string>()
  const source: ChunkSource = {
    manifest: (id) => store.manifest(id),
    packRange: (id, offset, length) => store.packRange(id, offset, length),
    packTail: (id, length) => {
      packs.add(id)
      return store.packTail(id, length)
    },
  }
  return { source, packs }
}

test('a plan has every chunk once, in ranges that are whole blobs next to one another', async () => {
  const { fetches, received } = await planFetches(store, manifest, all)
  expect(chunksOf(fetches).toSorted((a, b) => a - b)).toEqual(Array.from({ length: manifest.chunks.count }, (_, chunk) => chunk))
  expect(received).toBeGreaterThan(0)
  for (const { offset, length, blobs } of fetches) {
    expect(blobs[0]!.blob.offset).toBe(offset)
    expect(blobs.reduce((sum, { blob }) => sum + blob.stored, 0)).toBe(length)
  }
})

test('ranges are bounded by what they become: text of which there is 40 times as much', async () => {
  const path = join(folder, 'text')
  const line = (at: number): string => `${at} ${'a line that is like the one before it '.repeat(20)}\n`
  await writeFile(path, Array.from({ length: 40_000 }, (_, at) => line(at)).join(''))
  const volumes = [{ number: 1, path, filesystem: 'unknown' as const, mode: 'sector' as const }]
  const text = await readManifest((await captureVolumes({ volumes, creator: 'test', source: 'test', store })).manifest)
  const { fetches } = await planFetches(store, text, all)
  const plain = fetches.map(({ blobs }) => blobs.reduce((sum, { blob }) => sum + blob.plain, 0))
  expect(fetches.length).toBeGreaterThan(2)
  expect(Math.max(...plain)).toBeLessThanOrEqual(4 * MB)
  expect(Math.max(...plain)).toBeGreaterThan(3 * MB)
})

test('packs are looked into until all that is wanted is found', async () => {
  expect(manifest.packs.length).toBeGreaterThan(2)
  const nothing = counting()
  expect(await planFetches(nothing.source, manifest, { has: () => false })).toEqual({ fetches: [], received: 0 })
  expect(nothing.packs.size).toBe(0)
  const last = manifest.chunks.count - 1
  const { fetches } = await planFetches(store, manifest, { has: (chunk) => chunk === last })
  expect(chunksOf(fetches)).toEqual([last])
})

test('what is not wanted any more is not fetched: ranges are cut where it lies', async () => {
  const { fetches } = await planFetches(store, manifest, all)
  expect([...stillWanted(fetches, all)]).toEqual(fetches)
  expect([...stillWanted(fetches, { has: () => false })]).toEqual([])
  const third = { has: (chunk: number) => chunk % 30 === 0 }
  const left = [...stillWanted(fetches, third)]
  expect(chunksOf(left)).toEqual(chunksOf(fetches).filter((chunk) => third.has(chunk)))
  const bytes = (some: Fetch[]): number => some.reduce((sum, { length }) => sum + length, 0)
  expect(bytes(left)).toBeLessThan(bytes(fetches) * 0.6)
})
