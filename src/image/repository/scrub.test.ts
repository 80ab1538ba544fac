import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toHex } from '#shared/formats/digest.ts'
import { sha256 } from '../codecs.ts'
import type { PackId } from '../store.ts'
import { LocalRepository } from './local.ts'
import { scrub } from './scrub.ts'
import { addImage, block } from './testing/small-images.ts'
import { unflushed } from './testing/unflushed.ts'

let folder: string
let repository: LocalRepository
/** Packs of the blocks 0–3, 4–7 (both of a@1), 8–11 (of a@2, as 4–7). */
let packs: PackId[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-scrub-'))
  repository = await LocalRepository.open(join(folder, 'repository'), { fileSystem: unflushed })
  await addImage(repository, 'a', [0, 1, 2, 3, 4, 5, 6, 7])
  await addImage(repository, 'a', [4, 5, 6, 7, 8, 9, 10, 11, 4, 4])
  packs = (await repository.locate([0, 4, 8].map((seed) => sha256(block(seed))))).map((pack) => pack!)
})
afterEach(async () => {
  await repository.close()
  await rm(folder, { recursive: true, force: true })
})

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at]! ^= 0x20
  await writeFile(path, bytes)
}
const run = async () => scrub(repository, await repository.listRefs())

describe('a scrub', () => {
  test('finds nothing wrong where nothing is, and says how much it read', async () => {
    const phases: number[] = []
    const report = await scrub(repository, await repository.listRefs(), { onProgress: ({ done, total }) => phases.push(done / total) })
    expect(report).toMatchObject({ revisions: 2, packs: 3, damaged: [], hurt: [] })
    expect(report.bytes).toBeGreaterThan(12 * 4096)
    expect([phases[0], phases.at(-1)]).toEqual([0, 1])
  })

  test('names the chunk, and the revisions and volumes that it hurts', async () => {
    await flip(repository.packPath(packs[1]!), 8 + 100) // block 4, of both
    const report = await run()
    expect(report.damaged).toMatchObject([{ pack: packs[1], chunks: [toHex(sha256(block(4)))] }])
    expect(report.hurt).toEqual([
      { image: 'a', revision: 1, chunks: 1, bytes: 4096, volumes: [1] },
      { image: 'a', revision: 2, chunks: 1, bytes: 3 * 4096, volumes: [1] },
    ])
  })

  test('looks only at what it is told to', async () => {
    await flip(repository.packPath(packs[2]!), 500)
    expect((await scrub(repository, [await repository.resolve('a@1')])).damaged).toEqual([])
    expect((await scrub(repository, [await repository.resolve('a@2')])).hurt).toMatchObject([{ revision: 2 }])
  })

  test.each<[string, (path: string) => Promise<void>]>([
    ['is gone', (path) => rm(path)],
    ['is empty', (path) => truncate(path, 0)],
    ['is cut off', (path) => truncate(path, 9000)],
    ['is absurdly large', (path) => truncate(path, 1e12)],
    ['has a damaged footer', async (path) => flip(path, (await readFile(path)).length - 60)],
  ])('counts all of a pack as lost that %s', async (_, damage) => {
    await damage(repository.packPath(packs[0]!))
    const report = await run()
    expect(report.damaged).toMatchObject([{ pack: packs[0], chunks: [] }])
    expect(report.hurt).toEqual([{ image: 'a', revision: 1, chunks: 4, bytes: 4 * 4096, volumes: [1] }])
  })

  test('finds a pack that is whole, and another', async () => {
    await writeFile(repository.packPath(packs[0]!), await readFile(repository.packPath(packs[2]!)))
    const report = await run()
    expect(report.damaged).toMatchObject([{ pack: packs[0], problem: 'these are not its bytes' }])
    expect(report.hurt).toMatchObject([{ revision: 1, chunks: 4 }])
  })

  test('finds a damaged manifest, and one that is gone', async () => {
    const [first, second] = await repository.listRefs()
    await flip(repository.manifestPath(first!.manifest), 200)
    await rm(repository.manifestPath(second!.manifest))
    const { hurt } = await run()
    expect(hurt).toMatchObject([{ revision: 1, problem: expect.any(String) }, { revision: 2, problem: expect.any(String) }])
  })

  test('notices every bit, and never takes the wrong revision for hurt', async () => {
    const path = repository.packPath(packs[0]!)
    const good = await readFile(path)
    await fc.assert(fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), async (at, difference) => {
      const bytes = Buffer.from(good)
      bytes[at]! ^= difference
      await writeFile(path, bytes)
      const { damaged, hurt } = await run()
      expect(damaged.map(({ pack }) => pack)).toEqual([packs[0]])
      expect(hurt.every(({ revision }) => revision === 1)).toBe(true)
    }), { numRuns: 60 })
  })

  test('stops when it is told to', async () => {
    await expect(scrub(repository, await repository.listRefs(), { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
  })
})
