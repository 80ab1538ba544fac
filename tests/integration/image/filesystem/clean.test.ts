import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Filesystem } from '#shared/domain/disk.ts'
import { prepareSource, runCommand, type Argv, type SourceNote } from '#image/index.ts'
import { Bench, noise, NTFS, type MountCommand } from '../support.ts'

const MB = 1024 ** 2

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

async function clean(path: string, filesystem: Filesystem): Promise<readonly SourceNote[]> {
  await using source = await prepareSource({ path, filesystem }, { clean: true, shrink: false })
  return source.notes
}

async function put(root: string, path: string, content: string | Buffer = 'x'): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), content)
}

const left = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort()

describe('an installed Windows', () => {
  test('loses its page files and what is temporary, and nothing that links lead to', async () => {
    const path = await bench.empty('source', 300 * MB)
    await runCommand(['mkfs.ntfs', '-q', '-Q', '-F', path])
    const elsewhere = join(bench.folder, 'elsewhere')
    await put(elsewhere, 'precious')
    await bench.mounted(path, async (folder) => {
      await put(folder, 'Windows/System32/kernel')
      for (const name of ['PAGEFILE.SYS', 'swapfile.sys', 'hiberfil.sys']) await put(folder, name, noise(name, 20 * MB))
      await put(folder, 'WINDOWS.old')
      await put(folder, 'Windows/temp/deep/er/file')
      await put(folder, 'Users/Ana/AppData/Local/Temp/file')
      await put(folder, 'Users/Ana/AppData/Local/kept')
      await put(folder, 'Users/Temp/kept')
      await mkdir(join(folder, 'Users/Eva/AppData/Local'), { recursive: true })
      await symlink(elsewhere, join(folder, 'Users/Eva/AppData/Local/Temp'))
      await symlink(elsewhere, join(folder, 'Users/Ana/AppData/Local/Temp/link'))
      await symlink('/', join(folder, 'Users/All Users'))
    }, NTFS)
    const [note] = await clean(path, 'ntfs')
    expect(note).toMatchObject({ kind: 'cleaned', path })
    expect(note?.kind === 'cleaned' && note.bytes).toBeGreaterThanOrEqual(60 * MB)
    expect(await bench.mounted(path, left, NTFS)).toEqual([
      'Users/All Users', 'Users/Ana/AppData/Local/kept', 'Users/Eva/AppData/Local/Temp', 'Users/Temp/kept', 'WINDOWS.old',
      'Windows/System32/kernel',
    ])
    expect(await bench.mounted(path, (folder) => readdir(join(folder, 'Users/Ana/AppData/Local')), NTFS)).toContain('Temp')
    expect(await left(elsewhere)).toEqual(['precious'])
  })

  test('that is none keeps what only looks temporary', async () => {
    const path = await bench.empty('source', 100 * MB)
    await runCommand(['mkfs.ntfs', '-q', '-Q', '-F', path])
    await bench.mounted(path, (folder) => put(folder, 'Windows/Temp/kept'), NTFS)
    await clean(path, 'ntfs')
    expect(await bench.mounted(path, left, NTFS)).toEqual(['Windows/Temp/kept'])
  })
})

describe('an installed Linux', () => {
  const LINUX: [Filesystem, Argv, string][] = [
    ['ext4', ['mkfs.ext4', '-q', '-F'], ''],
    ['xfs', ['mkfs.xfs', '-q'], ''],
    ['btrfs', ['mkfs.btrfs', '-q'], '@rootfs'],
  ]
  const MOUNT: MountCommand = ['mount', '-o', 'loop']

  async function install(root: string): Promise<void> {
    await put(root, 'usr/lib/os-release', 'NAME=Debian')
    await put(root, 'etc/fstab', 'UUID=1 / ext4 defaults 0 1\n/swap\\040file none swap sw 0 0\n/dev/sda3 none swap sw 0 0\n/../../outside none swap sw 0 0\n')
    await put(root, 'tmp/deep/file')
    await put(root, 'var/tmp/.hidden')
    await put(root, 'var/kept')
    await put(root, 'home/ana/tmp/kept')
    const file = join(root, 'swap file')
    await runCommand(['sh', '-c', 'chattr +C "$0" 2>/dev/null; :', root])
    await writeFile(file, noise('swapped out', 8 * MB))
    await runCommand(['mkswap', '-q', '--label', 'mine', file])
  }

  test.each(LINUX)('on %s loses what is temporary and what was swapped out', async (filesystem, make, subvolume) => {
    const path = await bench.empty('source', 400 * MB)
    await runCommand([...make, path])
    await bench.mounted(path, async (folder) => {
      if (subvolume) await runCommand(['btrfs', 'subvolume', 'create', join(folder, subvolume)])
      await install(join(folder, subvolume))
      await symlink('/etc', join(folder, subvolume, 'tmp', 'link'))
    }, MOUNT)
    expect(await clean(path, filesystem)).toMatchObject([{ kind: 'cleaned', path }])
    await bench.mounted(path, async (folder) => {
      const root = join(folder, subvolume)
      expect(await left(root)).toEqual(['etc/fstab', 'home/ana/tmp/kept', 'swap file', 'usr/lib/os-release', 'var/kept'])
      const swap = await readFile(join(root, 'swap file'))
      expect(swap.length).toBe(8 * MB)
      expect(swap.subarray(4096).every((byte) => byte === 0)).toBe(true)
      expect((await runCommand(['blkid', '--probe', '--output', 'value', '--match-tag', 'LABEL', join(root, 'swap file')])).stdout).toBe('mine\n')
    }, MOUNT)
  })

  test('that hibernated into a swap file is refused, untouched', async () => {
    const path = await bench.empty('source', 100 * MB)
    await runCommand(['mkfs.ext4', '-q', '-F', path])
    await bench.mounted(path, async (folder) => {
      await install(folder)
      const swap = await readFile(join(folder, 'swap file'))
      swap.write('S1SUSPEND\0', 4086, 'latin1')
      await writeFile(join(folder, 'swap file'), swap)
    }, MOUNT)
    await expect(clean(path, 'ext4')).rejects.toThrow(expect.objectContaining({ code: 101 }))
    expect(await bench.mounted(path, left, MOUNT)).toContain('tmp/deep/file')
  })

  test('that is none, a partition of data, keeps its folders', async () => {
    const path = await bench.empty('source', 100 * MB)
    await runCommand(['mkfs.ext4', '-q', '-F', path])
    await bench.mounted(path, (folder) => put(folder, 'tmp/kept'), MOUNT)
    await clean(path, 'ext4')
    expect(await bench.mounted(path, left, MOUNT)).toEqual(['tmp/kept'])
  })
})
