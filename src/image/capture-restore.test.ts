import { createHash } from 'node:crypto'
import { truncateSync } from 'node:fs'
import { mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Progress } from '#shared/domain/progress.ts'
import { captureVolumes, type CaptureOptions } from './capture.ts'
import { readManifest } from './codecs.ts'
import { LocalRepository } from './repository/local.ts'
import { restoreVolumes } from './restore.ts'

const failing = (code: number) => expect.objectContaining({ name: 'ClonaulaError', code })
const BLOCK = 4096

let folder: string
let store: LocalRepository
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-image-'))
  store = await LocalRepository.open(join(folder, 'repository'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** `toEqual` takes seconds for megabytes. */
async function expectBytes(path: string, bytes: Uint8Array): Promise<void> {
  expect(Buffer.compare(await readFile(path), bytes)).toBe(0)
}

/** Bytes that do not compress and are the same on every run. */
function data(seed: string, blocks: number): Buffer {
  const piece = (at: number) => Buffer.alloc(BLOCK, createHash('sha512').update(`${seed} ${at}`).digest())
  return Buffer.concat(Array.from({ length: blocks }, (_, at) => piece(at)))
}

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

async function empty(name: string, size: number): Promise<string> {
  const path = await file(name, new Uint8Array())
  await truncate(path, size)
  return path
}

function capture(path: string, options: Partial<CaptureOptions> = {}) {
  return captureVolumes({
    volumes: [{ number: 1, path, filesystem: 'unknown', mode: 'sector' }], creator: 'test', source: 'test', store, ...options,
  })
}

async function packPaths(): Promise<string[]> {
  const names = await readdir(join(store.root, 'packs'), { recursive: true })
  return names.filter((name) => name.endsWith('.pack')).map((name) => join(store.root, 'packs', name))
}

describe('capture and restore, sector by sector', () => {
  test.each([
    ['of whole blocks', 1000 * BLOCK],
    ['of sectors that are no whole blocks', 1000 * BLOCK + 512],
    ['of a single sector', 512],
  ])('a device %s comes back byte for byte', async (_, size) => {
    const bytes = data('a', 1001).subarray(0, size)
    const { manifest, figures } = await capture(await file('source', bytes))
    await store.publish(manifest)
    const target = await empty('target', size)
    const restored = await restoreVolumes({ manifest, volumes: [{ number: 1, path: target }], source: store, verify: true })
    await expectBytes(target, bytes)
    expect(figures).toMatchObject({ bytesRead: size, newBytes: size })
    expect(restored).toMatchObject({ bytesWritten: size, bytesRead: size })
  })

  test('empty space is one chunk, and one run', async () => {
    const { manifest, figures } = await capture(await empty('source', 64 * 1024 * 1024))
    expect(figures).toMatchObject({ chunks: 1, newBytes: 512 * 1024 })
    expect((await readManifest(manifest)).runs.map((runs) => [...runs])).toEqual([[{ offset: 0, chunk: 0, count: 128, repeated: true }]])
    const target = await file('target', data('old', 16_384))
    await restoreVolumes({ manifest, volumes: [{ number: 1, path: target }], source: store })
    expect((await readFile(target)).every((byte) => byte === 0)).toBe(true)
  })

  test('a second capture stores only what is new', async () => {
    const bytes = data('a', 4000)
    await capture(await file('source', bytes))
    bytes.set(data('change', 1), 2000 * BLOCK)
    const second = await capture(await file('source', bytes))
    expect(second.figures.newBytes).toBeGreaterThanOrEqual(BLOCK)
    expect(second.figures.newBytes).toBeLessThanOrEqual(512 * 1024)
    const target = await empty('target', bytes.length)
    await restoreVolumes({ manifest: second.manifest, volumes: [{ number: 1, path: target }], source: store })
    await expectBytes(target, bytes)
  })

  test('boot areas are exactly their bytes; the rest of the disk is left alone', async () => {
    const disk = data('disk', 300)
    const areas = [{ offset: 0, length: 440 }, { offset: 512, length: 1_000_000 }]
    const volumes = [
      { number: 0, path: await file('disk', disk), filesystem: 'none' as const, mode: 'sector' as const, areas },
      { number: 2, path: await file('part', data('part', 10)), filesystem: 'unknown' as const, mode: 'sector' as const },
    ]
    const layout = {
      label: 'msdos' as const, id: '0x12345678', size: disk.length, sectorSize: 512, firstLba: 63, lastLba: 2399,
      partitions: [{ number: 2, start: 1_048_576, size: 40_960, type: '83', uuid: '', name: '', attributes: '', bootable: true }],
    }
    const { manifest } = await captureVolumes({ volumes, disk: layout, creator: 'test', source: 'test', store })
    expect((await readManifest(manifest)).facts).toMatchObject({ disk: layout, volumes: [{ number: 0, minimumSize: 1_000_512 }, {}] })
    const old = data('old', 300)
    const target = await file('target', old)
    await restoreVolumes({ manifest, volumes: [{ number: 0, path: target }], source: store, verify: true })
    const expected = Buffer.concat([disk.subarray(0, 440), old.subarray(440, 512), disk.subarray(512, 1_000_512), old.subarray(1_000_512)])
    await expectBytes(target, expected)
  })

  test('a large image takes several packs and comes back', async () => {
    const bytes = Buffer.concat(Array.from({ length: 40 }, (_, at) => createHash('shake256', { outputLength: 1024 * 1024 }).update(`${at}`).digest()))
    const { manifest } = await capture(await file('source', bytes))
    expect((await packPaths()).length).toBe(3)
    const target = await empty('target', bytes.length)
    await restoreVolumes({ manifest, volumes: [{ number: 1, path: target }], source: store })
    await expectBytes(target, bytes)
  })

  test('progress goes up to the end, phase after phase', async () => {
    const seen: Progress[] = []
    const onProgress = (progress: Progress) => void seen.push(progress)
    const { manifest } = await capture(await file('source', data('a', 2000)), { onProgress })
    const target = await empty('target', 2000 * BLOCK)
    await restoreVolumes({ manifest, volumes: [{ number: 1, path: target }], source: store, verify: true, onProgress })
    expect([...new Set(seen.map((progress) => progress.phase))]).toEqual(['map', 'capture', 'plan', 'restore', 'flush', 'verify'])
    for (const phase of ['capture', 'restore', 'verify']) {
      const last = seen.findLast((progress) => progress.phase === phase)!
      expect(last).toMatchObject({ done: 2000 * BLOCK, total: 2000 * BLOCK })
    }
  })
})

describe('a capture that goes wrong', () => {
  test('and is aborted publishes nothing; what it stored is not stored again', async () => {
    const bytes = Buffer.concat(Array.from({ length: 40 }, (_, at) => createHash('shake256', { outputLength: 1024 * 1024 }).update(`${at}`).digest()))
    const source = await file('source', bytes)
    const controller = new AbortController()
    const abortive = { locate: store.locate.bind(store), putPack: async (...put: Parameters<typeof store.putPack>) => {
      await store.putPack(...put)
      controller.abort()
    } }
    await expect(capture(source, { store: abortive, signal: controller.signal }))
      .rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
    expect(await readdir(join(store.root, 'manifests'))).toEqual([])
    const { figures } = await capture(source)
    expect(figures.newBytes).toBeLessThan(bytes.length - 10 * 1024 * 1024)
  })

  test('names a source that is not there', async () => {
    await expect(capture(join(folder, 'nothing'))).rejects.toThrow(failing(2))
  })

  test('names the place where the source cannot be read', async () => {
    const source = await file('source', data('a', 1000))
    const shrinking = { locate: async (ids: readonly Uint8Array[]) => ids.map(() => undefined), putPack: async () => undefined }
    const running = capture(source, {
      store: shrinking, onProgress: ({ phase }) => void (phase === 'capture' && truncateSync(source, 500 * BLOCK)),
    })
    await expect(running).rejects.toThrow(failing(108))
    await expect(running).rejects.toThrow(/source: read failed at byte 2\d{6}/)
  })

  test('refuses areas beyond the end of the disk', async () => {
    const volumes = [{ number: 0, path: await file('d', data('d', 1)), filesystem: 'none' as const, mode: 'sector' as const,
      areas: [{ offset: 0, length: 5000 }] }]
    await expect(capture('', { volumes })).rejects.toThrow(failing(19))
  })

  test('passes on what the store says', async () => {
    const full = { locate: store.locate.bind(store), putPack: () => Promise.reject(new Error('full')) }
    await expect(capture(await file('source', data('a', 100)), { store: full })).rejects.toThrow('full')
  })
})

describe('a restore that cannot be right', () => {
  const bytes = data('a', 3000)

  async function captured() {
    const { manifest } = await capture(await file('source', bytes))
    return { manifest, packs: await packPaths(), target: await file('target', data('old', 3000)) }
  }

  test('of a pack with a flipped byte is code 33: the damaged chunk is not written, and nothing is where a filesystem begins', async () => {
    const { manifest, packs: [pack], target } = await captured()
    const handle = await open(pack!, 'r+')
    const byte = Buffer.alloc(1)
    await handle.read(byte, 0, 1, 20_000)
    await handle.write(Buffer.from([byte[0]! ^ 1]), 0, 1, 20_000)
    await handle.close()
    const running = restoreVolumes({ manifest, volumes: [{ number: 1, path: target }], source: store })
    await expect(running).rejects.toThrow(failing(33))
    await expect(running).rejects.toThrow(expect.objectContaining({ params: expect.objectContaining({ pack: expect.any(String) }) }))
    const [now, old] = [await readFile(target), data('old', 3000)]
    const head = now.subarray(0, 1024 * 1024)
    expect(head.subarray(0, 7).toString()).toBe('CLNRSTR')
    for (const offset of [1024, 3584, 65_536]) expect(head.subarray(offset, offset + 512).every((byte) => byte === 0)).toBe(true)
    const wrong = Array.from({ length: 3000 }, (_, at) => at * BLOCK).slice(256).filter((at) =>
      !now.subarray(at, at + BLOCK).equals(bytes.subarray(at, at + BLOCK)) && !now.subarray(at, at + BLOCK).equals(old.subarray(at, at + BLOCK)))
    expect(wrong).toEqual([])
  })

  test('of a pack that is cut off, or gone', async () => {
    const { manifest, packs: [pack], target } = await captured()
    await truncate(pack!, 30_000)
    await expect(restoreVolumes({ manifest, volumes: [{ number: 1, path: target }], source: store })).rejects.toThrow(failing(33))
    await rm(pack!)
    await expect(restoreVolumes({ manifest, volumes: [{ number: 1, path: target }], source: store })).rejects.toThrow(failing(2))
    await expectBytes(target, data('old', 3000))
  })

  test('of a manifest that is cut off or changed writes nothing', async () => {
    const { manifest, target } = await captured()
    const changed = manifest.with(100, manifest[100]! ^ 1)
    for (const wrong of [manifest.subarray(0, -1), changed, new Uint8Array()]) {
      await expect(restoreVolumes({ manifest: wrong, volumes: [{ number: 1, path: target }], source: store })).rejects.toThrow(failing(33))
    }
    await expectBytes(target, data('old', 3000))
  })

  test('onto a target that is too small, or of no such volume, writes nothing', async () => {
    const { manifest, target } = await captured()
    await truncate(target, 3000 * BLOCK - 512)
    const before = await readFile(target)
    await expect(restoreVolumes({ manifest, volumes: [{ number: 1, path: target }], source: store })).rejects.toThrow(failing(30))
    await expect(restoreVolumes({ manifest, volumes: [{ number: 2, path: target }], source: store })).rejects.toThrow(failing(5))
    await expectBytes(target, before)
  })

  test('and is aborted says so', async () => {
    const { manifest, target } = await captured()
    const controller = new AbortController()
    const onProgress = ({ phase }: Progress) => phase === 'restore' && controller.abort()
    await expect(restoreVolumes({
      manifest, volumes: [{ number: 1, path: target }], source: store, signal: controller.signal, onProgress: (it) => void onProgress(it),
    })).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
  })

  test('is found out when the target gives back other bytes than it got', async () => {
    const { manifest, target } = await captured()
    const spoil = async () => {
      const handle = await open(target, 'r+')
      await handle.write(Buffer.from('spoilt'), 0, 6, 2000 * BLOCK)
      await handle.close()
    }
    let spoiling: Promise<void> | undefined
    const running = restoreVolumes({
      manifest, volumes: [{ number: 1, path: target }], source: store, verify: true,
      onProgress: ({ phase }) => void (phase === 'verify' && (spoiling ??= spoil())),
    })
    await expect(running).rejects.toThrow(failing(108))
    await spoiling
  })
})
