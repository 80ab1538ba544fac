import { randomFillSync } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, statfs, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { executePurge, LocalRepository, planPurge, runCommand } from '#image/index.ts'
import { main } from '../../../src/main/cli/main.ts'

/** Bytes of the filesystem that the repository is on, and of sources that fit and do not. */
const DISK = 64 * 1024 * 1024
const SMALL = 20 * 1024 * 1024
const LARGE = 100 * 1024 * 1024

let folder: string
let mounted: string
let repo: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-disk-full-'))
  mounted = join(folder, 'mounted')
  await mkdir(mounted)
  await writeFile(join(folder, 'disk'), '')
  await truncate(join(folder, 'disk'), DISK)
  await runCommand(['mkfs.ext4', '-q', '-m', '0', '-b', '4096', join(folder, 'disk')])
  await runCommand(['mount', '-o', 'loop', join(folder, 'disk'), mounted])
  repo = join(mounted, 'repository')
})
afterEach(async () => {
  await runCommand(['umount', mounted])
  await rm(folder, { recursive: true, force: true })
})

async function source(name: string, size: number): Promise<string> {
  await writeFile(join(folder, name), randomFillSync(Buffer.alloc(size)))
  return join(folder, name)
}

const image = (...args: string[]): Promise<number> =>
  main(['image', ...args, '--repo', repo], { out: () => {}, err: () => {}, interactive: false, ask: async () => '' }, {})

async function free(): Promise<number> {
  await runCommand(['sync', '-f', mounted])
  const { bavail, bsize } = await statfs(mounted)
  return bavail * bsize
}

test('a capture for which there is no room says so, publishes nothing and gives the room back', async () => {
  expect(await image('capture', '--name', 'a', '--mode', 'sector', await source('small', SMALL))).toBe(0)
  const before = await free()
  expect(await image('capture', '--name', 'a', '--mode', 'sector', await source('large', LARGE))).toBe(16)
  expect(before - (await free())).toBeLessThan(64 * 1024) // folders grow, and do not shrink
  expect(await readdir(join(repo, 'tmp'))).toEqual([])
  await using repository = await LocalRepository.open(repo)
  expect(await repository.listRefs()).toMatchObject([{ image: 'a', revision: 1 }])
  expect(await repository.listManifests()).toHaveLength(1)
  expect(await image('verify')).toBe(0)
})

test('a disk without a single free block is enough to empty the trash', async () => {
  expect(await image('capture', '--name', 'a', '--mode', 'sector', await source('small', SMALL))).toBe(0)
  expect(await image('trash', 'a')).toBe(0)
  await writeFile(join(mounted, 'filler'), Buffer.alloc(DISK)).catch(() => undefined)
  for (let at = 0; (await free()) > 0 && at < 100; at += 1) await writeFile(join(mounted, `filler-${at}`), Buffer.alloc(4096)).catch(() => undefined)
  expect(await free()).toBe(0)
  await using repository = await LocalRepository.open(repo)
  await executePurge(repository, await planPurge(repository))
  expect(await free()).toBeGreaterThanOrEqual(SMALL)
})
