/** Images of whole disks by way of the CACHE, on loop devices: the CACHE that they are read from stays. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { AgentCommand, CaptureCommand, Outcome, RestoreCommand } from '#shared/contract/agent.ts'
import type { CacheFacts } from '#shared/domain/cache.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { readManifest, runCommand } from '#image/index.ts'
import { localDisks } from '#image/disk/local-disks.ts'
import { thisMachine } from '#image/disk/machine.ts'
import { parseTable } from '#image/disk/table.ts'
import { writeTable } from '#image/disk/write-table.ts'
import { AgentProcess } from '../agent/agent-process.ts'
import { FakeConsole } from '../agent/fake-console.ts'
import { LoopDisk, MIB } from '../agent/loop-disk.ts'
import { shareMounts } from './share-mounts.ts'

const TARGET_SIZE = 400 * MIB
const CACHE_SIZE = 120 * MIB
/** In whole MiB before the second GPT. */
const CACHE_START = TARGET_SIZE - CACHE_SIZE - MIB

let folder: string
let fake: FakeConsole
/** A disk with a GPT, data on partition 4, and a CACHE of its own; one with an MBR; one with something at its end. */
let gpt: LoopDisk
let msdos: LoopDisk
let long: LoopDisk
let target: LoopDisk
let agent: AgentProcess | undefined
const hashes = new Map<LoopDisk, string>()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-cache-'))
  await shareMounts(folder)
  fake = await FakeConsole.start(join(folder, 'repository'))
  gpt = await LoopDisk.create(200 * MIB)
  const dev = gpt.device
  await gpt.table(`label: gpt\n${dev}p1 : size=10M, name="uno"\n${dev}p4 : size=80M, name="cuatro"\n${dev}p7 : size=80M, name="CACHE"\n`)
  await runCommand(['mkfs.ext4', '-q', '-L', 'CACHE', gpt.partition(7)])
  msdos = await LoopDisk.create(100 * MIB)
  await msdos.table(`label: dos\n${msdos.device}p1 : size=10M, type=83\n${msdos.device}p2 : size=80M, type=5\n${msdos.device}p5 : size=60M, type=83\n`)
  long = await LoopDisk.create(300 * MIB)
  await long.table('label: gpt\nstart=285MiB, size=10M\n')
  for (const [disk, number] of [[gpt, 4], [msdos, 5], [long, 1]] as const) await fill(disk, number)
  target = await LoopDisk.create(TARGET_SIZE)
})

async function fill(disk: LoopDisk, number: number): Promise<void> {
  const data = randomBytes(3 * MIB)
  hashes.set(disk, sha256(data))
  await runCommand(['mkfs.ext4', '-q', disk.partition(number)])
  await disk.mounted(number, (root) => writeFile(join(root, 'data.bin'), data))
}

afterAll(async () => {
  await runCommand(['umount', join(folder, 'state/cache')], { accept: [0, 1, 32] })
  await fake?.close()
  for (const disk of [target, long, msdos, gpt]) await disk?.[Symbol.asyncDispose]()
  await runCommand(['umount', '--lazy', folder])
  await rm(folder, { recursive: true, force: true })
})

beforeEach(() => {
  fake.received.length = 0
})

afterEach(async () => {
  await agent?.kill()
})

/** On a computer whose only disk this is. */
async function run(disk: LoopDisk, command: AgentCommand): Promise<Outcome> {
  await agent?.kill()
  agent = new AgentProcess({ console: fake.url, key: fake.key, token: fake.token, disks: [disk.device], state: join(folder, 'state') })
  await agent.printed(/Conectado con la consola/)
  return fake.outcome(fake.run(command))
}

async function captured(disk: LoopDisk, options: Partial<CaptureCommand> = {}): Promise<string> {
  const { code, manifest, message } = await run(disk, {
    kind: 'capture', source: { disk: 1 }, mode: 'used', clean: false, shrink: false, repository: fake.access, ...options,
  })
  if (code !== RESULT.ok || manifest === undefined) throw new Error(`${code} ${message}`)
  return manifest
}

const restore = (manifest: string, method: RestoreCommand['method'] = 'UNICAST-CACHE'): AgentCommand => ({
  kind: 'restore', target: { disk: 1 }, manifest, method, repository: fake.access, delta: false, verify: false, discard: false,
  cache: { image: { name: 'aula', revision: 1 }, whenFull: 'NONE' },
})

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

const content = (number: number): Promise<string> =>
  target.mounted(number, async (root) => sha256(await readFile(join(root, 'data.bin'))), 'ro')

const cache = (): CacheFacts | undefined => fake.received.findLast((message) => message.type === 'inventory')?.hardware.cache

/** Number, first and last MiB of each partition, and the name or the type that the CACHE has. */
async function table(): Promise<unknown[]> {
  const { stdout } = await runCommand(['sfdisk', '--json', target.device])
  return parseTable(stdout, TARGET_SIZE).partitions.map(({ number, start, size, name, type }) =>
    [number, start / MIB, (start + size) / MIB, name === '' ? type.slice(0, 2) : name])
}

let image: string

test('the image of a disk has nothing of its CACHE', async () => {
  image = await captured(gpt)
  const { facts } = await readManifest(await fake.repository.manifest(image))
  expect(facts.volumes.map(({ number }) => number)).toEqual([0, 1, 4])
  expect(facts.disk?.partitions.map(({ number }) => number)).toEqual([1, 4])
})

test('an empty disk gets a table with its CACHE, of the size that somebody says; one with anything on it does not', async () => {
  expect((await run(target, { kind: 'prepareCache', disk: 1 })).code).toBe(RESULT.partition)
  await runCommand(['mkfs.ext4', '-q', target.device])
  expect((await run(target, { kind: 'prepareCache', disk: 1, size: CACHE_SIZE })).code).toBe(RESULT.partition)
  await runCommand(['wipefs', '--all', '--quiet', target.device])
  expect((await run(target, { kind: 'prepareCache', disk: 1, size: TARGET_SIZE })).code).toBe(RESULT.noSpace)
  expect((await run(target, { kind: 'prepareCache', disk: 1, size: CACHE_SIZE })).code).toBe(RESULT.ok)
  expect(await table()).toEqual([[4, CACHE_START / MIB, (CACHE_START + CACHE_SIZE) / MIB, 'CACHE']])
  await runCommand(['sgdisk', '--verify', target.device])
  expect(cache()).toMatchObject({ partition: 4, images: [] })
})

test('a restore reads from it and leaves it, by another number, behind a last partition that has grown up to it', async () => {
  const { code, figures } = await run(target, restore(image))
  expect(code).toBe(RESULT.ok)
  expect(figures.bytesReceived).toBeGreaterThan(3 * MIB)
  expect(await table()).toEqual([
    [1, 1, 11, 'uno'], [2, CACHE_START / MIB, (CACHE_START + CACHE_SIZE) / MIB, 'CACHE'], [4, 11, CACHE_START / MIB, 'cuatro'],
  ])
  expect(await content(4)).toBe(hashes.get(gpt))
  expect(cache()).toMatchObject({ partition: 2, device: target.partition(2), images: [{ manifest: image, name: 'aula' }] })
  for (const number of [2, 4]) await runCommand(['e2fsck', '-f', '-n', target.partition(number)])
  await runCommand(['sgdisk', '--verify', target.device])
})

test('the next one receives nothing, and a direct one leaves the CACHE as well', async () => {
  expect(await run(target, restore(image))).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
  const before = await table()
  expect((await run(target, restore(image, 'UNICAST-DIRECT'))).code).toBe(RESULT.ok)
  expect(await table()).toEqual(before)
  expect(cache()?.images).toHaveLength(1)
  expect(await content(4)).toBe(hashes.get(gpt))
})

test('it goes over to an MBR with a number of the four and OpenGnsys’ type, and back', async () => {
  const other = await captured(msdos)
  expect((await run(target, restore(other))).code).toBe(RESULT.ok)
  expect(await table()).toEqual([
    [1, 1, 11, '83'], [2, 11, CACHE_START / MIB, '05'], [4, CACHE_START / MIB, (CACHE_START + CACHE_SIZE) / MIB, 'ca'],
    [5, 12, CACHE_START / MIB, '83'],
  ])
  expect(await content(5)).toBe(hashes.get(msdos))
  expect(await run(target, restore(image))).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
  expect(await content(4)).toBe(hashes.get(gpt))
  expect(cache()).toMatchObject({ partition: 2, images: [{ manifest: image }, { manifest: other }] })
})

test('an image that needs its place is refused by way of it, before anything is touched', async () => {
  const other = await captured(long)
  const before = [await table(), await content(4)]
  expect(await run(target, restore(other))).toMatchObject({ code: RESULT.cacheInTheWay, params: { available: CACHE_START } })
  expect([await table(), await content(4)]).toEqual(before)
})

test('a disk is captured into its own CACHE', async () => {
  const outcome = await run(target, {
    kind: 'capture', source: { disk: 1 }, mode: 'used', clean: false, shrink: false, repository: fake.access,
    intoCache: { name: 'propia' },
  })
  expect(outcome).toMatchObject({ code: RESULT.ok })
  expect(cache()?.images.map(({ name }) => name)).toContain('propia')
})

test('a table whose writing was cut has the CACHE, and no other partition', async () => {
  const machine = thisMachine()
  const [local] = await localDisks(machine, [target.device])
  if (local?.disk.label !== 'gpt') throw new Error('the disk has no GPT')
  const { tableId: _, ...disk } = local.disk
  const layout = { ...disk, label: 'gpt' as const, id: 'AAAAAAAA-2222-4333-8444-555555555555', firstLba: local.firstLba, lastLba: local.lastLba }
  const dying = { ...machine, run: (...args: Parameters<typeof machine.run>) => {
    if (args[0].includes('--append')) throw new Error('power failed')
    return machine.run(...args)
  } }
  await expect(writeTable(dying, target.device, layout, { keeps: 2 })).rejects.toThrow('power failed')
  expect(await table()).toEqual([[2, CACHE_START / MIB, (CACHE_START + CACHE_SIZE) / MIB, 'CACHE']])
  expect(await run(target, restore(image))).toMatchObject({ code: RESULT.ok, figures: { bytesReceived: 0 } })
  expect(await content(4)).toBe(hashes.get(gpt))
})
