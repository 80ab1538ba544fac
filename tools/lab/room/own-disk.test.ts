import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FirmwareKind } from '../machine/qemu.ts'
import { ownDiskProblem } from './own-disk.ts'

let folder: string
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'own-disk-')) })
afterAll(() => rm(folder, { recursive: true }))

async function problem(
  start: string, size: number, signature = false, firmware: FirmwareKind = 'uefi',
): Promise<string | undefined> {
  const path = join(folder, 'disk')
  const bytes = Buffer.alloc(size)
  bytes.write(start, 'latin1')
  if (signature) bytes.writeUInt16LE(0xaa55, 510)
  await writeFile(path, bytes)
  return ownDiskProblem(path, firmware)
}

test('a raw disk with a partition table will do', async () => {
  expect(await problem('', 4096, true)).toBeUndefined()
})

test('BIOS needs a boot loader in the first sector, UEFI does not', async () => {
  expect(await problem('', 4096, true, 'bios')).toMatch(/no boot loader/)
  expect(await problem('\xeb\x63\x90', 4096, true, 'bios')).toBeUndefined()
})

test('an empty disk will not', async () => {
  expect(await problem('', 4096)).toMatch(/no partition table/)
})

test.each([['QFI\xfb', 'qcow2'], ['KDMV', 'VMDK'], ['vhdxfile', 'VHDX']])('%j is %s, and not raw', async (magic, name) => {
  expect(await problem(magic, 4096, true)).toContain(name)
})

test('half a sector is no disk, nor is nothing', async () => {
  expect(await problem('', 700, true)).toMatch(/700 bytes/)
  expect(await problem('', 0)).toMatch(/0 bytes/)
})

test('what is not there, or not a file', async () => {
  expect(await ownDiskProblem(join(folder, 'none'), 'bios')).toMatch(/no such file/)
  expect(await ownDiskProblem(folder, 'bios')).toMatch(/not a file/)
})
