import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '#image/index.ts'
import { alignedBuffer } from '#image/aligned-buffer.ts'
import { Device } from '#image/device.ts'
import { Bench, noise } from './support.ts'

const KB = 1024
const SIZE = 1024 * KB
const content = noise('direct', SIZE)

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

/** A loop device with `content`, opened as captures open their source. */
async function open(sectorSize: number): Promise<Device> {
  const path = await bench.empty('source', SIZE)
  await writeFile(path, content)
  const device = await bench.loop(path)
  await runCommand(['losetup', '--sector-size', String(sectorSize), device])
  const opened = await Device.open(device, { direct: true })
  bench.defer(() => opened.close())
  return opened
}

/** Bytes that the kernel has had from the device: what it kept of them is not counted twice. */
async function fetched({ path }: Device): Promise<number> {
  const sectors = (await readFile(`/sys/block/${basename(path)}/stat`, 'utf8')).trim().split(/\s+/)[2]
  return Number(sectors) * 512
}

async function readTwice(device: Device, buffer: Buffer, offset: number): Promise<number> {
  await device.read(buffer, offset)
  const before = await fetched(device)
  await device.read(buffer.fill(0), offset)
  expect(buffer.equals(content.subarray(offset, offset + buffer.length))).toBe(true)
  return (await fetched(device)) - before
}

test('what is read into aligned memory leaves nothing in that of the kernel', async () => {
  expect(await readTwice(await open(512), alignedBuffer(256 * KB), 128 * KB)).toBe(256 * KB)
})

test('other memory, places between sectors and disks of larger sectors are read by way of it', async () => {
  const small = await open(512)
  expect(await readTwice(small, Buffer.allocUnsafeSlow(256 * KB), 128 * KB)).toBe(0)
  expect(await readTwice(small, alignedBuffer(256 * KB).subarray(0, 1000), 100)).toBe(0)
  const large = await open(4096)
  expect(await readTwice(large, alignedBuffer(64 * KB), KB)).toBe(0)
  expect(await readTwice(large, alignedBuffer(64 * KB), 512 * KB)).toBe(64 * KB)
})
