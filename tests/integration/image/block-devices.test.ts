import { writeSync } from 'node:fs'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ClonaulaError } from '#shared/domain/errors.ts'
import { captureVolumes, deviceSize, restoreVolumes, runCommand, type CaptureVolume } from '#image/index.ts'
import { clonaula } from './clonaula.ts'
import { faultyDisk, type FaultyDisk } from './faulty-disk.ts'
import { Bench, describeTree, fillUnix, noise } from './support.ts'

const MB = 1024 * 1024
const failing = (code: number) => expect.objectContaining({ name: 'ClonaulaError', code })

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

async function ext4Device(name: string, size: number): Promise<string> {
  const path = await bench.empty(name, size)
  await runCommand(['mkfs.ext4', '-q', '-F', path])
  return bench.loop(path)
}

async function mountHere(device: string, name: string): Promise<string> {
  const folder = join(bench.folder, name)
  await mkdir(folder)
  await runCommand(['mount', device, folder])
  bench.defer(() => runCommand(['umount', folder]))
  return folder
}

test('a block device has the size that the kernel gives it', async () => {
  const device = await bench.loop(await bench.empty('odd', 10 * MB + 512))
  expect(await deviceSize(device)).toBe(10 * MB + 512)
})

test('a partition goes from device to device, read back from the medium', async () => {
  const path = await bench.empty('source', 128 * MB)
  await runCommand(['mkfs.ext4', '-q', '-F', path])
  await bench.mounted(path, fillUnix)
  const expected = await bench.mounted(path, describeTree)
  const { manifest } = await bench.capture(await bench.loop(path), 'ext4')
  const targetPath = await bench.empty('target', 160 * MB)
  const target = await bench.loop(targetPath)
  await restoreVolumes({ manifest, volumes: [{ number: 1, path: target }], source: bench.store, verify: true })
  await runCommand(['e2fsck', '-fn', target])
  expect(await bench.mounted(targetPath, describeTree)).toBe(expected)
})

test('a mounted partition is neither captured nor restored to', async () => {
  const device = await ext4Device('mounted', 64 * MB)
  const { manifest } = await bench.capture(device, 'ext4')
  await mountHere(device, 'used')
  await expect(bench.capture(device, 'ext4')).rejects.toThrow(failing(111))
  await expect(restoreVolumes({ manifest, volumes: [{ number: 1, path: device }], source: bench.store })).rejects.toThrow(failing(111))
})

describe('a device that is written to while it is read', () => {
  /** Captures, and has a page in its middle written when its reading begins; whoever writes need not wait until it is on the medium. */
  async function captureWhileWritten(device: string, volume: Pick<CaptureVolume, 'number' | 'areas'>): Promise<unknown> {
    await using file = await open(device, 'r+')
    return await captureVolumes({
      volumes: [{ ...volume, path: device, filesystem: 'unknown', mode: 'sector' }], creator: 'test', source: 'test', store: bench.store,
      onProgress: ({ phase, done }) => {
        if (phase === 'capture' && done === 0) writeSync(file.fd, noise('written', 4096), 0, 4096, 16 * MB)
      },
    })
  }

  test('gives no image', async () => {
    const device = await bench.loop(await bench.empty('source', 32 * MB))
    await expect(captureWhileWritten(device, { number: 1 })).rejects.toThrow(failing(122))
    // What was written before, and is not on the medium yet, is no change.
    await using file = await open(device, 'r+')
    await file.write(noise('before', MB), 0, MB, 20 * MB)
    await expect(bench.capture(device, 'unknown')).resolves.toMatchObject({ figures: { bytesRead: 32 * MB } })
  })

  test('gives one when it is a disk of which only the boot areas are read: its partitions may be in use', async () => {
    const device = await bench.loop(await bench.empty('source', 32 * MB))
    await expect(captureWhileWritten(device, { number: 0, areas: [{ offset: 0, length: 440 }] })).resolves.toMatchObject({ figures: { bytesRead: 440 } })
  })
})

test('a medium that cannot be written is code 108, and never a success', async () => {
  const source = join(bench.folder, 'source')
  await runCommand(['dd', `of=${source}`, 'status=none'], { stdin: noise('full', 8 * MB) })
  const { manifest } = await captureVolumes({
    volumes: [{ number: 1, path: source, filesystem: 'unknown', mode: 'sector' }], creator: 'test', source: 'test', store: bench.store,
  })
  const folder = join(bench.folder, 'tiny')
  await mkdir(folder)
  await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder])
  bench.defer(() => runCommand(['umount', folder]))
  const target = await bench.empty('tiny/target', 8 * MB)
  await expect(restoreVolumes({ manifest, volumes: [{ number: 1, path: target }], source: bench.store })).rejects.toThrow(failing(108))
})

describe('a medium with bad places', () => {
  const SIZE = 48 * MB
  const BAD = 30 * MB
  const content = noise('content', SIZE)

  /** An image of `content`, and an empty disk that it is to go to. */
  async function imageAndDisk(): Promise<{ manifest: Uint8Array; disk: FaultyDisk }> {
    const path = join(bench.folder, 'source')
    await writeFile(path, content)
    const { manifest } = await captureVolumes({
      volumes: [{ number: 1, path, filesystem: 'unknown', mode: 'sector' }], creator: 'test', source: 'test', store: bench.store,
    })
    await bench.store.addRevision({ image: 'pc', manifest: await bench.store.publish(manifest), description: '' })
    return { manifest, disk: await faultyDisk(bench, Buffer.alloc(SIZE)) }
  }

  test('that cannot be written end a restore, which says among which bytes they are, and goes on when they can', async () => {
    const { manifest, disk: { device, medium } } = await imageAndDisk()
    medium.bad = [{ fault: 'write', offset: BAD, length: 4096 }]
    const restore = () => restoreVolumes({ manifest, volumes: [{ number: 1, path: device }], source: bench.store })
    const failure = await restore().catch((cause: unknown) => cause)
    expect(failure).toEqual(failing(108))
    const { offset, length } = (failure as ClonaulaError).params as { offset: number; length: number }
    expect(offset).toBeGreaterThanOrEqual(MB) // the head, where filesystems have their signatures, was flushed by then
    expect(offset).toBeLessThanOrEqual(BAD)
    expect(offset + length).toBeGreaterThan(BAD)
    expect(offset + length).toBeLessThanOrEqual(SIZE)

    medium.bad = []
    await restore()
    expect(medium.bytes.equals(content)).toBe(true)
  })

  test('that forget what they are given are found with --verify, and by nothing else', async () => {
    const { disk: { device, medium } } = await imageAndDisk()
    await bench.store.close()
    medium.bad = [{ fault: 'forget', offset: BAD, length: 4096 }]
    const restore = (...args: string[]) => clonaula('restore', '--repo', bench.store.root, 'pc', device, ...args)
    const { code, err } = await restore('--verify')
    expect(code).toBe(108)
    const chunk = Number(/verify, byte (\d+)/.exec(err)?.[1])
    expect(chunk).toBeLessThanOrEqual(BAD)
    expect(chunk).toBeGreaterThan(BAD - MB)
    expect(await restore()).toMatchObject({ code: 0 })
    expect(medium.bytes.equals(content)).toBe(false)
  })

  test('that cannot be read cost a filesystem these bytes and no more, when they are to be skipped', async () => {
    const path = await bench.empty('source', 128 * MB)
    await runCommand(['mkfs.ext4', '-q', '-F', path])
    await bench.mounted(path, fillUnix)
    const { device, medium } = await faultyDisk(bench, await readFile(path))
    const start = medium.bytes.indexOf(noise('l1', 64 * 1024))
    const bad = Math.ceil(start / 4096) * 4096 + 8192 // a page within the file
    medium.bad = [{ fault: 'read', offset: bad, length: 4096 }]

    const capture = (...args: string[]) => clonaula('capture', '--repo', bench.store.root, '--name', 'pc', ...args, device)
    const failed = await capture('--mode', 'used')
    expect(failed).toMatchObject({ code: 108 })
    expect(failed.err).toContain(`read, byte ${bad}`)
    const captured = await capture('--on-error', 'skip', '--json')
    expect(JSON.parse(captured.out)).toMatchObject({ incomplete: 4096, volumes: [{ incomplete: { ranges: [{ offset: bad, length: 4096 }] } }] })

    const target = join(bench.folder, 'target')
    expect(await clonaula('restore', '--repo', bench.store.root, 'pc', target)).toMatchObject({ code: 0 })
    await runCommand(['e2fsck', '-fn', target])
    const damaged = Buffer.from(noise('l1', MB + 4001)).fill(0, bad - start, bad - start + 4096)
    await bench.mounted(target, async (folder) => {
      expect((await readFile(join(folder, 'large-1'))).equals(damaged)).toBe(true)
      expect((await readFile(join(folder, 'large-2'))).equals(noise('l2', MB + 2 * 4001))).toBe(true)
    })
  })
})

test('a device that is read-only is refused before anything is read', async () => {
  const { manifest } = await bench.capture(await ext4Device('source', 64 * MB), 'ext4')
  const path = await bench.empty('target', 64 * MB)
  const device = (await runCommand(['losetup', '--read-only', '--find', '--show', path])).stdout.trim()
  bench.defer(() => runCommand(['losetup', '--detach', device]))
  await expect(restoreVolumes({ manifest, volumes: [{ number: 1, path: device }], source: bench.store })).rejects.toThrow(failing(14))
})
