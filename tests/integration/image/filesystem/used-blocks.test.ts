import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Filesystem } from '#shared/domain/disk.ts'
import { readManifest, restoreVolumes, runCommand, type Argv } from '#image/index.ts'
import { Bench, describeTree, fill, fillUnix, noise, NTFS, type MountCommand } from '../support.ts'

const MB = 1024 * 1024

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

interface Case {
  filesystem: Filesystem
  size: number
  make: Argv
  check: Argv
  /** A check that wants the filesystem to fill its partition: ntfsfix looks for the second boot sector at the very end. */
  checkSame?: Argv
  mount?: MountCommand
  fill: (folder: string) => Promise<void>
}

const LINUX: Case[] = [
  { filesystem: 'ext4', size: 200 * MB, make: ['mkfs.ext4', '-q', '-F'], check: ['e2fsck', '-fn'], fill: fillUnix },
  { filesystem: 'ext2', size: 100 * MB + 1536, make: ['mkfs.ext2', '-q', '-F', '-b', '1024'], check: ['e2fsck', '-fn'], fill: fillUnix },
  { filesystem: 'xfs', size: 320 * MB, make: ['mkfs.xfs', '-q'], check: ['xfs_repair', '-n'], fill: fillUnix },
  { filesystem: 'btrfs', size: 256 * MB, make: ['mkfs.btrfs', '-q'], check: ['btrfs', 'check', '--readonly'], fill: fillUnix },
  {
    filesystem: 'ntfs', size: 100 * MB + 3 * 512, make: ['mkfs.ntfs', '-q', '-Q', '-F'],
    check: ['ntfsresize', '--info', '--force', '--no-progress-bar'],
    checkSame: ['ntfsfix', '-n'], mount: NTFS, fill,
  },
]

describe.each(LINUX)('$filesystem', ({ filesystem, size, make, check, checkSame, mount, fill }) => {
  async function source(): Promise<string> {
    const path = await bench.empty('source', size)
    await runCommand([...make, path])
    await bench.mounted(path, fill, mount)
    return path
  }

  test('comes back whole, on a partition of the same size and on a larger one', async () => {
    const path = await source()
    const expected = await bench.mounted(path, describeTree, mount)
    for (const targetSize of [size, size + 50 * MB]) {
      const target = await bench.throughImage(path, filesystem, targetSize)
      await runCommand([...check, target])
      if (checkSame && targetSize === size) await runCommand([...checkSame, target])
      expect(await bench.mounted(target, describeTree, mount)).toBe(expected)
    }
  })

  test('is read only where it is in use', async () => {
    const { manifest, figures } = await bench.capture(await source(), filesystem)
    expect(figures.bytesRead).toBeGreaterThan(18 * MB)
    expect(figures.bytesRead).toBeLessThan(size / 2 + 30 * MB)
    const [volume] = (await readManifest(manifest)).facts.volumes
    expect(volume).toMatchObject({ mode: 'used', size, used: figures.bytesRead })
    expect(volume!.minimumSize).toBeGreaterThan(size - 64 * 1024)
    expect(volume!.minimumSize).toBeLessThanOrEqual(size)
  })

  test('a second capture stores only what changed', async () => {
    const path = await source()
    const first = await bench.capture(path, filesystem)
    const same = await bench.capture(path, filesystem)
    expect(same.figures).toMatchObject({ newChunks: 0, bytesSent: 0 })
    await bench.mounted(path, (folder) => writeFile(join(folder, 'new'), noise('new', 2 * MB)), mount)
    const second = await bench.capture(path, filesystem)
    expect(second.figures.newBytes).toBeGreaterThanOrEqual(2 * MB)
    expect(second.figures.newBytes).toBeLessThan(first.figures.newBytes / 2)
  })
})

test('what nobody knows is taken sector by sector', async () => {
  const path = join(bench.folder, 'source')
  await writeFile(path, noise('luks', 3 * MB + 512))
  const { manifest } = await bench.capture(path, 'luks')
  expect((await readManifest(manifest)).facts.volumes).toMatchObject([{ mode: 'sector', used: 3 * MB + 512, minimumSize: 3 * MB + 512 }])
  const target = await bench.throughImage(path, 'luks', 3 * MB + 512)
  await runCommand(['cmp', path, target])
})

test('what an earlier filesystem left on the target does not confuse anybody', async () => {
  const source = await bench.empty('source', 64 * MB)
  await runCommand(['mkfs.ext4', '-q', '-F', source])
  const { manifest } = await bench.capture(source, 'ext4')
  await bench.store.publish(manifest)
  const target = await bench.empty('target', 128 * MB)
  await runCommand(['mkfs.btrfs', '-q', target])
  await restoreVolumes({ manifest, volumes: [{ number: 1, path: target }], source: bench.store })
  const { stdout } = await runCommand(['wipefs', '--no-act', '--output', 'TYPE', '--noheadings', target])
  expect(stdout.trim()).toBe('ext4')
})
