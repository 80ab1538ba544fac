import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../codecs.ts'
import { readIndexFile, writeIndexFile, type IndexedPack } from './index-file.ts'
import { loadIndex } from './load-index.ts'
import { LocalRepository } from './local.ts'
import { addImage, block } from './testing/small-images.ts'
import { unflushed } from './testing/unflushed.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-index-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const indexed: fc.Arbitrary<IndexedPack> = fc.record({
  size: fc.nat(64 * 1024 * 1024), digests: fc.nat(5).chain((count) => fc.uint8Array({ minLength: count * 32, maxLength: count * 32 })),
})

describe('the index file', () => {
  test('comes back', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(hex, indexed), { maxLength: 8 }), async (entries) => {
      const packs = new Map(entries)
      await writeIndexFile(join(folder, 'index'), packs)
      const read = await readIndexFile(join(folder, 'index'))
      expect([...read].map(([id, { size, digests }]) => [id, size, Buffer.from(digests).toString('hex')]))
        .toEqual([...packs].map(([id, { size, digests }]) => [id, size, Buffer.from(digests).toString('hex')]))
    }), { numRuns: 50 })
    expect(await readdir(folder)).toEqual(['index'])
  })

  test('is nothing when it is not there, cut at any byte, or different in any', async () => {
    const path = join(folder, 'index')
    expect(await readIndexFile(path)).toEqual(new Map())
    await writeIndexFile(path, new Map([['ab'.repeat(32), { size: 1000, digests: new Uint8Array(64) }]]))
    const bytes = await readFile(path)
    for (let at = 0; at < bytes.length; at += 1) {
      await writeFile(path, bytes.subarray(0, at))
      expect(await readIndexFile(path)).toEqual(new Map())
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 0x10
      await writeFile(path, damaged)
      expect(await readIndexFile(path)).toEqual(new Map())
    }
  })

  test('that lies under a right hash never claims more than it has', async () => {
    const path = join(folder, 'index')
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (tail) => {
      const signed = Buffer.concat([Buffer.from('CLNINDX\u0001'), tail])
      await writeFile(path, Buffer.concat([signed, sha256(signed)]))
      const read = await readIndexFile(path)
      expect([...read.values()].reduce((sum, { digests }) => sum + digests.length, 0)).toBeLessThanOrEqual(tail.length)
    }), { numRuns: 100 })
  })
})

describe('an index that is loaded', () => {
  const seeds = Array.from({ length: 40 }, (_, at) => at)
  let root: string
  beforeEach(async () => {
    root = join(folder, 'repository')
    await using repository = await LocalRepository.open(root, { fileSystem: unflushed })
    await addImage(repository, 'a', seeds, { perPack: 1 })
    await loadIndex(repository)
  })

  /** For each chunk of the image, whether it is found. */
  async function found(): Promise<boolean[]> {
    await using repository = await LocalRepository.open(root, { fileSystem: unflushed })
    return (await repository.locate(seeds.map((seed) => sha256(block(seed))))).map((pack) => pack !== undefined)
  }
  const all = seeds.map(() => true)
  const butOne = (missing: number) => seeds.map((seed) => seed !== missing)

  async function packOf(seed: number): Promise<string> {
    await using repository = await LocalRepository.open(root, { fileSystem: unflushed })
    const [pack] = await repository.locate([sha256(block(seed))])
    return repository.packPath(pack!)
  }

  test('was kept, and is believed', async () => {
    expect((await readIndexFile(join(root, 'index'))).size).toBe(40)
    expect(await found()).toEqual(all)
  })

  test('is made anew when its file is damaged, or gone', async () => {
    await truncate(join(root, 'index'), 100)
    expect(await found()).toEqual(all)
    expect((await readIndexFile(join(root, 'index'))).size).toBe(40)
    await rm(join(root, 'index'))
    expect(await found()).toEqual(all)
    expect((await readIndexFile(join(root, 'index'))).size).toBe(40)
  })

  test('does not have packs that are gone, or cut off since', async () => {
    await rm(await packOf(3))
    expect(await found()).toEqual(butOne(3))
    await using repository = await LocalRepository.open(root, { fileSystem: unflushed })
    await addImage(repository, 'a', [3, 100])
    expect(await found()).toEqual(all)
    await repository.close()
    await truncate(await packOf(5), 1000)
    expect(await found()).toEqual(butOne(5))
  })

  test('has packs that came later', async () => {
    await using repository = await LocalRepository.open(root, { fileSystem: unflushed })
    await addImage(repository, 'b', [1000])
    const again = await LocalRepository.open(root, { fileSystem: unflushed })
    expect((await again.locate([sha256(block(1000))]))[0]).toBeDefined()
    await again.close()
  })
})
