import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Filesystem } from '#shared/domain/disk.ts'
import { readManifest, restoreVolumes, runCommand, type Argv } from '#image/index.ts'
import { Bench, describeFiles, describeTree, fill, fillUnix, noise, NTFS, type MountCommand } from './support.ts'

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

describe('filesystems that this kernel does not mount', () => {
  test.each<[Filesystem, string[]]>([
    ['fat32', ['-F', '32']],
    ['fat16', ['-F', '16']],
  ])('%s comes back whole', async (filesystem, options) => {
    const size = 64 * MB
    const path = await bench.empty('source', size)
    await runCommand(['mkfs.vfat', ...options, path])
    const folder = join(bench.folder, 'files')
    await mkdir(folder)
    for (let at = 0; at < 20; at += 1) await writeFile(join(folder, `Archivo número ${at}.bin`), noise(`f${at}`, at * 60_000))
    const original = await readBack(path, folder, 'in')
    for (const targetSize of [size, size + 8 * MB]) {
      const target = await bench.throughImage(path, filesystem, targetSize)
      await runCommand(['fsck.fat', '-n', target])
      expect(await readBack(target, join(bench.folder, `out-${targetSize}`), 'out')).toBe(original)
    }
  })

  /** Copies files into a FAT filesystem (`in`) or out of it, and gives their hashes. */
  async function readBack(image: string, folder: string, way: 'in' | 'out'): Promise<string> {
    const env = { LC_ALL: 'C.UTF-8' }
    await mkdir(folder, { recursive: true })
    if (way === 'in') await runCommand(['mcopy', '-s', '-i', image, folder, '::/'], { env })
    else await runCommand(['mcopy', '-s', '-i', image, '::/files/*', folder], { env })
    return (await runCommand(['sh', '-c', 'sha256sum *'], { cwd: folder })).stdout
  }

  test.each<[Filesystem, Argv, Argv]>([
    ['exfat', ['mkfs.exfat'], ['fsck.exfat', '-n']],
    ['f2fs', ['mkfs.f2fs', '-q'], ['fsck.f2fs', '--dry-run']],
  ])('%s is sound afterwards', async (filesystem, make, check) => {
    const path = await bench.empty('source', 128 * MB)
    await runCommand([...make, path])
    await runCommand([...check, await bench.throughImage(path, filesystem, 128 * MB)])
    expect((await bench.capture(path, filesystem)).figures.bytesRead).toBeLessThan(64 * MB)
  })

  test('swap is its header', async () => {
    const path = await bench.empty('source', 64 * MB)
    await runCommand(['mkswap', '-q', '-L', 'intercambio', path])
    const target = await bench.throughImage(path, 'swap', 64 * MB)
    const { stdout } = await runCommand(['blkid', '-p', '-o', 'value', '-s', 'LABEL', target])
    expect(stdout.trim()).toBe('intercambio')
    expect((await bench.capture(path, 'swap')).figures.bytesRead).toBe(4096)
  })

  test('what nobody knows is taken sector by sector', async () => {
    const path = join(bench.folder, 'source')
    await writeFile(path, noise('luks', 3 * MB + 512))
    const { manifest } = await bench.capture(path, 'luks')
    expect((await readManifest(manifest)).facts.volumes).toMatchObject([{ mode: 'sector', used: 3 * MB + 512, minimumSize: 3 * MB + 512 }])
    const target = await bench.throughImage(path, 'luks', 3 * MB + 512)
    await runCommand(['cmp', path, target])
  })
})

test('a filesystem that was shrunk fits a partition that is smaller than its source', async () => {
  const path = await bench.empty('source', 300 * MB)
  await runCommand(['mkfs.ext4', '-q', '-F', path])
  await bench.mounted(path, fillUnix)
  await runCommand(['e2fsck', '-fy', path], { accept: [0, 1] }) // touches the times of directories
  await runCommand(['resize2fs', '-M', path])
  // Read-only: resize2fs asks for a check of what was mounted since the last one.
  const expected = await bench.mounted(path, describeFiles, ['mount', '-o', 'loop,ro'])
  const target = await bench.throughImage(path, 'ext4', 100 * MB)
  await runCommand(['e2fsck', '-fn', target])
  await runCommand(['resize2fs', target])
  expect(await bench.mounted(target, describeFiles)).toBe(expected)
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
