import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { captureVolumes, deviceSize, restoreVolumes, runCommand } from '#image/index.ts'
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

test('a device that is read-only is refused before anything is read', async () => {
  const { manifest } = await bench.capture(await ext4Device('source', 64 * MB), 'ext4')
  const path = await bench.empty('target', 64 * MB)
  const device = (await runCommand(['losetup', '--read-only', '--find', '--show', path])).stdout.trim()
  bench.defer(() => runCommand(['losetup', '--detach', device]))
  await expect(restoreVolumes({ manifest, volumes: [{ number: 1, path: device }], source: bench.store })).rejects.toThrow(failing(14))
})
