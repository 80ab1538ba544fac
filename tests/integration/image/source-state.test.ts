import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Filesystem } from '#shared/domain/disk.ts'
import { checkSource, runCommand } from '#image/index.ts'
import { Bench, fill, NTFS, patch } from './support.ts'

const MB = 1024 * 1024
const failing = (code: number) => expect.objectContaining({ name: 'ClonaulaError', code })
const DIRTY = 100
const HIBERNATED = 101
const UNKNOWN = 103

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

async function made(size: number, ...make: [string, ...string[]]): Promise<string> {
  const path = await bench.empty('source', size)
  await runCommand([...make, path])
  return path
}

/** A copy of a filesystem as it is while it is mounted: as after a power cut. */
async function pulledOut(path: string): Promise<string> {
  const copy = join(bench.folder, 'pulled-out')
  await bench.mounted(path, async (folder) => {
    await fill(folder, 2)
    await runCommand(['sync', '-f', folder])
    await copyFile(path, copy)
  })
  return copy
}

describe('a filesystem that was not unmounted is refused, and not captured', () => {
  const cases: [Filesystem, () => Promise<string>][] = [
    ['ext4', async () => pulledOut(await made(64 * MB, 'mkfs.ext4', '-q', '-F'))],
    ['ext2', async () => pulledOut(await made(64 * MB, 'mkfs.ext2', '-q', '-F'))],
    ['xfs', async () => pulledOut(await made(320 * MB, 'mkfs.xfs', '-q'))],
    ['fat32', async () => {
      const path = await made(64 * MB, 'mkfs.vfat', '-F', '32')
      await patch(path, 65, (bytes) => bytes.writeUInt8(1))
      return path
    }],
    ['exfat', async () => {
      const path = await made(64 * MB, 'mkfs.exfat')
      await patch(path, 106, (bytes) => bytes.writeUInt8(2))
      return path
    }],
    ['ntfs', async () => {
      const path = await made(32 * MB, 'mkfs.ntfs', '-q', '-Q', '-F')
      await markDirty(path)
      return path
    }],
  ]
  test.each(cases)('%s', async (filesystem, make) => {
    const path = await make()
    await expect(checkSource({ path, filesystem })).rejects.toThrow(failing(DIRTY))
    await expect(bench.capture(path, filesystem)).rejects.toThrow(failing(DIRTY))
  })
})

/** Sets "check me" (bit 0) in $VOLUME_INFORMATION of $Volume, record 3 of the MFT, and in the MFT's mirror. */
async function markDirty(path: string): Promise<void> {
  const { stdout } = await runCommand(['ntfsinfo', '--mft', path])
  const cluster = Number(/Cluster Size: (\d+)/.exec(stdout)![1])
  for (const table of ['MFT', 'MFTMirr']) {
    const place = new RegExp(`LCN of Data Attribute for FILE_${table}: (\\d+)`, 'i').exec(stdout)![1]
    await patch(path, Number(place) * cluster + 3 * 1024, (record) => {
      let attribute = record.readUInt16LE(20)
      while (record.readUInt32LE(attribute) !== 0x70) attribute += record.readUInt32LE(attribute + 4)
      record.writeUInt16LE(1, attribute + record.readUInt16LE(attribute + 20) + 10)
    }, 1024)
  }
}

test('a hibernated Windows is refused', async () => {
  const path = await made(32 * MB, 'mkfs.ntfs', '-q', '-Q', '-F')
  await bench.mounted(path, async (folder) => {
    const hibernation = Buffer.alloc(8192)
    hibernation.write('hibr')
    await writeFile(join(folder, 'hiberfil.sys'), hibernation)
  }, NTFS)
  await expect(checkSource({ path, filesystem: 'ntfs' })).rejects.toThrow(failing(HIBERNATED))
})

test.each<[Filesystem, [string, ...string[]]]>([
  ['ntfs', ['mkfs.ext4', '-q', '-F']],
  ['ext4', ['mkfs.ntfs', '-q', '-Q', '-F']],
  ['fat32', ['mkfs.ntfs', '-q', '-Q', '-F']],
  ['exfat', ['mkfs.vfat']],
  ['xfs', ['mkfs.vfat']],
])('what is said to be %s and is not, is refused', async (filesystem, make) => {
  await expect(checkSource({ path: await made(32 * MB, ...make), filesystem })).rejects.toThrow(failing(UNKNOWN))
})

test.each<[Filesystem, [string, ...string[]]]>([
  ['ext4', ['mkfs.ext4', '-q', '-F']],
  ['ntfs', ['mkfs.ntfs', '-q', '-Q', '-F']],
  ['fat16', ['mkfs.vfat', '-F', '16']],
  ['exfat', ['mkfs.exfat']],
])('a clean %s passes', async (filesystem, make) => {
  await expect(checkSource({ path: await made(32 * MB, ...make), filesystem })).resolves.toBeUndefined()
})
