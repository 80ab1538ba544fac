import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Manifest } from '#shared/formats/manifest.ts'
import { readManifest } from '../codecs.ts'
import { compareRevisions } from './compare.ts'
import { describeRevision } from './describe.ts'
import { LocalRepository } from './local.ts'
import { addImage, captureBlocks } from './testing/small-images.ts'
import { unflushed } from './testing/unflushed.ts'

let folder: string
let repository: LocalRepository
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-compare-'))
  repository = await LocalRepository.open(join(folder, 'repository'), { fileSystem: unflushed })
})
afterEach(async () => {
  await repository.close()
  await rm(folder, { recursive: true, force: true })
})

const manifestOf = async (name: string): Promise<Manifest> =>
  readManifest(await repository.manifest((await repository.resolve(name)).manifest))

test('two revisions differ by what moved, what is new and what is gone', async () => {
  await addImage(repository, 'a', [0, 1, 2, 3, 4, 5])
  await addImage(repository, 'a', [0, 1, 9, 3, 2, 2, 10])
  const { volumes, added, removed } = await compareRevisions(repository, await manifestOf('a@1'), await manifestOf('a@2'))
  // Places 2, 4, 5 and 6 hold something else; 9 and 10 are new; 4 and 5 are gone.
  expect(volumes).toMatchObject([{ number: 1, changed: 4 * 4096, added: { chunks: 2, plain: 2 * 4096, stored: 2 * 4096 } }])
  expect([added, removed]).toEqual([{ chunks: 2, plain: 8192, stored: 8192 }, { chunks: 2, plain: 8192, stored: 8192 }])
})

test('a revision and itself do not differ', async () => {
  await addImage(repository, 'a', [0, 0, 0, 1])
  const manifest = await manifestOf('a')
  expect(await compareRevisions(repository, manifest, manifest)).toMatchObject({
    volumes: [{ changed: 0 }], added: { chunks: 0 }, removed: { chunks: 0 },
  })
})

test('a volume that only one of them has is new, or gone, as a whole', async () => {
  await addImage(repository, 'a', [0, 1])
  const after = await manifestOf('a')
  const before: Manifest = { ...after, facts: { ...after.facts, volumes: [{ ...after.facts.volumes[0]!, number: 5 }] } }
  const { volumes, added } = await compareRevisions(repository, before, after)
  expect(volumes).toMatchObject([{ number: 1, changed: 8192, added: { chunks: 0 } }, { number: 5, changed: 0 }])
  expect(volumes.map((volume) => [volume.before !== undefined, volume.after !== undefined])).toEqual([[false, true], [true, false]])
  expect(added.chunks).toBe(0)
})

test('whatever they hold, the figures are those of a comparison block by block', async () => {
  const blocks = fc.array(fc.nat(12), { minLength: 1, maxLength: 20 })
  await fc.assert(fc.asyncProperty(blocks, blocks, async (was, is) => {
    const [before, after] = [await readManifest(await captureBlocks(repository, was)), await readManifest(await captureBlocks(repository, is))]
    const difference = await compareRevisions(repository, before, after)
    expect(difference.volumes[0]!.changed).toBe(is.filter((block, at) => was[at] !== block).length * 4096)
    expect(difference.added.chunks).toBe(new Set(is.filter((block) => !was.includes(block))).size)
    expect(difference.removed.chunks).toBe(new Set(was.filter((block) => !is.includes(block))).size)
  }), { numRuns: 50 })
})

test('a revision is described with what it shares and what it has to itself', async () => {
  await addImage(repository, 'a', [0, 1, 2, 3])
  await addImage(repository, 'a', [2, 3, 4])
  await addImage(repository, 'b', [4, 5])
  await repository.trash('b')
  const description = await describeRevision(repository, await repository.resolve('a@2'))
  expect(description).toMatchObject({
    packs: 2, facts: { volumes: [{ number: 1, used: 3 * 4096 }] },
    all: { chunks: 3, plain: 3 * 4096, stored: 3 * 4096 }, shared: { chunks: 3 }, own: { chunks: 0, plain: 0, stored: 0 },
  })
  expect((await describeRevision(repository, await repository.resolve('a@1'))).own).toEqual({ chunks: 2, plain: 8192, stored: 8192 })
})
