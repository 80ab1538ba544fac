import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Filesystem } from '#shared/domain/disk.ts'
import { runCommand, type Argv } from '#image/index.ts'
import { diffFiles, type FileChange } from '#image/browse/diff-files.ts'
import { Bench, describeContent, describeTree, fill, fillUnix, noise, NTFS, type MountCommand } from '../support.ts'
import { clonaula, done, start, type Running } from '../clonaula.ts'

const MB = 1024 * 1024

let bench: Bench
let repo: string
beforeEach(async () => {
  bench = await Bench.open()
  repo = bench.store.root
})
afterEach(async () => {
  await bench.close()
})

interface Case {
  filesystem: Filesystem
  size: number
  make: Argv
  check: Argv
  mount?: MountCommand
  fill: (folder: string) => Promise<void>
  /** What has to be the same afterwards; all that there is, unless said. */
  describe?: (folder: string) => Promise<string>
  /** What the kernel has to know, where nothing else can mount it. */
  kernel?: string
}

const CASES: Case[] = [
  { filesystem: 'ext4', size: 200 * MB, make: ['mkfs.ext4', '-q', '-F'], check: ['e2fsck', '-fn'], fill: fillUnix },
  { filesystem: 'xfs', size: 320 * MB, make: ['mkfs.xfs', '-q'], check: ['xfs_repair', '-n'], fill: fillUnix },
  { filesystem: 'btrfs', size: 256 * MB, make: ['mkfs.btrfs', '-q'], check: ['btrfs', 'check', '--readonly'], fill: fillUnix },
  {
    filesystem: 'ntfs', size: 128 * MB, make: ['mkfs.ntfs', '-q', '-Q', '-F'],
    check: ['ntfsresize', '--info', '--force', '--no-progress-bar'], mount: NTFS, fill,
  },
  {
    filesystem: 'exfat', size: 128 * MB, make: ['mkfs.exfat'], check: ['fsck.exfat', '-n'], mount: ['mount', '-t', 'exfat-fuse', '-o', 'loop'], fill,
    describe: describeContent,
  },
  {
    filesystem: 'fat32', size: 128 * MB, make: ['mkfs.vfat', '-F', '32'], check: ['fsck.fat', '-n'], mount: ['mount', '-o', 'loop,utf8'], fill,
    describe: describeContent, kernel: 'vfat',
  },
  { filesystem: 'f2fs', size: 128 * MB, make: ['mkfs.f2fs', '-q'], check: ['fsck.f2fs', '--dry-run'], fill: fillUnix, kernel: 'f2fs' },
]

/** @returns why nothing can be tried here */
async function obstacle({ kernel }: Case): Promise<string | undefined> {
  if (kernel === undefined) return undefined
  await runCommand(['modprobe', '--quiet', kernel]).catch(() => undefined) // whether it is there then is what counts; a bare machine has no modprobe
  const known = (await readFile('/proc/filesystems', 'utf8')).split(/\s+/).includes(kernel)
  return known ? undefined : `this kernel has no ${kernel}`
}

async function capture(path: string, filesystem: Filesystem): Promise<void> {
  const { manifest } = await bench.capture(path, filesystem)
  await bench.store.addRevision({ image: 'aula', manifest: await bench.store.publish(manifest), description: '' })
  await bench.store.close()
}

async function source({ size, make, mount, fill }: Pick<Case, 'size' | 'make' | 'mount' | 'fill'>): Promise<string> {
  const path = await bench.empty('source', size)
  await runCommand([...make, path])
  await bench.mounted(path, fill, mount)
  return path
}

async function mounted(...args: string[]): Promise<{ folder: string; running: Running }> {
  const folder = join(bench.folder, 'image files')
  await mkdir(folder, { recursive: true })
  const running = start('mount', '--repo', repo, 'aula', folder, ...args)
  while (!running.said().includes('Ctrl+C')) {
    const early = await Promise.race([running.ended, sleep(50)])
    if (early) throw new Error(early.err)
  }
  return { folder, running }
}

/** What mounts, loop devices, FUSE servers and folders of ours there are. */
async function leftovers(): Promise<string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  return [
    ...mounts.split('\n').filter((line) => /clonaula-browse|image\\040files/.test(line)),
    ...(await readdir(tmpdir())).filter((name) => name.startsWith('clonaula-browse-')),
    ...(await runCommand(['losetup', '--list', '--noheadings'])).stdout.split('\n').filter((line) => line.includes('clonaula-browse')),
  ]
}

/** Restores a revision onto a file of its size, and has the filesystem's own tool check it. */
async function restored(revision: string, { size, check }: Case): Promise<string> {
  const target = await bench.empty(`target-${revision}`, size)
  await done('restore', '--repo', repo, revision, target, '--no-grow')
  await runCommand([...check, target])
  return target
}

interface Saved {
  image: string
  revision: number
  parent: number
  figures: { newBytes: number; newChunks: number; chunks: number }
}

describe.each(CASES)('$filesystem', (kind) => {
  test('is mounted as it was captured, and a file that is added makes a small, sound revision', async ({ skip }) => {
    const why = await obstacle(kind)
    skip(why !== undefined, why)
    const { describe: describeFiles = describeTree } = kind
    const path = await source(kind)
    const expected = await bench.mounted(path, describeFiles, kind.mount)
    await capture(path, kind.filesystem)
    const { folder, running } = await mounted()
    expect(await describeFiles(folder)).toBe(expected)
    await expect(writeFile(join(folder, 'new'), '')).rejects.toThrow(/EROFS|EACCES/)
    running.signal('SIGINT')
    expect(await running.ended).toMatchObject({ code: 0, err: '' })

    const out = join(bench.folder, 'out')
    await done('extract', '--repo', repo, 'aula', 'large-2', 'deep', out)
    expect((await readFile(join(out, 'large-2'))).equals(noise('l2', MB + 2 * 4001))).toBe(true)
    expect(await readFile(join(out, 'deep', 'ñandú & co', 'texto.txt'), 'utf8')).toBe('hola\n'.repeat(10_000))

    const added = join(bench.folder, 'añadido')
    await writeFile(added, noise('added', MB))
    const saved = await done<Saved>('edit', '--repo', repo, 'aula', '--delete', '/large-1', '--add', `${added}:/deep/new/`, '--description', 'edited')
    expect(saved).toMatchObject({ image: 'aula', revision: 2, parent: 1 })
    expect(saved.figures.newBytes).toBeGreaterThanOrEqual(MB)
    expect(saved.figures.newBytes).toBeLessThan(6 * MB)
    expect(await leftovers()).toEqual([])

    const [parent, edited] = [await restored('aula@1', kind), await restored('aula@2', kind)]
    expect(await bench.mounted(parent, describeFiles, kind.mount)).toBe(expected)
    await bench.mounted(edited, async (files) => {
      expect(await readdir(files)).not.toContain('large-1')
      expect((await readFile(join(files, 'deep', 'new', 'añadido'))).equals(noise('added', MB))).toBe(true)
    }, kind.mount)
    const { files } = await done<{ files: FileChange[] }>('diff', '--repo', repo, 'aula@1', 'aula@2', '--files')
    expect(files.map(({ change, path }) => `${change} ${path}`)).toEqual(['added deep/new', 'added deep/new/añadido', 'removed large-1'])
  })
})

const EXT4: Case = CASES[0]!

describe('files of an image', () => {
  test('are listed and extracted, and no path or link leads out of it', async () => {
    const path = await source({
      ...EXT4, fill: async (folder) => {
        await fillUnix(folder)
        await writeFile(join(folder, 'a\nb\u001b[2J'), 'odd')
        await symlink('/etc', join(folder, 'host'))
        await symlink('../../../../etc/passwd', join(folder, 'deep', 'passwd'))
        await symlink('/deep', join(folder, 'within'))
      },
    })
    await capture(path, 'ext4')
    const listed = await done<{ path: string; kind: string; size: number; target: string }[]>('files', '--repo', repo, 'aula', 'within')
    expect(listed).toContainEqual(expect.objectContaining({ path: 'small-7', kind: 'f', size: 7 * 37 }))
    expect(listed).toContainEqual(expect.objectContaining({ path: 'passwd', kind: 'l', target: '../../../../etc/passwd' }))
    const { out } = await clonaula('files', '--repo', repo, 'aula')
    expect(out).toContain('a\ufffdb\ufffd[2J')
    expect(out).not.toContain('\u001b')
    for (const outside of ['host', 'host/passwd', 'deep/passwd/x']) {
      expect(await clonaula('files', '--repo', repo, 'aula', outside)).toMatchObject({ code: 2 })
    }

    const target = join(bench.folder, 'out')
    const { extracted } = await done<{ extracted: string[] }>('extract', '--repo', repo, 'aula', '/within/small-7', 'deep/../large-2', 'host', 'deep/passwd', '../../deep', target)
    expect(extracted.map((made) => made.slice(target.length + 1))).toEqual(['small-7', 'large-2', 'host', 'passwd', 'deep'])
    expect((await readFile(join(target, 'small-7'))).equals(noise('s7', 7 * 37))).toBe(true)
    expect((await lstat(join(target, 'host'))).isSymbolicLink()).toBe(true)
    expect((await lstat(join(target, 'passwd'))).isSymbolicLink()).toBe(true)
    expect(await stat(join(target, 'large-2'))).toMatchObject({ uid: 1234, gid: 567 })
    expect(await clonaula('extract', '--repo', repo, 'aula', 'host/passwd', target)).toMatchObject({ code: 2 })
    expect(await clonaula('extract', '--repo', repo, 'aula', 'large-2', target)).toMatchObject({ code: 115 })
    expect(await leftovers()).toEqual([])
  })

  test('are added inside, whatever links are in the way', async () => {
    const outside = join(bench.folder, 'outside')
    await mkdir(outside)
    const path = await source({
      ...EXT4, fill: async (folder) => {
        await symlink(outside, join(folder, 'link'))
        await symlink(join(outside, 'file'), join(folder, 'file'))
      },
    })
    await capture(path, 'ext4')
    const added = join(bench.folder, 'tree')
    await mkdir(join(added, 'link'), { recursive: true })
    await writeFile(join(added, 'file'), 'new')
    await writeFile(join(added, 'link', 'x'), 'new')
    await done('edit', '--repo', repo, 'aula', '--add', `${join(added, 'file')}:/link/sub/`, '--add', `${join(added, 'file')}:/file`)
    // A folder does not take the place of a link, and nothing is saved where something failed.
    expect(await clonaula('edit', '--repo', repo, 'aula@1', '--add', `${added}:/.`)).toMatchObject({ code: 20 })
    expect(await clonaula('edit', '--repo', repo, 'aula@1', '--delete', '/')).toMatchObject({ code: 112 })
    expect(await clonaula('edit', '--repo', repo, 'aula@1', '--delete', '/nothing')).toMatchObject({ code: 2 })
    expect(await readdir(outside)).toEqual([])
    expect((await bench.store.listRefs()).map(({ revision }) => revision)).toEqual([1, 2])
    const changes = await diffFiles(bench.store, 'aula@1', 'aula@2')
    // Absolute links lead to places in the image, as they would on the computer that starts from it.
    expect(changes.filter(({ path, after }) => after?.kind === 'f' && !path.includes('lost+found')).map(({ path }) => `/${path}`))
      .toEqual([join(outside, 'file'), join(outside, 'sub/file')])
  })

  test('are compared by name, and by content where only the time differs', async () => {
    const path = await source(EXT4)
    await capture(path, 'ext4')
    await bench.mounted(path, async (folder) => {
      await utimes(join(folder, 'large-1'), 1, 1)
      await utimes(join(folder, 'large-2'), 1, 1)
      await writeFile(join(folder, 'deep', 'small-7'), 'x'.repeat(7 * 37))
      await chmod(join(folder, 'large-3'), 0o600)
    })
    await capture(path, 'ext4')
    const names = ({ files }: { files: FileChange[] }) => files.map(({ change, path }) => `${change} ${path}`)
    const all = await done<{ files: FileChange[] }>('diff', '--repo', repo, 'aula@1', 'aula@2', '--files')
    // large-1 has a second name.
    expect(names(all)).toEqual(['changed deep/hard', 'changed deep/small-7', 'changed large-1', 'changed large-2', 'changed large-3'])
    const read = await done<{ files: FileChange[] }>('diff', '--repo', repo, 'aula@1', 'aula@2', '--files', '--content')
    expect(names(read)).toEqual(['changed deep/small-7', 'changed large-3'])
  })

  test('a full filesystem ends it, and the repository is as it was', async () => {
    await capture(await source({ ...EXT4, size: 60 * MB, fill: async () => undefined }), 'ext4')
    const added = join(bench.folder, 'large')
    await writeFile(added, noise('large', 70 * MB))
    expect(await clonaula('edit', '--repo', repo, 'aula', '--add', `${added}:/`)).toMatchObject({ code: 16 })
    expect(await bench.store.listRefs()).toHaveLength(1)
    expect(await leftovers()).toEqual([])
  })

  test.each([CASES[0]!, CASES[3]!])('one that was shrunk for its capture has room for more, and still fits into less: $filesystem', async (kind) => {
    const path = await source({ ...kind, size: 400 * MB })
    await done('capture', '--repo', repo, '--name', 'aula', '--no-clean', path)
    const added = join(bench.folder, 'large')
    await writeFile(added, noise('large', 60 * MB))
    await done('edit', '--repo', repo, 'aula', '--add', `${added}:/added`)
    const [before, after] = await done<{ volumes: { minimumSize: number; size: number }[] }[]>('list', '--repo', repo)
    expect(after!.volumes[0]!.size).toBe(400 * MB)
    expect(after!.volumes[0]!.minimumSize).toBeGreaterThan(before!.volumes[0]!.minimumSize + 50 * MB)
    expect(after!.volumes[0]!.minimumSize).toBeLessThan(200 * MB)
    const target = await bench.empty('target', 200 * MB)
    await done('restore', '--repo', repo, 'aula@2', target)
    await runCommand([...kind.check, target])
    await bench.mounted(target, async (folder) => expect((await readFile(join(folder, 'added'))).equals(noise('large', 60 * MB))).toBe(true), kind.mount)
  })
})

describe('mount --write', () => {
  beforeEach(async () => {
    await capture(await source(EXT4), 'ext4')
  })

  test('saves what was written when it is unmounted by another hand', async () => {
    const { folder, running } = await mounted('--write', '--save', '--description', 'by hand')
    await writeFile(join(folder, 'new'), noise('new', 300_000))
    await runCommand(['umount', folder])
    expect(await running.ended).toMatchObject({ code: 0, err: '' })
    expect(await bench.store.resolve('aula')).toMatchObject({ revision: 2, parent: 1, description: 'by hand' })
    expect(await leftovers()).toEqual([])
  })

  test('waits, at Ctrl-C, for those who use it; a second one gives up', async () => {
    const { folder, running } = await mounted('--write', '--save')
    const leave = new AbortController()
    const shell = runCommand(['sleep', '60'], { cwd: folder, signal: leave.signal }).catch(() => undefined)
    running.signal('SIGINT')
    while (!running.said().includes('in use')) await sleep(50)
    running.signal('SIGINT')
    expect(await running.ended).toMatchObject({ code: 0, err: '', out: expect.stringContaining('discarded') as unknown })
    leave.abort()
    await shell
    expect(await bench.store.listRefs()).toHaveLength(1)
  })

  test('discards when it is told to, and asks nobody who cannot answer', async () => {
    expect(await clonaula('mount', '--repo', repo, 'aula', bench.folder, '--write')).toMatchObject({ code: 112 })
    const { folder, running } = await mounted('--write', '--discard')
    await writeFile(join(folder, 'new'), '')
    running.signal('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 0, err: '' })
    expect(await bench.store.listRefs()).toHaveLength(1)
    expect(await leftovers()).toEqual([])
  })

  test('what a killed one leaves is taken away and named by the next', async () => {
    const { folder, running } = await mounted('--write', '--save')
    running.signal('SIGKILL')
    await running.ended
    expect(await leftovers()).not.toEqual([])
    const { code, out } = await clonaula('files', '--repo', repo, 'aula')
    expect(code).toBe(0)
    expect(out).toContain(`${folder} was unmounted`)
    expect(await leftovers()).toEqual([])
  })
})
