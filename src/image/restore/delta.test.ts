import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { captureVolumes } from '../capture.ts'
import { LocalRepository } from '../repository/local.ts'
import { restoreVolumes, type PackRange } from '../restore.ts'
import type { ChunkSource } from '../store.ts'
import type { RestoreResult } from './result.ts'
import { SAMPLE } from './scan-targets.ts'
import { Power, VolatileDevice } from './testing/volatile-device.ts'

const KB = 1024
const MB = 1024 * KB
/** Areas of this length are one chunk each: the least that a chunk is cut to. */
const PIECE = 8 * KB
const SIZE = 4 * MB
const USED = SIZE / 2 / PIECE * PIECE

let folder: string
let store: LocalRepository
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-delta-'))
  store = await LocalRepository.open(join(folder, 'repository'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

function noise(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest()
}

/** Where the image's piece `at` lies: there is a gap behind each. */
const offsetOf = (at: number): number => at * 2 * PIECE
const LAST = SIZE / 2 / PIECE - 1

function piece(content: Buffer, at: number): Buffer {
  return content.subarray(offsetOf(at), offsetOf(at) + PIECE)
}

async function capture(content: Buffer): Promise<Uint8Array> {
  const path = join(folder, 'source')
  await writeFile(path, content)
  const areas = Array.from({ length: LAST + 1 }, (_, at) => ({ offset: offsetOf(at), length: PIECE }))
  const volumes = [{ number: 1, path, filesystem: 'unknown' as const, mode: 'sector' as const, areas }]
  return (await captureVolumes({ volumes, creator: 'test', source: 'test', store })).manifest
}

interface Restored extends RestoreResult {
  content: Buffer
  /** Bytes of chunks, without the packs' footers. */
  fetched: number
}

async function restoreOnto(old: Buffer, manifest: Uint8Array): Promise<Restored> {
  const device = new VolatileDevice('target', old, new Power())
  let fetched = 0
  const source: ChunkSource = {
    manifest: (id) => store.manifest(id),
    packTail: (id, length) => store.packTail(id, length),
    packRange: (id, offset, length) => {
      fetched += length
      return store.packRange(id, offset, length)
    },
  }
  const result = await restoreVolumes({
    manifest, source, volumes: [{ number: 1, path: 'target' }], delta: true, openTarget: () => Promise.resolve(device),
  })
  const content = Buffer.alloc(old.length)
  await device.read(content, 0)
  return { ...result, content, fetched }
}

function expectPieces(content: Buffer, image: Buffer): void {
  const wrong = Array.from({ length: LAST + 1 }, (_, at) => at).filter((at) => !piece(content, at).equals(piece(image, at)))
  expect(wrong).toEqual([])
}

test('what the target has in another place is copied and not fetched', async () => {
  const image = noise('image', SIZE)
  piece(image, 100).set(piece(image, 90))
  const manifest = await capture(image)
  const old = Buffer.from(image)
  piece(old, 100).fill(1)
  const { content, fetched, bytesWritten, bytesRead, bytesKept } = await restoreOnto(old, manifest)
  expectPieces(content, image)
  expect({ fetched, bytesWritten, bytesRead, bytesKept }).toEqual({
    fetched: 0, bytesWritten: PIECE, bytesRead: USED + PIECE, bytesKept: USED - PIECE,
  })
})

test('what lies in the head is copied from memory: on the target it is gone by then', async () => {
  const image = noise('image', SIZE)
  piece(image, 100).set(piece(image, 2))
  const manifest = await capture(image)
  const old = Buffer.from(image)
  piece(old, 100).fill(1)
  const { content, fetched, bytesWritten } = await restoreOnto(old, manifest)
  expectPieces(content, image)
  expect({ fetched, bytesWritten }).toEqual({ fetched: 0, bytesWritten: PIECE })
})

test('gaps and everything else beyond the head stay as they are', async () => {
  const image = noise('image', SIZE)
  const manifest = await capture(image)
  const old = noise('old', SIZE)
  const { content } = await restoreOnto(old, manifest)
  expectPieces(content, image)
  const gap = (from: Buffer, at: number): Buffer => from.subarray(offsetOf(at) + PIECE, offsetOf(at + 1))
  const first = MB / 2 / PIECE
  for (let at = first; at <= LAST; at += 1) expect(gap(content, at).equals(gap(old, at))).toBe(true)
  for (let at = 0; at < first; at += 1) expect(gap(content, at).every((byte) => byte === 0)).toBe(true)
})

test('of a target that holds something else no more is read than a sample', async () => {
  const image = noise('image', SIZE)
  const { content, bytesRead, bytesKept } = await restoreOnto(noise('old', SIZE), await capture(image))
  expectPieces(content, image)
  expect({ bytesRead, bytesKept }).toEqual({ bytesRead: SAMPLE * PIECE, bytesKept: 0 })
})

test('an empty target is no reason to compare, though its zeros are right where the image has some', async () => {
  const image = noise('image', SIZE)
  for (let at = 0; at <= LAST; at += (LAST + 1) / SAMPLE) piece(image, at).fill(0) // wherever the sample is
  const { content, bytesRead } = await restoreOnto(Buffer.alloc(SIZE), await capture(image))
  expectPieces(content, image)
  expect(bytesRead).toBe(SAMPLE * PIECE)
})

test('a target of which a part is right is read to the end, each place once', async () => {
  const image = noise('image', SIZE)
  const old = noise('old', SIZE)
  for (let at = 40; at < 60; at += 1) piece(old, at).set(piece(image, at))
  const { content, bytesRead, bytesKept } = await restoreOnto(old, await capture(image))
  expectPieces(content, image)
  expect({ bytesRead, bytesKept }).toEqual({ bytesRead: USED, bytesKept: 20 * PIECE })
})

test('what is lacking is known before any of it is fetched, comes from where it is said, in parts and in another order too', async () => {
  const image = noise('image', SIZE)
  const manifest = await capture(image)
  const device = new VolatileDevice('target', Buffer.alloc(SIZE), new Power())
  const asked: number[] = []
  let known: readonly PackRange[] = []
  const good: ChunkSource = {
    manifest: (id) => store.manifest(id),
    packTail: (id, length) => store.packTail(id, length),
    packRange: (id, offset, length) => {
      asked.push(known.findIndex((range) => range.pack === id && range.offset === offset && range.length === length))
      return store.packRange(id, offset, length)
    },
  }
  const empty: ChunkSource = { ...good, packRange: () => Promise.reject(new Error('nothing here')) }
  await restoreVolumes({
    manifest, source: empty, volumes: [{ number: 1, path: 'target' }],
    openTarget: () => Promise.resolve(device),
    fetching: async (wanted, fetch) => {
      known = wanted
      await expect(fetch(empty)).rejects.toThrow('nothing here')
      await fetch(good, 1)
    },
  })
  const content = Buffer.alloc(SIZE)
  await device.read(content, 0)
  expectPieces(content, image)
  expect(known.length).toBeGreaterThan(1)
  expect(asked).toEqual([...known.keys()].map((at) => (at + 1) % known.length))
})
