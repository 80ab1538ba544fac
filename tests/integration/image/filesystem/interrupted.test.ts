import { spawn } from 'node:child_process'
import { access, chmod, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Filesystem } from '#shared/domain/disk.ts'
import { growTarget, prepareSource, runCommand, type Argv, type PrepareOptions } from '#image/index.ts'
import { readHead, withBlockDevice } from '#image/filesystem/block-device.ts'
import { bringBack } from '#image/filesystem/bring-back.ts'
import { familyOf } from '#image/filesystem/families.ts'
import { SECTOR } from '#image/filesystem/shrink-mark.ts'
import { findMark, settleMark } from '#image/filesystem/shrink-marks.ts'
import { sweepMounts } from '#image/filesystem/sweep-mounts.ts'
import { Bench, describeFiles, fill, NTFS, type MountCommand } from '../support.ts'

const MB = 1024 ** 2
const SIZE = 1000 * MB

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

interface Case { filesystem: Filesystem; make: Argv; check: Argv; mount?: MountCommand }

const CASES: Case[] = [
  { filesystem: 'ext4', make: ['mkfs.ext4', '-q', '-F'], check: ['e2fsck', '-fn'] },
  { filesystem: 'ntfs', make: ['mkfs.ntfs', '-q', '-Q', '-F'], check: ['ntfsfix', '-n'], mount: NTFS },
  { filesystem: 'btrfs', make: ['mkfs.btrfs', '-q'], check: ['btrfs', 'check', '--readonly'] },
]
const [EXT4] = CASES

const BOTH = { clean: true, shrink: true }

async function made({ filesystem, make, mount }: Case): Promise<{ path: string; filesystem: Filesystem; before: number; files: string }> {
  const path = await bench.empty('source', SIZE)
  await runCommand([...make, path])
  await bench.mounted(path, (folder) => fill(folder, 8), mount)
  return { path, filesystem, before: await sizeOf(path, filesystem), files: await describeWithoutTimes(path, mount) }
}

const sizeOf = async (path: string, filesystem: Filesystem): Promise<number> => familyOf(filesystem)!.size(await readHead(path))

async function describeWithoutTimes(path: string, mount?: MountCommand): Promise<string> {
  return (await bench.mounted(path, describeFiles, mount)).replaceAll(/^(\S.* d \d+ .*) \d+\.\d+ $/gm, '$1')
}

async function expectWhole(one: Awaited<ReturnType<typeof made>>, { check, mount }: Case): Promise<void> {
  expect(await sizeOf(one.path, one.filesystem)).toBe(one.before)
  await runCommand([...check, one.path])
  expect(await describeWithoutTimes(one.path, mount)).toBe(one.files)
  expect((await runCommand(['losetup', '--associated', one.path])).stdout).toBe('')
  expect(await findMark(one)).toBeUndefined()
}

/** Runs prepare-and-wait.ts until it says `line`, and `longer`, and kills it as the kernel does when memory ends. */
async function killAt(path: string, filesystem: Filesystem, line: string, longer?: () => Promise<unknown>): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'prepare-and-wait.ts'), path, filesystem], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.on('close', resolve))
  for await (const said of createInterface(child.stdout)) if (said === line) break
  await longer?.()
  child.kill('SIGKILL')
  await ended
  // What it had started goes on: a tool that moves blocks is not cut short by the death of who started it.
  while ((await runCommand(['losetup', '--associated', path])).stdout !== '') {
    await sleep(100)
    await sweepMounts()
  }
}

async function exists(path: string): Promise<void> {
  while (!await access(path).then(() => true, () => false)) await sleep(20)
}

describe.each(CASES)('a $filesystem', (one) => {
  test('gets its size back when it is released, once or twice', async () => {
    const source = await made(one)
    const prepared = await prepareSource(source, BOTH)
    expect(prepared.minimumSize).toBeLessThan(SIZE / 2)
    expect(await sizeOf(source.path, one.filesystem)).toBe(prepared.minimumSize)
    await prepared.release()
    await prepared.release()
    await expectWhole(source, one)
  })

  test('gets its size back when preparing is aborted, at any step', async () => {
    const source = await made(one)
    for (const step of ['clean 0', 'clean 1', 'shrink 0', 'shrink 1']) {
      const abort = new AbortController()
      const onProgress: PrepareOptions['onProgress'] = ({ phase, done }) => {
        if (`${phase} ${done}` === step) abort.abort()
      }
      const preparing = prepareSource(source, { ...BOTH, signal: abort.signal, onProgress })
      await expect(preparing).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
      await expectWhole(source, one)
    }
  })

  test('that a killed process left small is brought back by the next capture, by growing it, and by asking for it', async () => {
    const source = await made(one)
    const ways = [
      async () => (await prepareSource(source, BOTH)).release(),
      () => growTarget({ ...source, sourceSize: SIZE }),
      async () => expect(await bringBack(source)).toMatchObject({ kind: 'broughtBack', path: source.path, to: source.before }),
    ]
    for (const way of ways) {
      await killAt(source.path, source.filesystem, 'prepared')
      expect(await sizeOf(source.path, source.filesystem)).toBeLessThan(SIZE / 2)
      await way()
      await expectWhole(source, one)
    }
  })

  test('is whole when its process is killed while the tool works', async () => {
    const source = await made(one)
    expect.hasAssertions()
    for (const milliseconds of [0, 150]) {
      await killAt(source.path, source.filesystem, 'shrink 0', () => sleep(milliseconds))
      await bringBack(source)
      await expectWhole(source, one)
    }
  })

  test('that its owner made small stays so: no mark says otherwise', async () => {
    const source = await made(one)
    await withBlockDevice(source.path, (device) => familyOf(one.filesystem)!.shrinking!.shrink(device, () => SIZE / 2, {}))
    const small = { ...source, before: SIZE / 2 }
    expect(await sizeOf(source.path, one.filesystem)).toBeLessThanOrEqual(SIZE / 2)
    expect(await bringBack(source)).toBeUndefined()
    await (await prepareSource(source, BOTH)).release()
    await expectWhole({ ...small, before: await sizeOf(source.path, one.filesystem) }, one)
    expect(await sizeOf(source.path, one.filesystem)).toBeLessThanOrEqual(SIZE / 2)
  })
})

test('a mount that a killed process left behind is taken away by the next capture', async () => {
  const source = await made(EXT4!)
  await runCommand(['mkdir', '-p', '/tmp/clonaula-mount-4194305-left'])
  const device = await bench.loop(source.path)
  await runCommand(['mount', device, '/tmp/clonaula-mount-4194305-left'])
  await (await prepareSource({ ...source, path: device }, BOTH)).release()
  expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain('clonaula-mount-')
})

const PATH = process.env['PATH']
afterEach(() => {
  process.env['PATH'] = PATH
})

/** Has a script run in place of a program; in it, `real` is the program. */
async function replace(program: string, script: string): Promise<void> {
  const folder = join(bench.folder, 'bin')
  await mkdir(folder, { recursive: true })
  const real = (await runCommand(['sh', '-c', `command -v ${program}`])).stdout.trim()
  await writeFile(join(folder, program), `#!/bin/sh\nreal=${real}\n${script}\n`)
  await chmod(join(folder, program), 0o755)
  process.env['PATH'] = `${folder}:${PATH}`
}

/** Holds its device open, as the tool does, and says that it began. */
const SLOWLY = 'for word; do [ -b "$word" ] && exec 3<"$word"; done; touch "$0.begun"; sleep 1'

test.each<[string, Case, string]>([
  ['resize2fs', CASES[0]!, `[ "$1" = -P ] || { ${SLOWLY}; }; exec $real "$@"`],
  ['ntfsresize', CASES[1]!, `case "$*" in *--force*--force*) ${SLOWLY};; esac; exec $real "$@"`],
])('%s ends its work when the process that started it is killed', async (program, one, script) => {
  const source = await made(one)
  await replace(program, script)
  await killAt(source.path, source.filesystem, 'shrink 0', () => exists(join(bench.folder, 'bin', `${program}.begun`)))
  process.env['PATH'] = PATH
  expect(await sizeOf(source.path, source.filesystem)).toBeLessThan(SIZE / 2)
  await bringBack(source)
  await expectWhole(source, one)
})

test.each<[string, Case, string]>([
  ['resize2fs', CASES[0]!, SLOWLY],
  ['ntfsresize', CASES[1]!, `case "$*" in *--force*--force*) ${SLOWLY};; esac; exec $real "$@"`],
])('who brings a filesystem back waits for a %s that is still at work', async (program, one, script) => {
  const source = await made(one)
  const device = await bench.loop(source.path)
  await killAt(device, source.filesystem, 'prepared')
  await replace(program, `${script}; exec $real "$@"`)
  const growing = spawn(process.execPath, [join(import.meta.dirname, 'bring-back.ts'), device, source.filesystem], { stdio: 'inherit' })
  await exists(join(bench.folder, 'bin', `${program}.begun`))
  growing.kill('SIGKILL')
  process.env['PATH'] = PATH
  expect(await findMark({ ...source, path: device })).toMatchObject({ resizing: true, size: source.before })
  await bringBack({ ...source, path: device })
  expect(await sizeOf(device, source.filesystem)).toBe(source.before)
  await runCommand([...one.check, device])
  expect(await findMark({ ...source, path: device })).toBeUndefined()
})

test('Windows that has used a volume since it was left small, and wants to check it, is let to', async () => {
  const ntfs = CASES[1]!
  const source = await made(ntfs)
  await killAt(source.path, source.filesystem, 'prepared')
  const small = await sizeOf(source.path, source.filesystem)
  await withBlockDevice(source.path, (device) => runCommand(['ntfsresize', '--force', '--force', '--no-progress-bar', '--size', String(small - MB), device]))
  // It is dirty now, as by Windows; and the mark is where it is small.
  await withBlockDevice(source.path, (device) => settleMark(device, familyOf('ntfs')!, source.before))
  await expect(bringBack(source)).rejects.toThrow(expect.objectContaining({ code: 100 }))
  await runCommand(['ntfsfix', '--clear-dirty', source.path])
  expect(await bringBack(source)).toMatchObject({ to: source.before })
  await expectWhole(source, ntfs)
})

describe('tools that fail', () => {
  test('a shrink that fails leaves a source that is whole, and is said', async () => {
    const source = await made(EXT4!)
    await replace('resize2fs', '[ "$1" = -P ] && exec $real "$@"; echo "No luck" >&2; exit 1')
    const prepared = await prepareSource(source, BOTH)
    expect(prepared.notes).toContainEqual({
      kind: 'notShrunk', path: source.path, why: 'failed', problem: expect.stringContaining('No luck'),
    })
    expect(prepared.minimumSize).toBeUndefined()
    await prepared.release()
    await expectWhole(source, EXT4!)
  })

  test('a shrink that damages its source ends with 17', async () => {
    const source = await made(EXT4!)
    await replace('resize2fs', '[ "$1" = -P ] && exec $real "$@"; exit 1')
    await replace('e2fsck', 'echo . >> "$0.count"; [ $(wc -l < "$0.count") -gt 1 ] && exit 4; exec $real "$@"')
    await expect(prepareSource(source, BOTH)).rejects.toThrow(expect.objectContaining({ code: 17 }))
  })

  test('a size that could not be given back is tried again', async () => {
    const source = await made(EXT4!)
    const prepared = await prepareSource(source, BOTH)
    await replace('resize2fs', 'exit 1')
    await expect(prepared.release()).rejects.toThrow(expect.objectContaining({ code: 18 }))
    process.env['PATH'] = PATH
    await prepared.release()
    await expectWhole(source, EXT4!)
  })

  test('a target that cannot be grown ends with 18, one that is damaged with 20', async () => {
    const source = await made(EXT4!)
    await runCommand(['truncate', '--size', '+100M', source.path])
    await replace('resize2fs', 'exit 1')
    await expect(growTarget({ ...source, sourceSize: SIZE })).rejects.toThrow(expect.objectContaining({ code: 18 }))
    await replace('e2fsck', 'exit 4')
    await expect(growTarget({ ...source, sourceSize: SIZE })).rejects.toThrow(expect.objectContaining({ code: 20 }))
  })
})

test('what has no place for the mark is not shrunk, and keeps what is there', async () => {
  const source = await made(EXT4!)
  await using file = await open(source.path, 'r+')
  const loader = Buffer.alloc(SECTOR, 0x90)
  const places = familyOf('ext4')!.shrinking!.unused(await readHead(source.path))
  for (const place of places) await file.write(loader, 0, SECTOR, place)
  const prepared = await prepareSource(source, BOTH)
  expect(prepared.notes).toContainEqual({ kind: 'notShrunk', path: source.path, why: 'noPlace' })
  await prepared.release()
  for (const place of places) expect((await file.read(Buffer.alloc(SECTOR), 0, SECTOR, place)).buffer).toEqual(loader)
  await expectWhole(source, EXT4!)
})

describe('a source that must not be touched', () => {
  test('because it is mounted', async () => {
    const source = await made(EXT4!)
    await bench.mounted(source.path, async () => {
      await expect(prepareSource(source, BOTH)).rejects.toThrow(expect.objectContaining({ code: 111 }))
    })
    const device = await bench.loop(source.path)
    await bench.mounted(device, async () => {
      await expect(prepareSource({ ...source, path: device }, BOTH)).rejects.toThrow(expect.objectContaining({ code: 111 }))
    }, ['mount'])
  })

  test('because it was not unmounted', async () => {
    const source = await made(EXT4!)
    await using file = await open(source.path, 'r+')
    await file.write(Buffer.of(0), 0, 1, 1024 + 0x3a) // s_state: neither clean nor with errors
    await expect(prepareSource(source, BOTH)).rejects.toThrow(expect.objectContaining({ code: 100 }))
  })
})
