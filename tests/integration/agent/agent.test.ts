import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CaptureCommand, Outcome, RestoreCommand } from '#shared/contract/agent.ts'
import { HostName } from '#shared/domain/ids.ts'
import type { CaptureOptions } from '#shared/domain/image.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { readManifest, runCommand } from '#image/index.ts'
import { AgentProcess } from './agent-process.ts'
import { FakeConsole } from './fake-console.ts'
import { LoopDisk, MIB } from './loop-disk.ts'
import { createReference, PART, type Reference } from './reference-disk.ts'

/** Two disks: the reference computer's (1) and a larger one that gets images (2). */
let folder: string
let fake: FakeConsole
let reference: Reference
let blank: LoopDisk
let agent: AgentProcess

const ROOT = join(import.meta.dirname, '../../..')
const TARGET_SIZE = 448 * MIB

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-agent-'))
  reference = await createReference()
  blank = await LoopDisk.create(TARGET_SIZE)
  fake = await FakeConsole.start(join(folder, 'repository'))
})

afterAll(async () => {
  await fake?.close()
  await blank?.[Symbol.asyncDispose]()
  await reference?.disk[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const start = (options: { token?: string; key?: string; state?: string } = {}, program?: string): AgentProcess => new AgentProcess({
  console: fake.url, key: options.key ?? fake.key, token: options.token ?? fake.token,
  disks: [reference.disk.device, blank.device], state: options.state ?? join(folder, 'state'),
}, program)

beforeEach(() => {
  fake.received.length = 0
  fake.acknowledge = true
  fake.slowness = 0
})

afterEach(async () => {
  await agent?.kill()
})

async function connected(): Promise<void> {
  agent = start()
  await fake.message('hello')
  await agent.printed(/Conectado con la consola/)
}

const capture = (partition?: number, options: Partial<CaptureOptions> = {}): CaptureCommand => ({
  kind: 'capture', source: { disk: 1, ...(partition !== undefined && { partition }) }, mode: 'used', clean: true, shrink: true,
  repository: fake.access, ...options,
})

const restore = (manifest: string, options: Partial<RestoreCommand> = {}): RestoreCommand => ({
  kind: 'restore', target: { disk: 2 }, manifest, method: 'UNICAST-DIRECT', repository: fake.access,
  delta: false, verify: false, discard: false, ...options,
})

const run = (command: CaptureCommand | RestoreCommand): Promise<Outcome> => fake.outcome(fake.run(command))

let diskImage: string

describe('connection', () => {
  test('says what the computer is', async () => {
    await connected()
    const { hardware, token, running } = await fake.message('hello')
    expect({ token, running }).toEqual({ token: fake.token, running: [] })
    expect(hardware.disks.map(({ number, device, size, label }) => ({ number, device, size, label }))).toEqual([
      { number: 1, device: reference.disk.device, size: 320 * MIB, label: 'gpt' },
      { number: 2, device: blank.device, size: TARGET_SIZE, label: 'none' },
    ])
    const found = hardware.disks[0]?.partitions.map(({ number, filesystem, system }) => ({ number, filesystem, system: system?.name }))
    expect(found).toEqual([
      { number: 1, filesystem: 'none' },
      { number: 2, filesystem: 'fat16' },
      { number: 3, filesystem: 'ntfs', system: 'Windows' },
      { number: 5, filesystem: 'swap' },
      { number: 6, filesystem: 'ext4', system: 'Debian GNU/Linux 12 (bookworm)' },
    ])
  })

  test('never talks to a console with another key', async () => {
    agent = start({ key: 'ab'.repeat(32), state: join(folder, 'other-state') })
    await agent.printed(/WRONG CONSOLE KEY[^]*WRONG CONSOLE KEY/)
    expect(fake.received).toEqual([])
  })

  test('comes back with its session after a crash', async () => {
    await connected()
    await agent.kill()
    fake.received.length = 0
    agent = start()
    const hello = await fake.message('hello')
    expect({ session: hello.session, token: hello.token }).toEqual({ session: fake.session })
  })
})

describe('capture', () => {
  test('takes a whole disk', async () => {
    await connected()
    const outcome = await run(capture())
    expect(outcome).toMatchObject({ code: RESULT.ok })
    diskImage = outcome.manifest ?? ''
    const { facts } = await readManifest(await fake.repository.manifest(diskImage))
    expect(facts.source).toContain('pc-01')
    expect(facts.volumes.map(({ number, mode, filesystem }) => ({ number, mode, filesystem }))).toEqual([
      { number: 0, mode: 'sector', filesystem: 'none' },
      { number: 1, mode: 'sector', filesystem: 'none' },
      { number: 2, mode: 'used', filesystem: 'fat16' },
      { number: 3, mode: 'used', filesystem: 'ntfs' },
      { number: 5, mode: 'sector', filesystem: 'swap' },
      { number: 6, mode: 'used', filesystem: 'ext4' },
    ])
    expect(outcome.figures.bytesRead).toBeGreaterThan(24 * MIB)
    expect(outcome.figures.bytesRead).toBeLessThan(150 * MIB)
  })

  test('reports its progress and its log', async () => {
    await connected()
    const operation = fake.run(capture(PART.root))
    await fake.outcome(operation)
    const { progress } = await fake.message('progress', (message) => message.operation === operation)
    expect(progress.phase).toMatch(/^(map|capture)$/)
    const markers = fake.log(operation).map(({ text }) => /^\[\d+\]/.exec(text)?.[0])
    expect([...new Set(markers)]).toEqual(['[1]', '[2]', '[50]', '[90]', '[100]'])
  })

  test('refuses a dirty NTFS and leaves it as it was', async () => {
    const clean = await readFile(reference.disk.partition(PART.ntfs))
    await runCommand(['ntfsfix', reference.disk.partition(PART.ntfs)]) // marks it for a check by Windows
    const before = await contentHash(reference.disk, PART.ntfs)
    await connected()
    expect(await run(capture(PART.ntfs))).toMatchObject({ code: RESULT.dirtyFilesystem })
    expect(await run(capture())).toMatchObject({ code: RESULT.dirtyFilesystem })
    const after = await contentHash(reference.disk, PART.ntfs)
    await reference.disk.write(PART.ntfs, 0, clean)
    expect(after).toBe(before)
  })

  test('names what is not there, not known, or in use', async () => {
    await connected()
    expect(await run(capture(9))).toMatchObject({ code: RESULT.noUsablePartition })
    expect(await run(capture(PART.biosBoot))).toMatchObject({ code: RESULT.ok })
    const mounted = await reference.disk.mounted(PART.root, () => run(capture(PART.root)))
    expect(mounted).toMatchObject({ code: RESULT.inUse })
  })
})

describe('restore', () => {
  test('puts a disk onto a larger one and makes it start', async () => {
    await connected()
    const outcome = await run(restore(diskImage, { hostName: HostName.parse('aula1-pc07') }))
    expect(outcome).toMatchObject({ code: RESULT.ok })
    expect(outcome.figures.bytesReceived).toBeGreaterThan(10 * MIB)

    const { stdout } = await runCommand(['sfdisk', '--json', blank.device])
    const source = JSON.parse((await runCommand(['sfdisk', '--json', reference.disk.device])).stdout).partitiontable
    const table = JSON.parse(stdout).partitiontable
    expect(table.id).toBe(source.id)
    const ends = (partitions: { start: number; size: number }[]) => partitions.slice(0, -1).map(({ start, size }) => [start, size])
    expect(ends(table.partitions)).toEqual(ends(source.partitions))
    expect(table.partitions.map(({ uuid, name, attrs }: Record<string, unknown>) => ({ uuid, name, attrs }))).toEqual(
      source.partitions.map(({ uuid, name, attrs }: Record<string, unknown>) => ({ uuid, name, attrs })))
    const last = table.partitions.at(-1)
    expect((last.start + last.size) * 512).toBe(TARGET_SIZE - MIB)
    await runCommand(['sgdisk', '--verify', blank.device])

    await expectRootFiles()
    await expectGrown(PART.root, last.size * 512)
    expect((await runCommand(['e2fsck', '-f', '-n', blank.partition(PART.root)])).code).toBe(0)
    expect(await blank.text(PART.root, 'etc/hostname')).toBe('aula1-pc07\n')
    expect(await blank.text(PART.root, 'etc/hosts')).toBe('127.0.0.1\tlocalhost\n127.0.1.1\taula1-pc07\n')
    expect(await blank.text(PART.root, 'etc/machine-id')).toBe('')
    expect(await blank.text(PART.root, 'etc/fstab')).toBe(
      `UUID=${reference.rootUuid} / ext4 errors=remount-ro 0 1\nUUID=99999999-8888-4777-8666-555555555555 none swap sw 0 0\n`)
  })

  test('keeps everything outside of the grown filesystem byte for byte', async () => {
    for (const partition of [PART.biosBoot, PART.esp, PART.ntfs]) {
      const [a, b] = await Promise.all([reference.disk, blank].map((disk) => contentHash(disk, partition)))
      expect(b, `partition ${partition}`).toBe(a)
    }
    const code = (disk: LoopDisk) => disk.bytes(undefined, 0, 440)
    expect(await code(blank)).toEqual(await code(reference.disk))
    expect((await runCommand(['ntfsfix', '--no-action', blank.partition(PART.ntfs)])).stdout).toContain('processed successfully')
    const { stdout } = await runCommand(['blkid', '-p', '-o', 'export', blank.partition(PART.swap)])
    expect(stdout).toContain('UUID=99999999-8888-4777-8666-555555555555')
  })

  test('puts every sector around the partitions onto a larger disk, but for those where the last one has grown', async () => {
    const [gap, tail] = [100 * 512, (229_376 + 409_600) * 512]
    for (const offset of [gap, tail]) await reference.disk.write(undefined, offset, Buffer.alloc(16 * 1024, `around ${offset}`))
    await connected()
    const image = await run(capture(undefined, { mode: 'sector' }))
    expect(image).toMatchObject({ code: RESULT.ok })
    expect(await run(restore(image.manifest!, { verify: true }))).toMatchObject({ code: RESULT.ok })
    expect(await blank.bytes(undefined, gap, 16 * 1024)).toEqual(await reference.disk.bytes(undefined, gap, 16 * 1024))
    expect((await blank.bytes(undefined, tail, 16 * 1024)).includes(`around ${tail}`)).toBe(false)
    await runCommand(['sgdisk', '--verify', blank.device])
    await runCommand(['e2fsck', '-f', '-n', blank.partition(PART.root)])
    await expectRootFiles()
  })

  test('puts one partition of the image into a partition and leaves the others alone', async () => {
    await blank.write(undefined, 0, new Uint8Array(440)) // no boot loader
    await runCommand(['sfdisk', '--quiet', '--no-reread', '--part-type', blank.device, String(PART.root), 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7'])
    const ntfs = await contentHash(blank, PART.ntfs)
    await connected()
    expect(await run(restore(diskImage, { target: { disk: 2, partition: PART.root }, volume: PART.root, hostName: HostName.parse('aula1-pc08') }))).toMatchObject({ code: RESULT.ok })
    await expectRootFiles()
    expect(await blank.text(PART.root, 'etc/hostname')).toBe('aula1-pc08\n')
    expect(await contentHash(blank, PART.ntfs)).toBe(ntfs)
    const { stdout } = await runCommand(['sfdisk', '--part-type', blank.device, String(PART.root)])
    expect(stdout.trim()).toBe('0FC63DAF-8483-4772-8E79-3D69D8477DE4')
    expect((await blank.bytes(undefined, 0, 512)).includes('GRUB ')).toBe(true) // and GRUB is back
    expect(agent.output).toContain('GRUB está en')
  })

  test('grows an NTFS to its partition', async () => {
    await connected()
    expect(await run(restore(diskImage, { target: { disk: 2, partition: PART.root }, volume: PART.ntfs }))).toMatchObject({ code: RESULT.ok })
    const { stdout } = await runCommand(['ntfsresize', '--info', '--force', '--no-progress-bar', blank.partition(PART.root)])
    expect(Number(/Current volume size: (\d+)/.exec(stdout)?.[1])).toBeGreaterThan(200 * MIB)
    const data = (disk: LoopDisk, partition: number): Promise<Buffer> =>
      disk.mounted(partition, (root) => readFile(join(root, 'Windows/System32/data.bin')), 'ro')
    expect((await data(blank, PART.root)).equals(await data(reference.disk, PART.ntfs))).toBe(true)
  })

  test('refuses a partition that is too small, with nothing written', async () => {
    await connected()
    const before = await contentHash(blank, PART.esp)
    const outcome = await run(restore(diskImage, { target: { disk: 2, partition: PART.esp }, volume: PART.root }))
    expect(outcome).toMatchObject({ code: RESULT.partitionTooSmall })
    expect(outcome.params).toMatchObject({ target: blank.partition(PART.esp), available: 40 * MIB })
    expect(await contentHash(blank, PART.esp)).toBe(before)
  })

  test('refuses what is mounted, unknown, or of another kind', async () => {
    await connected()
    expect(await run(restore(diskImage, { target: { disk: 2, partition: PART.root }, volume: PART.root }))).toMatchObject({ code: RESULT.ok })
    await blank.mounted(PART.root, async () => {
      expect(await run(restore(diskImage))).toMatchObject({ code: RESULT.inUse })
      expect(await run(restore(diskImage, { target: { disk: 2, partition: PART.root }, volume: PART.root }))).toMatchObject({ code: RESULT.inUse })
    })
    expect(await run(restore(diskImage, { target: { disk: 7 } }))).toMatchObject({ code: RESULT.partition })
    expect(await run(restore(diskImage, { target: { disk: 2, partition: 4 } }))).toMatchObject({ code: RESULT.partition })
    expect(await run(restore(diskImage, { target: { disk: 2, partition: PART.root } }))).toMatchObject({ code: RESULT.imageKind })
    expect(await run(restore('ab'.repeat(32)))).toMatchObject({ code: RESULT.notFound })
  })

  test('never counts a corrupt pack as restored', async () => {
    const packs = await packFiles()
    const originals = await Promise.all(packs.map((pack) => readFile(pack)))
    for (const [index, pack] of packs.entries()) {
      const damaged = Buffer.from(originals[index] ?? [])
      damaged.fill(0xa5, 1000, 1200)
      await writeFile(pack, damaged)
    }
    await connected()
    expect(await run(restore(diskImage, { target: { disk: 2, partition: PART.root }, volume: PART.root }))).toMatchObject({ code: RESULT.corruptImage })
    for (const [index, pack] of packs.entries()) await writeFile(pack, originals[index] ?? '')
    await expectIncomplete(PART.root)
  })

  test('goes on while the connection is cut, and says so afterwards', async () => {
    await connected()
    fake.slowness = 300
    const operation = fake.run(restore(diskImage))
    await fake.message('progress', ({ progress }) => progress.phase === 'restore')
    fake.received.length = 0
    fake.cut()
    const hello = await fake.message('hello')
    expect(hello.running).toEqual([operation])
    fake.slowness = 0
    expect((await fake.outcome(operation)).code).toBe(RESULT.ok)
    await expectRootFiles()
  })

  test('repeats the outcome until it is acknowledged', async () => {
    await connected()
    fake.acknowledge = false
    const operation = fake.run(restore(diskImage, { target: { disk: 7 } }))
    await fake.outcome(operation)
    fake.received.length = 0
    fake.cut()
    await fake.message('hello')
    fake.acknowledge = true
    expect((await fake.outcome(operation)).code).toBe(RESULT.partition)
    // Asked again after it was acknowledged: the same answer, nothing done twice.
    fake.received.length = 0
    fake.send({ type: 'run', operation, command: restore(diskImage) })
    expect((await fake.outcome(operation)).code).toBe(RESULT.partition)
  })

  test('goes on after its computer lost power, with the table as it was', async () => {
    await connected()
    fake.slowness = 4000
    const operation = fake.run(restore(diskImage))
    await fake.message('progress', ({ progress }) => progress.phase === 'restore' && progress.done > 2 * MIB)
    await sleep(7000) // by then some of it is recorded
    await agent.kill()
    for (const partition of [PART.esp, PART.ntfs, PART.root]) await expectIncomplete(partition)
    await blank.write(undefined, 440, new Uint8Array([1, 2, 3, 4])) // of the MBR: whoever writes a GPT takes it away

    fake.slowness = 0
    fake.received.length = 0
    await connected()
    const again = fake.run(restore(diskImage))
    const { code, figures } = await fake.outcome(again)
    expect({ again: operation === again, code }).toEqual({ again: false, code: RESULT.ok })
    expect(figures.bytesKept).toBeGreaterThan(2 * MIB)
    expect([...await blank.bytes(undefined, 440, 4)]).toEqual([1, 2, 3, 4])
    expect(agent.output).toContain('sigue desde donde se quedó')
    await expectRootFiles()
  })

  test('brings back what was changed, and tells the disk what is unused', async () => {
    await connected()
    const homework = createHash('shake256', { outputLength: 3 * MIB }).update('homework').digest()
    await blank.mounted(PART.root, (root) => writeFile(join(root, 'homework'), homework))
    const { code, figures } = await run(restore(diskImage, { delta: true, verify: true, discard: true }))
    expect(code).toBe(RESULT.ok)
    expect(figures.bytesKept).toBeGreaterThan(figures.bytesWritten)
    await expectRootFiles()
  })

  test('is cancelled, and leaves nothing that looks whole', async () => {
    await connected()
    fake.slowness = 300
    const operation = fake.run(restore(diskImage))
    await fake.message('progress', ({ progress }) => progress.phase === 'restore')
    expect(await run(restore(diskImage))).toMatchObject({ code: RESULT.busy })
    fake.send({ type: 'cancel', operation })
    expect((await fake.outcome(operation)).code).toBe(RESULT.cancelled)
    for (const partition of [PART.esp, PART.ntfs, PART.root]) await expectIncomplete(partition)
  })
})

describe('the bundle', () => {
  test('is one file that runs by itself', async () => {
    await runCommand([join(ROOT, 'node_modules/.bin/vite'), 'build', '-c', 'vite.agent.config.ts', '--outDir', join(folder, 'bundle')], { cwd: ROOT })
    expect(await readdir(join(folder, 'bundle'))).toEqual(['live.mjs'])
    expect((await stat(join(folder, 'bundle/live.mjs'))).size).toBeLessThan(1.5e6)
    agent = start({}, join(folder, 'bundle/live.mjs'))
    await fake.message('hello')
    await agent.printed(/Conectado con la consola/)
    expect(await run(capture(PART.esp))).toMatchObject({ code: RESULT.ok })
  })
})

describe('power', () => {
  test.each([['restart', 10], ['shutdown', 11]] as const)('%s ends with %d once it is acknowledged', async (kind, code) => {
    await connected()
    const operation = fake.run({ kind })
    expect((await fake.outcome(operation)).code).toBe(RESULT.ok)
    expect(await agent.exit()).toBe(code)
  })
})

async function expectRootFiles(): Promise<void> {
  await blank.mounted(PART.root, async (root) => {
    for (const [path, hash] of reference.files) {
      expect(createHash('sha256').update(await readFile(join(root, path))).digest('hex')).toBe(hash)
    }
  }, 'ro')
}

async function expectGrown(partition: number, size: number): Promise<void> {
  const { stdout } = await runCommand(['dumpe2fs', '-h', blank.partition(partition)])
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(stdout)?.[1])
  expect(field('Block count') * field('Block size')).toBeGreaterThan(size - MIB)
}

async function expectIncomplete(partition: number): Promise<void> {
  const { stdout } = await runCommand(['blkid', '-p', '-o', 'value', '-s', 'TYPE', blank.partition(partition)], { accept: [0, 2] })
  expect({ partition, type: stdout.trim() }).toEqual({ partition, type: '' })
}

async function contentHash(disk: LoopDisk, partition: number): Promise<string> {
  return createHash('sha256').update(await readFile(disk.partition(partition))).digest('hex')
}

async function packFiles(): Promise<string[]> {
  const names = await readdir(fake.repository.root, { recursive: true })
  return names.filter((name) => name.startsWith('packs/') && /[0-9a-f]{64}/.test(name)).map((name) => join(fake.repository.root, name))
}
