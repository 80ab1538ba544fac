import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AgentCommand, Outcome } from '#shared/contract/agent.ts'
import type { CacheOptions } from '#shared/contract/cache-commands.ts'
import type { RepositoryAccess } from '#shared/contract/repository-access.ts'
import type { CacheFacts } from '#shared/domain/cache.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { listMounts } from '#image/mounts/mount-table.ts'
import { readManifest, runCommand } from '#image/index.ts'
import { AgentProcess } from '../agent/agent-process.ts'
import { FakeConsole } from '../agent/fake-console.ts'
import { LoopDisk, MIB } from '../agent/loop-disk.ts'
import { shareMounts } from './share-mounts.ts'
import { flipBit } from './support/flip-bit.ts'

const LINUX = '0FC63DAF-8483-4772-8E79-3D69D8477DE4'
/** Random bytes on each partition of the reference: what an image of it costs, and how many packs that are. */
const DATA = [40 * MIB, 40 * MIB, 70 * MIB]
const SIZE = 130 * MIB
/** Milliseconds that an agent may take to start while other tests have the machine. */
const PATIENCE = 60_000

/** Disk 1 has three partitions with data, disk 2 one to restore to, and free space. */
let folder: string
let fake: FakeConsole
let reference: LoopDisk
let target: LoopDisk
let agent: AgentProcess
/** SHA-256 of the data of each partition, and the image of it. */
const hashes: string[] = []
const images: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-cache-'))
  await shareMounts(folder)
  fake = await FakeConsole.start(join(folder, 'repository'))
  const parts = (count: number): string => Array.from({ length: count }, () => `size=${SIZE / MIB}M, type=${LINUX}\n`).join('')
  reference = await LoopDisk.create(400 * MIB)
  await reference.table(`label: gpt\n${parts(3)}`)
  for (const [at, length] of DATA.entries()) {
    const data = randomBytes(length)
    hashes.push(sha256(data))
    await runCommand(['mkfs.ext4', '-q', reference.partition(at + 1)])
    await reference.mounted(at + 1, (root) => writeFile(join(root, 'data.bin'), data))
  }
  target = await LoopDisk.create(600 * MIB)
  await target.table(`label: gpt\n${parts(1)}`)
  start()
  for (const number of [1, 2, 3]) {
    const { code, manifest } = await run({
      kind: 'capture', source: { disk: 1, partition: number }, mode: 'used', clean: false, shrink: false, repository: fake.access,
    })
    if (code !== RESULT.ok || manifest === undefined) throw new Error(agent.output)
    images.push(manifest)
  }
  await agent.kill()
})

afterAll(async () => {
  await agent?.kill()
  await runCommand(['umount', join(folder, 'state/cache')], { accept: [0, 1, 32] })
  await fake?.close()
  await target?.[Symbol.asyncDispose]()
  await reference?.[Symbol.asyncDispose]()
  await runCommand(['umount', '--lazy', folder])
  await rm(folder, { recursive: true, force: true })
})

beforeEach(() => {
  fake.received.length = 0
  fake.slowness = 0
  start()
})

afterEach(async () => {
  await agent.kill()
})

function start(): void {
  agent = new AgentProcess({
    console: fake.url, key: fake.key, token: fake.token, disks: [reference.device, target.device], state: join(folder, 'state'),
  })
}

async function run(command: AgentCommand): Promise<Outcome> {
  await agent.printed(/Conectado con la consola/, PATIENCE)
  return fake.outcome(fake.run(command))
}

const update = (image: number, options: Partial<CacheOptions> = {}): AgentCommand => ({
  kind: 'updateCache', manifest: images[image - 1] ?? '', method: 'UNICAST-CACHE', repository: fake.access,
  image: { name: `imagen ${image}`, revision: 1 }, whenFull: 'NONE', ...options,
})

const restore = (image: number): AgentCommand => ({
  kind: 'restore', target: { disk: 2, partition: 1 }, manifest: images[image - 1] ?? '', method: 'UNICAST-CACHE', repository: fake.access,
  delta: false, verify: false, discard: false, cache: { image: { name: `imagen ${image}`, revision: 1 }, whenFull: 'NONE' },
})

/** Of an image that the repository does not have. */
const unknown = (): AgentCommand => ({ ...update(1), manifest: 'ab'.repeat(32) } as AgentCommand)

/** Where no repository answers. */
const nowhere = (): RepositoryAccess => ({ ...fake.access, url: 'http://127.0.0.1:9/repository' })

const prepare = (megabytes: number): AgentCommand => ({ kind: 'prepareCache', disk: 2, size: megabytes * MIB })

/** What the console was told last. */
async function cache(): Promise<CacheFacts | undefined> {
  const told = fake.received.findLast((message) => message.type === 'inventory') ?? await fake.message('hello')
  return told.hardware.cache
}

const inOrder = (words: (string | undefined)[]): string[] => words.map(String).sort((a, b) => a.localeCompare(b))
const names = async (): Promise<string[]> => inOrder((await cache())?.images.map(({ name }) => name) ?? [])

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

async function restored(): Promise<string> {
  return target.mounted(1, async (root) => sha256(await readFile(join(root, 'data.bin'))), 'ro')
}

const packsIn = async (root: string): Promise<string[]> =>
  (await readdir(join(root, 'packs'), { recursive: true })).filter((name) => name.endsWith('.pack')).map((name) => join(root, 'packs', name))

async function packsOf(image: number): Promise<readonly string[]> {
  return (await readManifest(await fake.repository.manifest(images[image - 1]!))).packs
}

/** The packs of an image that another one has no part in. */
async function packsOnlyOf(image: number, other: number): Promise<string[]> {
  const others = await packsOf(other)
  return (await packsOf(image)).filter((id) => !others.includes(id))
}

/** Bytes of the packs of an image: some are shared with others, and a transfer brings whole ones. */
async function packBytes(image: number): Promise<number> {
  const packs = await packsOf(image)
  const sizes = await Promise.all(packs.map(async (id) => (await stat(fake.repository.packPath(id))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

describe('without a CACHE', () => {
  test('says so, before anything is transferred or touched', async () => {
    const operation = await agent.printed(/Conectado/, PATIENCE).then(() => fake.run(restore(1)))
    expect(await fake.outcome(operation)).toMatchObject({ code: RESULT.noCache, figures: { bytesReceived: 0 } })
    expect(fake.log(operation).at(-1)?.text).toBe('Este equipo no tiene partición CACHE. Cree una o use un método DIRECT.')
    for (const command of [update(1), unknown(), { ...update(1), repository: nowhere() } as AgentCommand, { kind: 'formatCache' } as const]) {
      expect(await run(command)).toMatchObject({ code: RESULT.noCache })
    }
    expect(await cache()).toBeUndefined()
  })
})

describe('with room for all', () => {
  test('is made at the end of the disk, and told about', async () => {
    expect(await run(prepare(300))).toMatchObject({ code: RESULT.ok })
    expect(await cache()).toMatchObject({ disk: 2, partition: 4, device: target.partition(4), images: [] })
    expect((await cache())?.free).toBeGreaterThan(260 * MIB)
    expect((await listMounts()).filter(({ source }) => source === target.partition(4))).toEqual([])
  })

  test('the first restore fills it, the second one receives nothing', async () => {
    const first = await run(restore(1))
    expect(first.code).toBe(RESULT.ok)
    expect(first.figures.bytesReceived).toBeGreaterThan(DATA[0]!)
    expect(await restored()).toBe(hashes[0])
    expect(await names()).toEqual(['imagen 1'])
    const { usedAt } = (await cache())!.images[0]!

    await target.write(1, 0, new Uint8Array(8 * MIB))
    const second = await run(restore(1))
    expect(second).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
    expect(await restored()).toBe(hashes[0])
    expect(agent.output).toContain('la imagen ya está en la CACHE')
    expect((await cache())!.images[0]!.usedAt).toBeGreaterThan(usedAt)
    const markers = fake.log(fake.received.findLast((message) => message.type === 'done')!.operation).map(({ text }) => /^\[\d+\]/.exec(text)?.[0])
    expect([...new Set(markers)].filter(Boolean)).toEqual(['[1]', '[2]', '[50]', '[55]', '[90]', '[100]'])
  })

  test('works on without the repository once the image is there', async () => {
    expect(await run({ ...restore(1), repository: nowhere() } as AgentCommand)).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
  })

  test('a bit that turned in it is found before it is used, and only that pack comes again', async () => {
    expect(await run(update(3))).toMatchObject({ code: RESULT.ok })
    const size = await target.mounted(4, async (root) => {
      const own = await packsOnlyOf(3, 1)
      const packs = (await packsIn(join(root, 'clonaula'))).filter((path) => own.includes(basename(path, '.pack')))
      const sizes = await Promise.all(packs.map(async (path) => ({ path, size: (await stat(path)).size })))
      const largest = sizes.sort((a, b) => b.size - a.size)[0]!
      await flipBit(largest.path)
      return largest.size
    })
    const { code, figures } = await run(restore(3))
    expect(code).toBe(RESULT.ok)
    expect(figures.bytesReceived).toBe(size)
    expect(await restored()).toBe(hashes[2])
    expect(agent.output).toContain('están dañados: se piden otra vez')
    expect(await run(restore(3))).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
  })

  test('a pack that lost its end is noticed at once', async () => {
    await target.mounted(4, async (root) => truncate((await packsIn(join(root, 'clonaula')))[0]!, 1000))
    const first = await run(update(1))
    const second = await run(update(3))
    expect([first.code, second.code]).toEqual([RESULT.ok, RESULT.ok])
    expect(first.figures.bytesReceived + second.figures.bytesReceived).toBeGreaterThan(MIB)
    expect(await run(restore(1))).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
    expect(await restored()).toBe(hashes[0])
  })

  test('a damaged manifest is fetched again', async () => {
    await target.mounted(4, (root) => flipBit(join(root, `clonaula/manifests/${images[0]}.manifest`)))
    const { code, figures } = await run(restore(1))
    expect(code).toBe(RESULT.ok)
    expect(figures.bytesReceived).toBeGreaterThan(0)
    expect(figures.bytesReceived).toBeLessThan(MIB)
    expect(await restored()).toBe(hashes[0])
  })

  test('images that it never heard the name of, and a damaged index, are no obstacle', async () => {
    await target.mounted(4, (root) => flipBit(join(root, 'clonaula/cache.json')).then(() => writeFile(join(root, 'clonaula/cache.json'), '{')))
    expect(await run(restore(1))).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
    expect(inOrder((await cache())!.images.map(({ manifest }) => manifest))).toEqual(inOrder([images[0], images[2]]))
  })

  test('one image is taken away, and no other', async () => {
    expect(await run({ kind: 'deleteCached', manifest: images[0]! })).toMatchObject({ code: RESULT.ok })
    expect((await cache())!.images.map(({ manifest }) => manifest)).toEqual([images[2]])
    expect(await run({ kind: 'deleteCached', manifest: images[0]! })).toMatchObject({ code: RESULT.notFound })
    expect(await run(restore(3))).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
  })

  test('nothing is restored over the CACHE while it is in use, and what is not there is said', async () => {
    expect(await run({ ...restore(3), target: { disk: 2, partition: 4 } } as AgentCommand)).toMatchObject({ code: RESULT.inUse })
    expect(await run(unknown())).toMatchObject({ code: RESULT.notFound })
  })

  test('is emptied', async () => {
    expect(await run({ kind: 'formatCache' })).toMatchObject({ code: RESULT.ok })
    expect((await cache())!.images).toEqual([])
  })
})

describe('a transfer', () => {
  test('whose computer lost power goes on with the pack that it had half of', async () => {
    await agent.printed(/Conectado/, PATIENCE)
    fake.run(update(3, { rate: 8 * MIB }))
    await fake.message('progress', ({ progress }) => progress.phase === 'transfer' && progress.done > 10 * MIB)
    await agent.kill()
    fake.received.length = 0
    start()
    const { code, figures } = await run(update(3))
    expect(code).toBe(RESULT.ok)
    expect(figures.bytesReceived).toBeLessThan(await packBytes(3) - 8 * MIB)
    expect(await run(restore(3))).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
    expect(await restored()).toBe(hashes[2])
  })

  test('keeps to its rate', async () => {
    const { code, seconds, figures } = await run(update(1, { rate: 10 * MIB }))
    expect(code).toBe(RESULT.ok)
    expect(figures.bytesReceived / seconds).toBeLessThan(11 * MIB)
    expect(await run({ kind: 'deleteCached', manifest: images[0]! })).toMatchObject({ code: RESULT.ok })
  })

  test('of a pack that is damaged in the repository fails with 33 and leaves nothing that counts', async () => {
    const [own] = await packsOnlyOf(1, 3)
    const pack = fake.repository.packPath(own!)
    const right = await readFile(pack)
    try {
      await flipBit(pack)
      expect(await run(update(1))).toMatchObject({ code: RESULT.corruptImage })
      expect((await cache())!.images.map(({ manifest }) => manifest)).not.toContain(images[0])
      expect(agent.output.match(/llegó dañado/g)).toHaveLength(2)
      await rm(pack)
      expect(await run(update(1))).toMatchObject({ code: RESULT.image })
    } finally {
      await writeFile(pack, right)
    }
    expect(await run(update(1))).toMatchObject({ code: RESULT.ok })
  })

  test('is cancelled', async () => {
    await run({ kind: 'deleteCached', manifest: images[0]! })
    const operation = fake.run(update(1, { rate: 5 * MIB }))
    await fake.message('progress', ({ progress }) => progress.phase === 'transfer' && progress.done > MIB)
    fake.send({ type: 'cancel', operation })
    expect(await fake.outcome(operation)).toMatchObject({ code: RESULT.cancelled })
    expect((await listMounts()).filter(({ source }) => source === target.partition(4))).toEqual([])
  })
})

describe('a CACHE that is full', () => {
  test('is made smaller, which empties it, with room for two images or for the large one and a small one', async () => {
    expect(await run(prepare(170))).toMatchObject({ code: RESULT.ok })
    expect(await names()).toEqual([])
    for (const command of [update(1), update(2), restore(1)]) expect(await run(command)).toMatchObject({ code: RESULT.ok })
    expect(await names()).toEqual(['imagen 1', 'imagen 2'])
  })

  test('stays as it is unless somebody said what to do', async () => {
    const outcome = await run(update(3))
    expect(outcome).toMatchObject({ code: RESULT.noSpace, figures: { bytesReceived: 0 } })
    expect(outcome.params['needed']).toBeGreaterThan(DATA[2]!)
    expect(outcome.params['available']).toBeLessThan(DATA[2]!)
    expect(await run(unknown())).toMatchObject({ code: RESULT.notFound })
    expect(await names()).toEqual(['imagen 1', 'imagen 2'])
  })

  test('loses what was used longest ago, and no more than that', async () => {
    expect(await run(update(3, { whenFull: 'DELETE' }))).toMatchObject({ code: RESULT.ok })
    expect(await names()).toEqual(['imagen 1', 'imagen 3'])
    expect(await run(restore(1))).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
    expect(await restored()).toBe(hashes[0])
  })

  test('is formatted', async () => {
    expect(await run(update(2, { whenFull: 'FORMAT' }))).toMatchObject({ code: RESULT.ok })
    expect(await names()).toEqual(['imagen 2'])
    expect(await run(restore(2))).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
    expect(await restored()).toBe(hashes[1])
  })

  test('that somebody fills meanwhile ends with 16, and the rest comes later', async () => {
    expect(await run({ kind: 'formatCache' })).toMatchObject({ code: RESULT.ok })
    const operation = fake.run(update(3, { rate: 10 * MIB }))
    await fake.message('progress', ({ progress }) => progress.phase === 'transfer' && progress.done > 20 * MIB)
    const { free } = (await cache())!
    await target.mounted(4, async (root) => {
      await runCommand(['fallocate', '--length', String(free - 45 * MIB), join(root, 'homework')])
    })
    expect(await fake.outcome(operation)).toMatchObject({ code: RESULT.noSpace })
    expect(await names()).toEqual([])
    await target.mounted(4, (root) => rm(join(root, 'homework')))
    const { code, figures } = await run(update(3))
    expect(code).toBe(RESULT.ok)
    expect(figures.bytesReceived).toBeLessThan(await packBytes(3) - 16 * MIB)
    expect(await run(restore(3))).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
    expect(await restored()).toBe(hashes[2])
  })

  test('that could never hold the image says so, whatever may be removed', async () => {
    expect(await run(prepare(70))).toMatchObject({ code: RESULT.ok })
    for (const whenFull of ['NONE', 'FORMAT', 'DELETE'] as const) {
      expect(await run(update(3, { whenFull }))).toMatchObject({ code: RESULT.noSpace, figures: { bytesReceived: 0 } })
    }
    expect(await run(update(1))).toMatchObject({ code: RESULT.ok })
  })
})

describe('an image that is captured into the CACHE', () => {
  let own: string

  test('is restored from there without any repository', async () => {
    expect(await run(prepare(250))).toMatchObject({ code: RESULT.ok })
    const data = randomBytes(20 * MIB)
    await reference.mounted(2, (root) => writeFile(join(root, 'data.bin'), data))
    expect(await run({
      kind: 'capture', source: { disk: 1, partition: 2 }, mode: 'used', clean: false, shrink: false,
      intoCache: { name: 'propia' }, repository: nowhere(),
    })).toMatchObject({ code: RESULT.ok, figures: { bytesSent: 0 } })
    expect((await cache())!.images).toMatchObject([{ name: 'propia', unpublished: true }])
    own = (await cache())!.images[0]!.manifest
    expect(await run({ ...restore(1), manifest: own, repository: nowhere() } as AgentCommand)).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
    expect(await restored()).toBe(sha256(data))
  })

  test('is published later, and sends what the repository lacks', async () => {
    const publish: AgentCommand = { kind: 'publishCached', manifest: own, repository: fake.access }
    expect(await run({ ...publish, repository: nowhere() })).toMatchObject({ code: RESULT.repositoryUnreachable })
    const { code, figures, manifest } = await run(publish)
    expect({ code, manifest }).toEqual({ code: RESULT.ok, manifest: own })
    expect(figures.bytesSent).toBeGreaterThan(20 * MIB)
    expect((await cache())!.images).toMatchObject([{ unpublished: false }])
    expect((await readManifest(await fake.repository.manifest(own))).facts.source).toContain('pc-01')
    expect(await run(publish)).toMatchObject({ code: RESULT.ok, figures: { bytesSent: 0 } })
    expect(await run({ ...publish, manifest: images[0]! })).toMatchObject({ code: RESULT.notFound })
  })
})
