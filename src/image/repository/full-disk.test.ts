import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BlockBitmap } from '#shared/formats/partclone-bitmap.ts'
import { encodePartclone } from '#shared/formats/partclone.ts'
import { importImage } from '../import/import-image.ts'
import { partcloneTools } from '../partclone-tools.ts'
import { LocalRepository } from './local.ts'
import { executePurge } from './purge/execute.ts'
import { planPurge } from './purge/plan.ts'
import { FullDisk } from './testing/full-disk.ts'
import { addImage, block, captureBlocks, readBack } from './testing/small-images.ts'
import { unflushed } from './testing/unflushed.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-full-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const noSpace = expect.objectContaining({ name: 'ClonaulaError', code: 16 })
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)
const bytesOf = (seeds: readonly number[]): Buffer => Buffer.concat(seeds.map(block))

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort()
}

/** Copies of a repository, each with a disk that has room for one call more, until there is room for all of the work. */
async function fillUp(
  template: string, createsEmpty: boolean, work: (repository: LocalRepository) => Promise<void>, check: (root: string) => Promise<void>,
): Promise<number> {
  for (let calls = 0; ; calls += 1) {
    const root = join(folder, String(calls))
    await cp(template, root, { recursive: true })
    const repository = await LocalRepository.open(root, { fileSystem: new FullDisk(calls, createsEmpty) })
    const outcome = await work(repository).then(() => 'done', (cause: unknown) => cause)
    await repository.close()
    if (outcome === 'done') return calls
    expect(outcome).toEqual(noSpace)
    await check(root)
    await rm(root, { recursive: true })
  }
}

describe.each([[true], [false]])('a disk that is full at any moment (room for empty files: %s)', (createsEmpty) => {
  test('of a capture: nothing is published, the room is given back, and it can be done again', async () => {
    const template = join(folder, 'template')
    const first = await LocalRepository.open(template, { fileSystem: unflushed })
    await addImage(first, 'a', range(0, 8))
    await first.close()
    const before = (await filesIn(template)).length
    const calls = await fillUp(template, createsEmpty, (repository) => addImage(repository, 'a', range(4, 16)), async (root) => {
      expect(await filesIn(root)).toHaveLength(before)
      const again = await LocalRepository.open(root, { fileSystem: unflushed })
      expect(await again.listRefs()).toMatchObject([{ revision: 1 }])
      expect(await readBack(again, 'a')).toEqual(bytesOf(range(0, 8)))
      await addImage(again, 'a', range(4, 16))
      expect(await readBack(again, 'a')).toEqual(bytesOf(range(4, 16)))
      await again.close()
    })
    expect(calls).toBeGreaterThan(8)
  }, 60_000)

  test('of an import of another system’s image: nothing stays of it', async () => {
    const template = join(folder, 'template')
    const first = await LocalRepository.open(template, { fileSystem: unflushed })
    await addImage(first, 'a', range(0, 8))
    await first.close()
    const before = (await filesIn(template)).length
    // More than a pack, so that one is stored when the next finds no room.
    const content = randomBytes(18 * 1024 * 1024)
    const path = join(folder, 'image.ptcl')
    await writeFile(path, Readable.from(encodePartclone({
      version: 2, filesystem: 'EXTFS', deviceSize: content.length, blocks: content.length / 4096, usedBlocks: content.length / 4096, blockSize: 4096,
      checksum: 'crc32', blocksPerChecksum: 256, reseed: true, bitmap: 'bit', creator: '0.3.23',
    }, new BlockBitmap(content.length / 4096, new Uint8Array(content.length / 4096 / 8).fill(0xff)), once(content), await partcloneTools())))
    const work = async (repository: LocalRepository): Promise<void> =>
      void (await importImage({ repository, name: 'b', description: '', format: 'auto', path, creator: 'test' }))
    const calls = await fillUp(template, createsEmpty, work, async (root) => {
      expect(await filesIn(root)).toHaveLength(before)
    })
    expect(calls).toBeGreaterThan(8)
  }, 60_000)

  test('of a purge: no revision that stays is hurt, and what it began can be ended', async () => {
    const template = join(folder, 'template')
    const first = await LocalRepository.open(template, { fileSystem: unflushed })
    await addImage(first, 'a', range(0, 24), { perPack: 12 })
    await addImage(first, 'b', [...range(0, 3), ...range(14, 30)])
    await first.trash('a')
    await first.close()
    const work = async (repository: LocalRepository): Promise<void> => {
      const plan = await planPurge(repository)
      expect(plan.rewrites).toHaveLength(1)
      await executePurge(repository, plan)
    }
    const calls = await fillUp(template, createsEmpty, work, async (root) => {
      expect(await filesIn(join(root, 'tmp'))).toEqual([])
      const again = await LocalRepository.open(root, { fileSystem: unflushed })
      expect(await readBack(again, 'b')).toEqual(bytesOf([...range(0, 3), ...range(14, 30)]))
      await executePurge(again, await planPurge(again))
      expect(await readBack(again, 'b')).toEqual(bytesOf([...range(0, 3), ...range(14, 30)]))
      expect((await planPurge(again, { unfinished: true })).givenBack).toBe(0)
      await again.close()
    })
    expect(calls).toBeGreaterThan(3)
  }, 60_000)
})

test('room is given back only when nobody else may count on what was stored', async () => {
  const root = join(folder, 'repository')
  const other = await LocalRepository.open(root, { fileSystem: unflushed })
  await other.locate([])
  const repository = await LocalRepository.open(root, { fileSystem: new FullDisk(8, true) })
  await expect(addImage(repository, 'a', range(0, 40))).rejects.toThrow(noSpace)
  await repository.close()
  const left = await other.listPacks()
  expect(left.length).toBeGreaterThan(0)
  await other.close()
  const again = await LocalRepository.open(root, { fileSystem: unflushed })
  await again.publish(await captureBlocks(again, range(0, 40)))
  expect((await again.listPacks()).sort()).toEqual(expect.arrayContaining(left))
  await again.close()
})
