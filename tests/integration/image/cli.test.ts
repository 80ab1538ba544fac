import { copyFile, mkdir, open, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from '#image/index.ts'
import { LoopDisk, MIB } from '../agent/loop-disk.ts'
import { clonaula, done, start } from './clonaula.ts'
import { Bench, describeFiles, fillUnix, noise } from './support.ts'

let bench: Bench
let repo: string
beforeEach(async () => {
  bench = await Bench.open()
  repo = join(bench.folder, 'images')
})
afterEach(async () => {
  await bench.close()
})

const capture = (...args: string[]) => done('capture', '--repo', repo, ...args)
const restore = (...args: string[]) => done('restore', '--repo', repo, ...args)
const figure = (result: Record<string, unknown>, name: string): number => (result['figures'] as Record<string, number>)[name] ?? Number.NaN

async function ext4(name: string, size: number): Promise<string> {
  const path = await bench.empty(name, size)
  await runCommand(['mkfs.ext4', '-q', '-F', '-L', 'datos', path])
  await bench.mounted(path, fillUnix)
  return path
}

/** All but the times of folders, which resize2fs touches. */
async function contents(folder: string): Promise<string> {
  return (await describeFiles(folder)).replaceAll(/^(\S+(?: \S+)* d \d+ .*) \d+\.\d+ $/gm, '$1')
}

const READ_ONLY: [string, ...string[]] = ['mount', '-o', 'loop,ro']

async function extBlocks(path: string): Promise<string | undefined> {
  return /^Block count:\s+(\d+)/m.exec((await runCommand(['dumpe2fs', '-h', path])).stdout)?.[1]
}

async function packs(): Promise<number> {
  const names = await readdir(join(repo, 'packs'), { recursive: true }).catch(() => [])
  return names.filter((name) => name.endsWith('.pack')).length
}

async function until(happened: () => Promise<boolean>): Promise<void> {
  while (!await happened()) await sleep(10)
}

describe('a filesystem', () => {
  test('in a file goes into a smaller file, and the source is as it was', async () => {
    const source = await ext4('source', 400 * MIB)
    const blocks = await extBlocks(source)
    const expected = await bench.mounted(source, contents, READ_ONLY)
    const captured = await capture('--name', 'debian', '--no-clean', source)
    expect(captured).toMatchObject({ image: 'debian', revision: 1, incomplete: 0, volumes: [{ filesystem: 'ext4', label: 'datos', mode: 'used' }] })
    expect(await bench.mounted(source, contents, READ_ONLY)).toBe(expected)
    expect(await extBlocks(source)).toBe(blocks)

    const target = join(bench.folder, 'target')
    await restore('debian', target, '--size', '120M', '--verify')
    expect((await stat(target)).size).toBe(120 * MIB)
    await runCommand(['e2fsck', '-fn', target])
    expect(await extBlocks(target)).toBe(String(Number(blocks) * 120 / 400))
    expect(await bench.mounted(target, contents, READ_ONLY)).toBe(expected)
  })

  test('on a device makes a second revision that stores only what changed', async () => {
    const source = await ext4('source', 200 * MIB)
    const first = await capture('--name', 'debian', '--mode', 'used', await bench.loop(source))
    await bench.mounted(source, (folder) => writeFile(join(folder, 'new'), noise('new', 2 * MIB)))
    const second = await capture('--name', 'debian', '--parent', 'debian@1', '--mode', 'used', '--description', 'with new', source)
    expect(second).toMatchObject({ revision: 2, parent: { image: 'debian', revision: 1 } })
    expect(figure(second, 'newBytes')).toBeGreaterThan(2 * MIB)
    expect(figure(second, 'newBytes')).toBeLessThan(figure(first, 'newBytes') / 2)
    const target = await bench.empty('target', 200 * MIB)
    expect(await restore('debian@1', await bench.loop(target))).toMatchObject({ revision: 1, erased: [] })
    await bench.mounted(target, async (folder) => expect(await readdir(folder)).not.toContain('new'), READ_ONLY)
  })
})

describe('what a person may choose', () => {
  test('--no-clean, --no-shrink and --no-grow: what is temporary, the least that a target may have, and what it gets', async () => {
    const source = await ext4('source', 200 * MIB)
    await bench.mounted(source, async (folder) => {
      for (const path of ['usr/lib', 'etc', 'tmp/deep']) await mkdir(join(folder, path), { recursive: true })
      await writeFile(join(folder, 'usr/lib/os-release'), 'NAME=Debian')
      await writeFile(join(folder, 'etc/fstab'), '/swapfile none swap sw 0 0\n')
      await writeFile(join(folder, 'tmp/deep/file'), noise('tmp', 2 * MIB))
      await writeFile(join(folder, 'swapfile'), noise('swapped out', 8 * MIB))
      await runCommand(['mkswap', '-q', join(folder, 'swapfile')])
    })
    const swappedOut = async (folder: string): Promise<boolean> => (await readFile(join(folder, 'swapfile'))).subarray(4096).some((byte) => byte !== 0)

    await capture('--name', 'debian', '--no-clean', source)
    await capture('--name', 'debian', '--no-shrink', source)
    const minimum = ({ volumes: [volume] }: { volumes: { minimumSize: number }[] }): number => volume!.minimumSize
    const [first, second] = await done<{ volumes: { minimumSize: number }[] }[]>('list', '--repo', repo)
    expect(minimum(first!)).toBeLessThan(110 * MIB)
    expect(minimum(second!)).toBe(200 * MIB)

    const target = join(bench.folder, 'target')
    expect(await clonaula('restore', '--repo', repo, 'debian@2', target, '--size', '120M')).toMatchObject({ code: 30 })
    await restore('debian@1', target, '--size', '120M', '--no-grow')
    expect(Number(await extBlocks(target)) * 1024).toBe(minimum(first!))
    await bench.mounted(target, async (folder) => {
      expect(await readFile(join(folder, 'tmp/deep/file'))).toEqual(noise('tmp', 2 * MIB))
      expect(await swappedOut(folder)).toBe(true)
    }, READ_ONLY)
    await restore('debian@2', target, '--size', '300M')
    expect(Number(await extBlocks(target)) * 1024).toBe(300 * MIB)
    await bench.mounted(target, async (folder) => {
      expect(await readdir(join(folder, 'tmp'))).toEqual([])
      expect(await swappedOut(folder)).toBe(false)
    }, READ_ONLY)
  })

  test('--delta, --verify and --discard: what is written, read back and given back', async () => {
    await capture('--name', 'debian', '--mode', 'used', await ext4('source', 96 * MIB))
    const file = join(bench.folder, 'target')
    await writeFile(file, Buffer.alloc(96 * MIB, 0xff))
    const device = await bench.loop(file)
    const figures = async (...args: string[]) => (await restore('debian', device, ...args))['figures'] as Record<string, number>
    const stored = async (): Promise<number> => {
      await runCommand(['sync', file])
      return (await stat(file)).blocks * 512
    }

    const fresh = await figures()
    expect(fresh).toMatchObject({ bytesRead: 0, bytesKept: 0, bytesDiscarded: 0 })
    expect(fresh['bytesWritten']).toBeGreaterThan(18 * MIB)
    expect(await stored()).toBeGreaterThanOrEqual(96 * MIB)

    const disk = await open(device, 'r+')
    await disk.write(noise('damage', 64 * 1024), 0, 64 * 1024, (await readFile(device)).indexOf(noise('l1', 64 * 1024)))
    await disk.close()
    const delta = await figures('--delta')
    expect(delta['bytesWritten']).toBeGreaterThanOrEqual(64 * 1024)
    expect(delta['bytesWritten']).toBeLessThan(2 * MIB)
    expect(delta['bytesWritten']! + delta['bytesKept']!).toBe(fresh['bytesWritten'])
    expect((await readFile(device)).includes(noise('l1', 64 * 1024))).toBe(true)

    const verified = await figures('--verify', '--discard')
    expect(verified).toMatchObject({ bytesRead: fresh['bytesWritten'], bytesWritten: fresh['bytesWritten'], bytesKept: 0, undiscarded: [] })
    expect(verified['bytesDiscarded']).toBeGreaterThan(30 * MIB)
    expect(await stored()).toBeLessThanOrEqual(97 * MIB - verified['bytesDiscarded']!)
    await runCommand(['e2fsck', '-fn', device])
  })
})

describe('a whole disk', () => {
  const GPT = (device: string): string => `
label: gpt
label-id: 11111111-2222-4333-8444-555555555555
first-lba: 34
${device}p1 : start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, name="BIOS boot"
${device}p3 : start=4096, size=40960, type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F
${device}p4 : start=45056, size=409600, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="raíz"
`
  const MBR = (device: string): string => `
label: dos
label-id: 0xdeadbeef
${device}p1 : start=2048, size=204800, type=83, bootable
${device}p2 : start=206848, size=409600, type=5
${device}p5 : start=208896, size=20480, type=82
${device}p6 : start=231424, size=385024, type=83
`
  const SWAP_UUID = '99999999-8888-4777-8666-555555555555'

  async function makeDisk(size: number, script: (device: string) => string, parts: { swap: number; roots: readonly number[] }): Promise<LoopDisk> {
    const disk = await LoopDisk.create(size)
    bench.defer(() => disk[Symbol.asyncDispose]())
    await disk.table(script(disk.device))
    await disk.write(undefined, 0, noise('boot code', 440))
    await runCommand(['mkswap', '--uuid', SWAP_UUID, '--label', 'swap', disk.partition(parts.swap)])
    for (const root of parts.roots) {
      await runCommand(['mkfs.ext4', '-q', '-L', `root${root}`, disk.partition(root)])
      await disk.mounted(root, fillUnix)
    }
    return disk
  }

  async function emptyDisk(size: number): Promise<LoopDisk> {
    const disk = await LoopDisk.create(size)
    bench.defer(async () => {
      await runCommand(['partx', '--delete', disk.device], { accept: [0, 1] })
      await disk[Symbol.asyncDispose]()
    })
    return disk
  }

  const identity = async (disk: string): Promise<string[]> => (await runCommand(['sfdisk', '--dump', disk])).stdout
    .split('\n').filter((line) => !line.startsWith('device:') && !line.startsWith('last-lba')).map((line) => line.replace(disk, 'disk').replace(/size= *\d+/, ''))

  test('with GPT goes to a larger one, and one partition of it to another', async () => {
    const source = await makeDisk(240 * MIB, GPT, { swap: 3, roots: [4] })
    const expected = await source.mounted(4, contents, 'ro')
    const captured = await capture('--name', 'pc', '--no-clean', source.device)
    expect((captured['volumes'] as { number: number }[]).map(({ number }) => number)).toEqual([0, 1, 3, 4])
    expect(await source.mounted(4, contents, 'ro')).toBe(expected)

    const target = await emptyDisk(400 * MIB)
    expect(await restore('pc', target.device)).toMatchObject({ volumes: [1, 3, 4], erased: [] })
    expect(await identity(target.device)).toEqual(await identity(source.device))
    expect(await target.bytes(undefined, 0, 440)).toEqual(noise('boot code', 440))
    expect(await target.mounted(4, contents, 'ro')).toBe(expected)
    await runCommand(['e2fsck', '-fn', target.partition(4)])
    expect(Number(await extBlocks(target.partition(4))) * 1024).toBe((399 - 22) * MIB)
    expect((await runCommand(['blkid', '-p', '-o', 'value', '-s', 'UUID', target.partition(3)])).stdout.trim()).toBe(SWAP_UUID)

    const file = join(bench.folder, 'partition')
    await restore('pc', file, '--partition', '4')
    expect(await bench.mounted(file, contents, READ_ONLY)).toBe(expected)
    expect(await restore('pc', target.partition(4), '--partition', '4', '--delta')).toMatchObject({
      erased: [{ path: target.partition(4), filesystem: 'ext4', label: 'root4' }],
    })
    expect(await target.mounted(4, contents, 'ro')).toBe(expected)
  })

  test('with MBR and logical partitions, in a file, goes into a new file', async () => {
    const made = await makeDisk(320 * MIB, MBR, { swap: 5, roots: [1, 6] })
    const expected = await made.mounted(6, contents, 'ro')
    const source = join(bench.folder, 'disk.img')
    await copyFile(made.file, source)
    const captured = await capture('--name', 'old', '--no-clean', source)
    expect((captured['volumes'] as { number: number }[]).map(({ number }) => number)).toEqual([0, 1, 5, 6])

    const target = join(bench.folder, 'copy.img')
    await restore('old', target, '--verify')
    expect((await stat(target)).size).toBe(320 * MIB)
    expect(await identity(target)).toEqual(await identity(source))
    const copy = await emptyDisk(320 * MIB)
    await copyFile(target, copy.file)
    await runCommand(['blockdev', '--flushbufs', copy.device])
    await runCommand(['partx', '--add', copy.device])
    for (const root of [1, 6]) await runCommand(['e2fsck', '-fn', copy.partition(root)])
    expect(await copy.mounted(6, contents, 'ro')).toBe(expected)
    const lastPage = (await copy.bytes(5, 1028, 4)).readUInt32LE() // of the swap area's header (mm/swapfile.c)
    expect((lastPage + 1) * 4096).toBe(10 * MIB)
    expect((await runCommand(['losetup', '--list', '--noheadings', '--output', 'BACK-FILE'])).stdout).not.toContain(bench.folder)
  })
})

describe('what goes wrong', () => {
  test('has the result’s code', async () => {
    const source = await ext4('source', 64 * MIB)
    const device = await bench.loop(source)
    await capture('--name', 'debian', '--no-shrink', '--no-clean', source)
    const folder = join(bench.folder, 'used')
    await mkdir(folder)
    const disk = await LoopDisk.create(100 * MIB)
    bench.defer(() => disk[Symbol.asyncDispose]())
    await disk.table('label: gpt\n,20M\n')
    await runCommand(['mount', device, folder])
    bench.defer(() => runCommand(['umount', folder]))
    const all = ['--repo', repo]
    const nowhere = join(bench.folder, 'nowhere')
    const cases: [number, ...string[]][] = [
      [111, 'capture', ...all, '--name', 'mounted', device],
      [111, 'restore', ...all, 'debian', device],
      [111, 'restore', ...all, 'debian', source], // its loop device is mounted
      [2, 'restore', ...all, 'nothing', device],
      [2, 'restore', ...all, 'debian@9', device],
      [2, 'restore', '--repo', nowhere, 'debian', device],
      [30, 'restore', ...all, 'debian', disk.partition(1)],
      [120, 'restore', ...all, 'debian', disk.device],
      [2, 'restore', ...all, 'debian', '/dev/none'],
      [2, 'capture', ...all, '--name', 'missing', join(bench.folder, 'none')],
      [112, 'capture', ...all, '--name', 'folder', bench.folder],
    ]
    for (const [code, ...args] of cases) expect({ args, code: (await clonaula(...args)).code }).toEqual({ args, code })
    await expect(stat(join(bench.folder, 'nowhere'))).rejects.toThrow('ENOENT')
  })

  test('a medium that cannot be read fails with the place, or gives an image that says that it is incomplete', async () => {
    const path = join(bench.folder, 'medium')
    await writeFile(path, noise('medium', 8 * MIB))
    const device = await bench.loop(path)
    await truncate(path, 6 * MIB) // from here on the loop device gives EIO
    const failed = await clonaula('capture', '--repo', repo, '--name', 'bad', device)
    expect(failed).toMatchObject({ code: 108 })
    expect(failed.err).toContain(device)
    expect(failed.err).toContain(String(6 * MIB))

    const captured = await capture('--name', 'bad', '--on-error', 'skip', device)
    expect(captured).toMatchObject({
      incomplete: 2 * MIB, volumes: [{ incomplete: { bytes: 2 * MIB, ranges: [{ offset: 6 * MIB, length: 2 * MIB }] } }],
    })
    const target = join(bench.folder, 'target')
    const restored = await clonaula('restore', '--repo', repo, 'bad', target)
    expect(restored.out).toContain('INCOMPLETE')
    const bytes = await readFile(target)
    expect(bytes.subarray(0, 6 * MIB).equals(noise('medium', 8 * MIB).subarray(0, 6 * MIB))).toBe(true)
    expect(bytes.subarray(6 * MIB).every((byte) => byte === 0)).toBe(true)
  })

  test('a repository that is full at whatever byte publishes nothing, and the source is as it was', async () => {
    const source = await ext4('source', 200 * MIB)
    const blocks = await extBlocks(source)
    await mkdir(repo)
    for (const size of ['16k', '1m', '9m', '17m']) {
      await runCommand(['mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', repo])
      // Shrinking takes longer than all else: once is enough to see that the source gets its size back.
      expect(await clonaula('capture', '--repo', repo, '--name', 'full', ...(size === '9m' ? [] : ['--mode', 'used']), source)).toMatchObject({ code: 16 })
      const left = await readdir(repo, { recursive: true })
      expect(left.filter((name) => /^(images|manifests|tmp)\//.test(name))).toEqual([])
      await runCommand(['umount', repo])
      expect(await extBlocks(source)).toBe(blocks)
    }
    await capture('--name', 'full', source)
  })
})

describe('Ctrl-C', () => {
  test('while capturing brings the source back to its size, and the next capture finds what was stored', async () => {
    const source = await bench.empty('source', 600 * MIB)
    await runCommand(['mkfs.ext4', '-q', '-F', source])
    await bench.mounted(source, async (folder) => {
      for (let at = 0; at < 12; at += 1) await writeFile(join(folder, `${at}`), noise(`${at}`, 20 * MIB))
    })
    const blocks = await extBlocks(source)
    const running = start('capture', '--repo', repo, '--name', 'debian', source)
    await until(async () => await packs() >= 2)
    running.signal('SIGINT')
    expect(await running.ended).toMatchObject({ code: 106 })
    expect(await extBlocks(source)).toBe(blocks)
    await runCommand(['e2fsck', '-fn', source])
    expect(await readdir(join(repo, 'images'))).toEqual([])

    const stored = await packs()
    const captured = await capture('--name', 'debian', source)
    expect(figure(captured, 'newBytes')).toBeLessThan(figure(captured, 'bytesRead') - (stored - 1) * 15 * MIB)
  })

  /** Kills a capture, as a power cut ends it, when its source is small. */
  async function killedCapture(source: string): Promise<void> {
    const running = start('capture', '--repo', repo, '--name', 'killed', source)
    await until(async () => running.said().includes('shrunk from'))
    running.signal('SIGKILL')
    await running.ended
    await until(async () => (await runCommand(['losetup', '--associated', source])).stdout === '')
  }

  test('is not what ends a process that is killed: its source is brought back by `release`, and by a capture in any mode', async () => {
    const source = await ext4('source', 200 * MIB)
    const blocks = await extBlocks(source)
    await capture('--name', 'debian', source)
    await killedCapture(source)
    expect(Number(await extBlocks(source))).toBeLessThan(Number(blocks) / 2)
    expect(await done('release', source)).toMatchObject({ notes: [{ kind: 'broughtBack', path: source, to: 200 * MIB }] })
    expect(await extBlocks(source)).toBe(blocks)
    expect((await clonaula('release', source)).out).toContain('nothing to give back')

    await killedCapture(source)
    expect(await capture('--name', 'debian', '--mode', 'used', source)).toMatchObject({ notes: [{ kind: 'broughtBack' }] })
    expect(await extBlocks(source)).toBe(blocks)
    await runCommand(['e2fsck', '-fn', source])

    await killedCapture(source)
    await restore('debian@1', source, '--no-grow')
    expect(Number(await extBlocks(source))).toBeLessThan(Number(blocks) / 2)
    expect(await done('release', source)).toMatchObject({ notes: [] })
  })

  test('nor is a disk in a file left as it was killed', async () => {
    const disk = await bench.empty('disk', 300 * MIB)
    await runCommand(['sfdisk', '--quiet', disk], { stdin: 'label: gpt\nstart=2048, size=200M\nsize=90M\n' })
    const device = (await runCommand(['losetup', '--find', '--show', '--partscan', disk])).stdout.trim()
    await runCommand(['partx', '--add', device], { accept: [0, 1] })
    await runCommand(['mkfs.ext4', '-q', `${device}p1`])
    await runCommand(['partx', '--delete', device])
    await runCommand(['losetup', '--detach', device])
    await killedCapture(disk)
    expect(await done('release', disk)).toMatchObject({ notes: [{ kind: 'broughtBack', to: 200 * MIB }] })
    expect(await done('release', disk)).toMatchObject({ notes: [] })
  })

  test('while restoring leaves what the same command goes on with', async () => {
    const source = join(bench.folder, 'source')
    const file = await open(source, 'w')
    for (let at = 0; at < 16; at += 1) await file.write(noise(`${at}`, 20 * MIB))
    await file.close()
    await capture('--name', 'big', '--mode', 'sector', source)
    const target = await bench.empty('target', 320 * MIB)
    const running = start('restore', '--repo', repo, 'big', target)
    await until(async () => (await stat(target)).blocks * 512 > 48 * MIB)
    running.signal('SIGINT')
    expect(await running.ended).toMatchObject({ code: 106 })
    const restored = await restore('big', target)
    expect(figure(restored, 'bytesReceived')).toBeLessThan(300 * MIB)
    await runCommand(['cmp', source, target])
  })
})
