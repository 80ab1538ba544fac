/** What a capture does to its source and a restore to its target, by a real agent: cleaned, shrunk, brought back; compared, fitted, grown. */
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CaptureCommand, Outcome, RestoreCommand } from '#shared/contract/agent.ts'
import { CaptureOptions } from '#shared/domain/image.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import { RestoreOptions } from '#shared/domain/restore-options.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import type { VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { readManifest, runCommand } from '#image/index.ts'
import { readHead } from '#image/filesystem/block-device.ts'
import { familyOf } from '#image/filesystem/families.ts'
import { AgentProcess } from './agent-process.ts'
import { FakeConsole } from './fake-console.ts'
import { LoopDisk, MIB } from './loop-disk.ts'

const LINUX = '0FC63DAF-8483-4772-8E79-3D69D8477DE4'
const WINDOWS = 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7'
const table = (sizes: readonly [number, number]): string =>
  `label: gpt\nstart=2048, size=${sizes[0]}M, type=${LINUX}\nsize=${sizes[1]}M, type=${WINDOWS}\n`

/** Each of the two partitions of the source is a fifth full, a part of which is rubbish; those of the target are smaller. */
const SOURCE = [400, 320] as const
const TARGET = [200, 160] as const
const DATA = 60 * MIB
const RUBBISH = 16 * MIB

interface Case {
  filesystem: 'ext4' | 'ntfs'
  partition: 1 | 2
  rubbish: readonly string[]
  /** Ends with 0 when the filesystem is whole and clean. */
  check: readonly [string, ...string[]]
}

const CASES: Case[] = [
  { filesystem: 'ext4', partition: 1, rubbish: ['tmp/deep/rubbish', 'var/tmp/more'], check: ['e2fsck', '-f', '-n'] },
  { filesystem: 'ntfs', partition: 2, rubbish: ['pagefile.sys', 'Windows/Temp/more'], check: ['ntfsfix', '-n'] },
]
const [EXT4] = CASES as [Case]

const noise = (seed: string, length: number): Buffer => createHash('shake256', { outputLength: length }).update(seed).digest()

let folder: string
let fake: FakeConsole
let source: LoopDisk
let target: LoopDisk
let agent: AgentProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-options-'))
  fake = await FakeConsole.start(join(folder, 'repository'))
  source = await LoopDisk.create((SOURCE[0] + SOURCE[1] + 3) * MIB)
  await source.table(table(SOURCE))
  await runCommand(['mkfs.ext4', '-q', source.partition(1)])
  await runCommand(['mkntfs', '--fast', '--quiet', source.partition(2)])
  for (const { partition, filesystem } of CASES) await fill(partition, filesystem)
})
beforeEach(async () => {
  target = await LoopDisk.create((TARGET[0] + TARGET[1] + 3) * MIB)
  await target.table(table(TARGET))
  for (const { partition, rubbish } of CASES) await litter(partition, rubbish)
  fake.received.length = 0
  fake.slowness = 0
})
afterEach(async () => {
  await agent.kill()
  await target[Symbol.asyncDispose]()
})
afterAll(async () => {
  await fake?.close()
  await source?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function put(root: string, path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), content)
}

async function fill(partition: number, filesystem: string): Promise<void> {
  await source.mounted(partition, async (root) => {
    await put(root, 'data.bin', noise(filesystem, DATA))
    if (filesystem === 'ext4') await put(root, 'usr/lib/os-release', 'NAME=Debian\n')
    else await mkdir(join(root, 'Windows/System32'), { recursive: true })
  })
}

async function litter(partition: number, rubbish: readonly string[]): Promise<void> {
  await source.mounted(partition, async (root) => {
    for (const path of rubbish) await put(root, path, noise(path, RUBBISH / rubbish.length))
  })
}

async function connected(): Promise<void> {
  agent = new AgentProcess({
    console: fake.url, key: fake.key, token: fake.token, disks: [source.device, target.device], state: join(folder, 'state'),
  })
  await fake.message('hello')
  await agent.printed(/Conectado con la consola/)
}

const capture = (partition?: number, options: Partial<CaptureOptions> = {}): CaptureCommand => ({
  kind: 'capture', source: { disk: 1, ...(partition !== undefined && { partition }) }, repository: fake.access,
  ...CaptureOptions.parse(options),
})

const restore = (manifest: string, partition?: number, options: Partial<RestoreOptions> = {}): RestoreCommand => ({
  kind: 'restore', target: { disk: 2, ...(partition !== undefined && { partition }) }, manifest, method: 'UNICAST-DIRECT',
  repository: fake.access, ...RestoreOptions.parse(options),
})

const run = (command: CaptureCommand | RestoreCommand): Promise<Outcome> => fake.outcome(fake.run(command))
const logOf = (operation: OperationId): string => fake.log(operation).map(({ text }) => text).join('\n')

async function volumeOf({ manifest }: Outcome, number: number): Promise<VolumeFacts> {
  const { facts } = await readManifest(await fake.repository.manifest(manifest!))
  return facts.volumes.find((volume) => volume.number === number)!
}

const sizeOf = async (disk: LoopDisk, { partition, filesystem }: Case): Promise<number> =>
  familyOf(filesystem)!.size(await readHead(disk.partition(partition)))

/** Whole and clean, with its data, filling its partition. */
async function expectGood(disk: LoopDisk, one: Case): Promise<void> {
  const { partition, filesystem, check } = one
  await runCommand([...check, disk.partition(partition)])
  const room = (disk === source ? SOURCE : TARGET)[partition - 1]! * MIB
  expect(await sizeOf(disk, one)).toBeGreaterThan(room - MIB)
  const data = await disk.mounted(partition, (root) => readFile(join(root, 'data.bin')), 'ro')
  expect(data.equals(noise(filesystem, DATA)), `data of ${filesystem}`).toBe(true)
}

async function rubbishOn(disk: LoopDisk, { partition, rubbish }: Case): Promise<string[]> {
  return disk.mounted(partition, async (root) => {
    const found = await Promise.all(rubbish.map((path) => readFile(join(root, path)).then(() => path, () => '')))
    return found.filter((path) => path !== '')
  }, 'ro')
}

describe.each(CASES)('$filesystem', (one) => {
  const { partition } = one

  test('is cleaned and shrunk while it is captured, goes into a smaller partition, and comes again for its differences', async () => {
    const before = await sizeOf(source, one)
    await connected()
    const operation = fake.run(capture(partition))
    const captured = await fake.outcome(operation)
    expect(captured).toMatchObject({ code: RESULT.ok })
    expect(captured.figures.bytesRead).toBeLessThan(DATA + 30 * MIB)
    expect((await volumeOf(captured, partition)).minimumSize).toBeLessThan(TARGET[partition - 1]! * MIB)
    expect(logOf(operation)).toMatch(/2 eliminados, 1[67](,\d)? MB liberados[^]*reducido de [^]*vuelve a tener sus/)
    expect(await sizeOf(source, one)).toBe(before)
    await expectGood(source, one)
    expect(await rubbishOn(source, one)).toEqual([])

    const fresh = await run(restore(captured.manifest!, partition, { verify: true }))
    expect(fresh).toMatchObject({ code: RESULT.ok })
    await expectGood(target, one)

    await target.mounted(partition, (root) => writeFile(join(root, 'homework'), noise('homework', 5 * MIB)))
    const again = await run(restore(captured.manifest!, partition, { discard: true }))
    expect(again).toMatchObject({ code: RESULT.ok })
    expect(again.figures.bytesReceived).toBeLessThan(fresh.figures.bytesReceived / 5)
    expect(again.figures.bytesKept).toBeGreaterThan(DATA * 0.9)
    await expectGood(target, one)

    const whole = await run(restore(captured.manifest!, partition, { delta: false }))
    expect(whole.figures.bytesReceived).toBeGreaterThan(fresh.figures.bytesReceived * 0.9)
  })

  test.each([
    ['it is shrunk', () => fake.message('log', ({ lines }) => lines.some(({ text }) => text.includes('limpio de')))],
    ['it is read', () => fake.message('progress', ({ progress }) => progress.phase === 'capture')],
  ])('has its size again when the capture is cancelled while %s', async (_, come) => {
    const before = await sizeOf(source, one)
    await connected()
    fake.slowness = 300
    const operation = fake.run(capture(partition))
    await come()
    fake.send({ type: 'cancel', operation })
    expect(await fake.outcome(operation)).toMatchObject({ code: RESULT.cancelled })
    expect(await sizeOf(source, one)).toBe(before)
    await expectGood(source, one)
  })

  test('left small by an agent that was killed has its size again when the next one says that it is ready', async () => {
    const before = await sizeOf(source, one)
    await connected()
    fake.slowness = 300
    const killed = fake.run(capture(partition))
    await fake.message('progress', ({ operation, progress }) => operation === killed && progress.phase === 'capture')
    await agent.kill()
    expect(await sizeOf(source, one)).toBeLessThan(before / 2)

    fake.received.length = 0
    await connected()
    expect(await sizeOf(source, one)).toBe(before)
    await expectGood(source, one)
    await fake.message('log', ({ operation, lines }) => operation === undefined
      && lines.some(({ text }) => text.startsWith(`${source.partition(partition)}: una captura interrumpida lo había dejado en`)))
  })
})

describe('what is not asked for is not done', () => {
  const one = EXT4
  const { partition, rubbish } = one

  test.each(['used', 'sector'] as const)('is not touched in mode %s, whatever else is asked for', async (mode) => {
    const hash = async (): Promise<string> => (await runCommand(['sha256sum', source.partition(partition)])).stdout
    const before = await hash()
    await connected()
    const captured = await run(capture(partition, { mode, clean: true, shrink: true }))
    expect(captured).toMatchObject({ code: RESULT.ok })
    expect(await hash()).toBe(before)
    expect(await volumeOf(captured, partition)).toMatchObject({ mode })
    expect((await volumeOf(captured, partition)).minimumSize).toBeGreaterThan(TARGET[partition - 1]! * MIB)
    expect(await run(restore(captured.manifest!, partition))).toMatchObject({ code: RESULT.partitionTooSmall })
    expect(await rubbishOn(source, one)).toEqual(rubbish)
  })

  test('keeps its rubbish, or its size, when only the other is asked for', async () => {
    await connected()
    const shrunk = await run(capture(partition, { clean: false }))
    expect((await volumeOf(shrunk, partition)).minimumSize).toBeLessThan(TARGET[partition - 1]! * MIB)
    expect(await rubbishOn(source, one)).toEqual(rubbish)
    const cleaned = await run(capture(partition, { shrink: false }))
    expect((await volumeOf(cleaned, partition)).minimumSize).toBeGreaterThan(TARGET[partition - 1]! * MIB)
    expect(await rubbishOn(source, one)).toEqual([])
  })
})

test('a whole disk goes onto a smaller one, its last partition as small as its data', async () => {
  await connected()
  const captured = await run(capture())
  expect(captured).toMatchObject({ code: RESULT.ok })
  for (const one of CASES) await expectGood(source, one)
  const smaller = await LoopDisk.create((SOURCE[0] + TARGET[1] + 3) * MIB)
  try {
    await agent.kill()
    agent = new AgentProcess({ console: fake.url, key: fake.key, token: fake.token, disks: [smaller.device], state: join(folder, 'state') })
    await agent.printed(/Conectado con la consola/)
    expect(await run({ ...restore(captured.manifest!), target: { disk: 1 } })).toMatchObject({ code: RESULT.ok })
    for (const { partition, filesystem, check } of CASES) {
      await runCommand([...check, smaller.partition(partition)])
      expect((await smaller.mounted(partition, (root) => readFile(join(root, 'data.bin')), 'ro')).equals(noise(filesystem, DATA))).toBe(true)
    }
  } finally {
    await smaller[Symbol.asyncDispose]()
  }
})

test('a source that cannot be given its size back ends with 18, publishes nothing, and is tried again by each agent that starts', async () => {
  const path = process.env['PATH']
  const bin = join(folder, 'bin')
  await mkdir(bin, { recursive: true })
  const real = (await runCommand(['sh', '-c', 'command -v resize2fs'])).stdout.trim()
  // Shrinks once, and grows never.
  await writeFile(join(bin, 'resize2fs'), `#!/bin/sh\n[ "$1" = -P ] && exec ${real} "$@"\n[ -e "$0.done" ] && exit 1\ntouch "$0.done"\nexec ${real} "$@"\n`)
  await chmod(join(bin, 'resize2fs'), 0o755)
  const before = await sizeOf(source, EXT4)
  const connectedWithIt = async (): Promise<void> => {
    process.env['PATH'] = `${bin}:${path}`
    await connected().finally(() => { process.env['PATH'] = path })
  }
  await connectedWithIt()
  const operation = fake.run(capture(EXT4.partition))
  const outcome = await fake.outcome(operation)
  expect(outcome).toMatchObject({ code: RESULT.grow })
  expect(outcome.manifest).toBeUndefined()
  expect(logOf(operation)).toContain(`El sistema de ficheros de ${source.partition(1)} no se pudo extender a su partición`)
  expect(await sizeOf(source, EXT4)).toBeLessThan(before / 2)

  await agent.kill()
  fake.received.length = 0
  await connectedWithIt()
  await fake.message('log', ({ lines }) => lines.some(({ level, text }) =>
    level === 'warn' && text.startsWith(`El sistema de ficheros de ${source.partition(1)} no se pudo extender`)))
  expect(await sizeOf(source, EXT4)).toBeLessThan(before / 2)

  await agent.kill()
  fake.received.length = 0
  await connected()
  expect(await sizeOf(source, EXT4)).toBe(before)
  await expectGood(source, EXT4)
})
