import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Filesystem } from '#shared/domain/disk.ts'
import { growTarget, prepareSource, readManifest, recreateSwap, restoreVolumes, runCommand, usedMap, type GrowStep } from '#image/index.ts'
import { Bench, describeContent, fill, noise, patch, type MountCommand } from '../support.ts'

const MB = 1024 ** 2

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

/** Prepares, captures and publishes; restores to `size` bytes and grows: from a block device to another. @returns the file behind that */
async function through(path: string, filesystem: Filesystem, size: number): Promise<{ target: string; steps: GrowStep['kind'][] }> {
  const { manifest } = await bench.attached(path, async (device) => {
    await using _ = await prepareSource({ path: device, filesystem }, { clean: true, shrink: true })
    return await bench.capture(device, filesystem)
  })
  await bench.store.publish(manifest)
  const target = await bench.empty(`target-${size}`, size)
  const steps: GrowStep['kind'][] = []
  await bench.attached(target, async (device) => {
    await restoreVolumes({ manifest, volumes: [{ number: 1, path: device }], source: bench.store, verify: true })
    await growTarget({ path: device, filesystem, sourceSize: 1 }, { onStep: ({ kind }) => steps.push(kind) })
  })
  return { target, steps }
}

describe('FAT, which no tool grows safely', () => {
  const CASES: [Filesystem, number, string[]][] = [
    ['fat12', 20 * MB, ['-F', '12']],
    ['fat12', 2 * MB, ['-F', '12', '-s', '1', '-f', '1']],
    ['fat16', 64 * MB, ['-F', '16']],
    ['fat32', 300 * MB, ['-F', '32']],
    ['fat32', 300 * MB, ['-F', '32', '-S', '4096']],
  ]
  test.each(CASES)('%s of %i bytes, made with %j, comes back whole', async (filesystem, size, options) => {
    const path = await bench.empty('source', size)
    await runCommand(['mkfs.vfat', ...options, path])
    const files = await makeFiles(size)
    await runCommand(['mcopy', '-s', '-i', path, ...files, '::/'], UTF8)
    await runCommand(['mdel', '-i', path, '::/files/file-3']) // a hole among the others
    for (const targetSize of [size, size + 50 * MB]) {
      const { target, steps } = await through(path, filesystem, targetSize)
      expect(steps).toEqual(targetSize === size ? [] : ['cannotGrow'])
      await runCommand(['fsck.fat', '-n', target])
      expect(await sums(target)).toBe(await sums(path))
    }
    expect((await bench.capture(path, filesystem)).figures.bytesRead).toBeLessThan(size * 0.8)
  })

  test('FAT32 without a count of its free clusters comes back whole', async () => {
    const path = await bench.empty('source', 300 * MB)
    await runCommand(['mkfs.vfat', '-F', '32', path])
    await runCommand(['mcopy', '-s', '-i', path, ...await makeFiles(300 * MB), '::/'], UTF8)
    await patch(path, 48, (boot) => boot.writeUInt16LE(0xffff)) // BPB_FSInfo: no such sector
    const { target } = await through(path, 'fat32', 300 * MB)
    expect(await sums(target)).toBe(await sums(path))
  })

  test.each<[Filesystem, number, string]>([['fat16', 64 * MB, '16'], ['fat32', 600 * MB, '32']])(
    'the map of %s says what partclone’s says', async (filesystem, size, bits) => {
      const path = await bench.empty('source', size)
      await runCommand(['mkfs.vfat', '-F', bits, path])
      await runCommand(['mcopy', '-s', '-i', path, ...await makeFiles(size), '::/'], UTF8)
      await runCommand(['mdel', '-i', path, '::/files/file-5'])
      const map = join(bench.folder, 'map')
      await runCommand(['partclone.vfat', '-D', '-f', '0', '-s', path, '-o', map, '-L', join(bench.folder, 'log')])
      const theirs = [...(await readFile(map, 'utf8')).matchAll(/^0x(\w+)\s+0x(\w+)\s+\+$/gm)]
        .map(([, offset = '', length = '']) => ({ offset: Number.parseInt(offset, 16), length: Number.parseInt(length, 16) }))
      const ours = (await usedMap({ path, filesystem })).extents
      const missing = theirs.filter(({ offset, length }) =>
        !ours.some((extent) => extent.offset <= offset && extent.offset + extent.length >= offset + length))
      expect(missing).toEqual([])
      expect(total(ours) - total(theirs)).toBeLessThan(2 * MB)
    })

  const UTF8 = { env: { LC_ALL: 'C.UTF-8' } }
  const total = (extents: readonly { length: number }[]): number => extents.reduce((sum, { length }) => sum + length, 0)

  async function makeFiles(size: number): Promise<string[]> {
    const folder = join(bench.folder, 'files')
    await mkdir(folder)
    for (let at = 0; at < 12; at += 1) await writeFile(join(folder, `file-${at}`), noise(`f${at}`, Math.floor((size / 100) * (at / 4)) + at))
    await writeFile(join(folder, 'Archivo número uno.txt'), 'ñ')
    return [folder]
  }

  async function sums(image: string): Promise<string> {
    const folder = join(bench.folder, 'out')
    await mkdir(folder)
    await runCommand(['mcopy', '-s', '-i', image, '::/files', folder], UTF8)
    const { stdout } = await runCommand(['sh', '-c', 'sha256sum files/*'], { cwd: folder })
    await rm(folder, { recursive: true })
    return stdout
  }
})

describe('exFAT, which no tool grows', () => {
  const EXFAT: MountCommand = ['mount.exfat-fuse']

  test('comes back whole', async () => {
    const path = await bench.empty('source', 300 * MB)
    const expected = await bench.attached(path, async (device) => {
      await runCommand(['mkfs.exfat', device])
      await bench.mounted(device, fill, EXFAT)
      return bench.mounted(device, describeContent, EXFAT)
    })
    for (const size of [300 * MB, 400 * MB]) {
      const { target, steps } = await through(path, 'exfat', size)
      expect(steps).toEqual(size === 300 * MB ? [] : ['cannotGrow'])
      await runCommand(['fsck.exfat', '-n', target])
      expect(await bench.attached(target, (device) => bench.mounted(device, describeContent, EXFAT))).toBe(expected)
    }
  })
})

describe('F2FS', () => {
  test('comes back whole, and grows', async () => {
    const path = await bench.empty('source', 200 * MB)
    await runCommand(['mkfs.f2fs', '-q', path])
    const folder = join(bench.folder, 'files', 'sub')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'one'), noise('f2fs', 9_000_001))
    await runCommand(['sload.f2fs', '-f', join(bench.folder, 'files'), path])
    for (const size of [200 * MB, 300 * MB]) {
      const { target, steps } = await through(path, 'f2fs', size)
      expect(steps).toEqual(size === 200 * MB ? ['checking'] : ['checking', 'growing'])
      const { stdout } = await runCommand(['fsck.f2fs', '--dry-run', '-t', target])
      const inode = /one <ino = (0x[0-9a-f]+)>/.exec(stdout)![1]!
      await runCommand(['dump.f2fs', '-i', String(Number(inode)), target], { cwd: bench.folder, stdin: 'y\n' })
      await runCommand(['cmp', join(folder, 'one'), join(bench.folder, 'lost_found', 'one')])
      await rm(join(bench.folder, 'lost_found'), { recursive: true })
    }
  })
})

describe('swap', () => {
  const UUID = '3f2b8b2e-5a4c-4d0e-9f4b-0c1d2e3f4a5b'
  const facts = async (path: string): Promise<string> =>
    (await runCommand(['blkid', '--probe', '--output', 'export', path])).stdout

  test.each([32 * MB, 64 * MB + 512, 128 * MB])('is made anew with its identity on a partition of %i bytes', async (size) => {
    const path = await bench.empty('source', 64 * MB)
    await runCommand(['mkswap', '-q', '--label', 'intercambio', '--uuid', UUID, path])
    const { manifest } = await bench.attached(path, (device) => bench.capture(device, 'swap'))
    expect((await readManifest(manifest)).facts.volumes[0]!.used).toBe(4096)
    await bench.store.publish(manifest)
    const target = await bench.empty('target', size)
    await bench.attached(target, async (device) => {
      await restoreVolumes({ manifest, volumes: [{ number: 1, path: device }], source: bench.store })
      await growTarget({ path: device, filesystem: 'swap', sourceSize: 64 * MB })
    })
    const found = await facts(target)
    expect(found).toContain(`UUID=${UUID}`)
    expect(found).toContain('LABEL=intercambio')
    const pages = (await readFile(target)).readUInt32LE(1028) + 1
    expect(pages).toBe(Math.floor(size / 4096))
  })

  test('without a name it gets a new identifier; what is no identifier is refused', async () => {
    const path = await bench.empty('swap', 1 * MB)
    await recreateSwap(path, { uuid: '', label: '' })
    expect(await facts(path)).toMatch(/UUID=[0-9a-f-]{36}/)
    await expect(recreateSwap(path, { uuid: 'not one', label: '' })).rejects.toThrow(expect.objectContaining({ code: 32 }))
  })
})

describe('what only every sector can be taken of', () => {
  test('a btrfs on two devices, with a note', async () => {
    const devices = [await bench.empty('one', 300 * MB), await bench.empty('two', 300 * MB)]
    const loops = [await bench.loop(devices[0]!), await bench.loop(devices[1]!)]
    bench.defer(() => runCommand(['btrfs', 'device', 'scan', '--forget'], { accept: [0, 1] }))
    await runCommand(['mkfs.btrfs', '-q', '-f', ...loops])
    const source = await prepareSource({ path: loops[1]!, filesystem: 'btrfs' }, { clean: true, shrink: true })
    expect(source.notes).toEqual([{ kind: 'everySector', path: loops[1], why: 'multiDevice' }])
    const { manifest } = await bench.capture(loops[1]!, 'btrfs')
    expect((await readManifest(manifest)).facts.volumes).toMatchObject([{ mode: 'sector', minimumSize: 300 * MB }])
  })

  test.each<[string, Filesystem, string[], string]>([
    ['an ext4 with clusters of blocks', 'ext4', ['mkfs.ext4', '-q', '-F', '-O', 'bigalloc'], 'features'],
    ['an XFS with its log elsewhere', 'xfs', ['mkfs.xfs', '-q', '-l', 'size=64m,logdev=LOG'], 'multiDevice'],
    ['an XFS with a real-time device', 'xfs', ['mkfs.xfs', '-q', '-r', 'rtdev=LOG'], 'multiDevice'],
  ])('%s', async (_, filesystem, make, why) => {
    const other = await bench.empty('other', 100 * MB)
    const path = await bench.empty('source', 400 * MB)
    const [command = '', ...args] = make.map((word) => word.replace('LOG', other))
    await runCommand([command, ...args, path])
    const source = await prepareSource({ path, filesystem }, { clean: true, shrink: true })
    expect(source.notes).toEqual([{ kind: 'everySector', path, why }])
    expect(await usedMap({ path, filesystem })).toMatchObject({ mode: 'sector', minimumSize: 400 * MB })
  })
})

test('an ext4 with its journal elsewhere is captured as large as it is', async () => {
  const journal = await bench.loop(await bench.empty('journal', 100 * MB))
  await runCommand(['mke2fs', '-q', '-O', 'journal_dev', '-b', '4096', journal])
  const path = await bench.loop(await bench.empty('source', 400 * MB))
  await runCommand(['mkfs.ext4', '-q', '-F', '-b', '4096', '-J', `device=${journal}`, path])
  await using source = await prepareSource({ path, filesystem: 'ext4' }, { clean: false, shrink: true })
  expect(source.notes).toEqual([{ kind: 'notShrunk', path, why: 'journal' }])
  expect(await usedMap({ path, filesystem: 'ext4' })).toMatchObject({ mode: 'used', minimumSize: 400 * MB })
})

test('who is not root captures a file as it is', async () => {
  const path = await bench.empty('source', 100 * MB)
  await runCommand(['mkfs.ext4', '-q', '-F', path])
  const uid = vi.spyOn(process, 'getuid').mockReturnValue(1000)
  try {
    await using source = await prepareSource({ path, filesystem: 'ext4' }, { clean: true, shrink: true })
    expect(source.notes).toEqual([{ kind: 'notShrunk', path, why: 'root' }])
  } finally {
    uid.mockRestore()
  }
})
