import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { CacheFacts } from '#shared/domain/cache.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { runCommand } from '#image/index.ts'
import { AgentProcess } from '../agent/agent-process.ts'
import { FakeConsole } from '../agent/fake-console.ts'
import { LoopDisk, MIB } from '../agent/loop-disk.ts'
import { shareMounts } from './share-mounts.ts'

/** Disk 1 has an MBR with a logical partition, disk 2 a GPT, disk 3 nothing at all. */
let folder: string
let fake: FakeConsole
let msdos: LoopDisk
let gpt: LoopDisk
let blank: LoopDisk
let agent: AgentProcess

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-cache-'))
  await shareMounts(folder)
  fake = await FakeConsole.start(join(folder, 'repository'))
  msdos = await LoopDisk.create(600 * MIB)
  const dev = msdos.device
  await msdos.table(`label: dos\n${dev}p1 : size=50M, type=7, bootable\n${dev}p2 : size=100M, type=5\n${dev}p5 : size=40M, type=83\n`)
  gpt = await LoopDisk.create(400 * MIB)
  await gpt.table('label: gpt\nsize=50M, name="datos, ñ", attrs="GUID:63"\n')
  blank = await LoopDisk.create(200 * MIB)
  for (const device of [msdos.partition(1), msdos.partition(5), gpt.partition(1)]) await runCommand(['mkfs.ext4', '-q', device])
  // A filesystem that was once where the CACHE will be, with the label of one.
  await runCommand(['mkfs.ext4', '-q', '-F', '-L', 'CACHE', '-E', `offset=${500 * MIB}`, dev, '90M'])
  agent = new AgentProcess({
    console: fake.url, key: fake.key, token: fake.token, disks: [dev, gpt.device, blank.device], state: join(folder, 'state'),
  })
  await agent.printed(/Conectado con la consola/)
})

afterAll(async () => {
  await agent?.kill()
  await runCommand(['umount', join(folder, 'state/cache')], { accept: [0, 1, 32] })
  await fake?.close()
  for (const disk of [msdos, gpt, blank]) await disk?.[Symbol.asyncDispose]()
  await runCommand(['umount', '--lazy', folder])
  await rm(folder, { recursive: true, force: true })
})

beforeEach(() => {
  fake.received.length = 0
})

const prepare = (disk: number, megabytes?: number) =>
  fake.outcome(fake.run({ kind: 'prepareCache', disk, ...(megabytes !== undefined && { size: megabytes * MIB }) }))

const cache = (): CacheFacts | undefined => fake.received.findLast((message) => message.type === 'inventory')?.hardware.cache

async function table(disk: LoopDisk): Promise<{ number: number; start: number; size: number; type: string; name: string; attrs: string }[]> {
  const { partitiontable } = JSON.parse((await runCommand(['sfdisk', '--json', disk.device])).stdout)
  return partitiontable.partitions.map((each: Record<string, string | number>) => ({
    number: Number(String(each['node']).slice(disk.device.length + 1)), start: Number(each['start']) / 2048, size: Number(each['size']) / 2048,
    type: String(each['type']), name: String(each['name'] ?? ''), attrs: String(each['attrs'] ?? ''),
  }))
}

async function label(device: string): Promise<string> {
  return (await runCommand(['blkid', '-p', '-o', 'value', '-s', 'LABEL', device], { accept: [0, 2] })).stdout.trim()
}

const contents = async (disk: LoopDisk, partitions: number[]): Promise<string[]> =>
  Promise.all(partitions.map(async (number) => createHash('sha256').update(await readFile(disk.partition(number))).digest('hex')))

describe('prepareCache', () => {
  test('refuses what has no free space, no table, or is not there', async () => {
    expect((await prepare(1, 460)).code).toBe(RESULT.noSpace)
    expect((await prepare(1, 10)).code).toBe(RESULT.outOfLimit)
    expect((await prepare(3)).code).toBe(RESULT.partition)
    expect((await prepare(9)).code).toBe(RESULT.partition)
    expect(cache()).toBeUndefined()
  })

  test('adds number 4 at the end of a disk with an MBR, and changes nothing else', async () => {
    const before = { table: await table(msdos), contents: await contents(msdos, [1, 5]) }
    expect(await prepare(1, 100)).toMatchObject({ code: RESULT.ok })
    const after = await table(msdos)
    expect(after.filter(({ number }) => number !== 4)).toEqual(before.table)
    expect(after.find(({ number }) => number === 4)).toMatchObject({ start: 500, size: 100, type: 'ca' })
    expect(await contents(msdos, [1, 5])).toEqual(before.contents)
    expect(await label(msdos.partition(4))).toBe('CACHE')
    expect(cache()).toMatchObject({ disk: 1, partition: 4, device: msdos.partition(4), images: [] })
    expect(cache()?.problem).toBeUndefined()
    expect((await runCommand(['e2fsck', '-f', '-n', msdos.partition(4)])).code).toBe(0)
  })

  test('does not make a second one on another disk', async () => {
    expect((await prepare(2)).code).toBe(RESULT.outOfLimit)
    expect((await table(gpt)).map(({ number }) => number)).toEqual([1])
  })

  test('makes the one that is there larger, and refuses it while somebody else uses it', async () => {
    await msdos.mounted(4, async () => expect((await prepare(1, 200)).code).toBe(RESULT.inUse))
    expect((await table(msdos)).find(({ number }) => number === 4)).toMatchObject({ start: 500, size: 100 })
    expect((await prepare(1, 200)).code).toBe(RESULT.ok)
    expect((await table(msdos)).find(({ number }) => number === 4)).toMatchObject({ start: 400, size: 200, type: 'ca' })
    expect(cache()?.size).toBeGreaterThan(150 * MIB)
  })

  test('goes on where it was interrupted between table and filesystem', async () => {
    await runCommand(['wipefs', '--all', '--force', '--quiet', msdos.partition(4)])
    expect((await prepare(1)).code).toBe(RESULT.ok)
    expect(await label(msdos.partition(4))).toBe('CACHE')
  })

  test('takes all the free space at the end of a GPT, with a name', async () => {
    await runCommand(['wipefs', '--all', '--force', '--quiet', msdos.partition(4)])
    await runCommand(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '--delete', msdos.device, '4'])
    const [before] = await table(gpt)
    const kept = await contents(gpt, [1])
    expect((await prepare(2)).code).toBe(RESULT.ok)
    expect(await table(gpt)).toEqual([before, {
      number: 4, start: 51, size: 348, type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', name: 'CACHE', attrs: '',
    }])
    expect(await contents(gpt, [1])).toEqual(kept)
    await runCommand(['sgdisk', '--verify', gpt.device])
    expect(cache()).toMatchObject({ disk: 2, partition: 4 })
  })
})

describe('after the power failed', () => {
  test('its journal is replayed before it is used', async () => {
    const device = gpt.partition(4)
    const crashed = join(folder, 'crashed.img')
    await gpt.mounted(4, async (root) => {
      await writeFile(join(root, 'file'), 'x')
      await runCommand(['sync', '--file-system', root])
      await writeFile(join(root, 'other'), 'y')
      await runCommand(['sync', join(root, 'other')])
      await runCommand(['dd', `if=${device}`, `of=${crashed}`, 'bs=1M', 'conv=sparse', 'status=none'])
    })
    await runCommand(['dd', `if=${crashed}`, `of=${device}`, 'bs=1M', 'conv=fsync', 'status=none'])
    expect((await runCommand(['dumpe2fs', '-h', device])).stdout).toContain('needs_recovery')
    expect((await fake.outcome(fake.run({ kind: 'deleteCached', manifest: 'ab'.repeat(32) }))).code).toBe(RESULT.notFound)
    expect((await runCommand(['dumpe2fs', '-h', device])).stdout).not.toContain('needs_recovery')
    expect(cache()).toMatchObject({ images: [] })
  })

  test('one that is past mending is told about, used for nothing, and formatted on request', async () => {
    const device = gpt.partition(4)
    await runCommand(['debugfs', '-w', '-R', 'clri <2>', device])
    await runCommand(['debugfs', '-w', '-R', 'ssv state 0', device])
    expect((await fake.outcome(fake.run({ kind: 'deleteCached', manifest: 'ab'.repeat(32) }))).code).toBe(RESULT.cache)
    expect(cache()).toMatchObject({ disk: 2, partition: 4, free: 0, images: [] })
    expect(cache()?.problem).toContain('e2fsck')
    expect((await fake.outcome(fake.run({ kind: 'formatCache' }))).code).toBe(RESULT.ok)
    expect(cache()?.problem).toBeUndefined()
    expect(cache()?.free).toBeGreaterThan(300 * MIB)
  })
})
