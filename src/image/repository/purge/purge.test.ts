import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LocalRepository } from '../local.ts'
import { addImage, block, captureBlocks, readBack } from '../testing/small-images.ts'
import { unflushed } from '../testing/unflushed.ts'
import { executePurge } from './execute.ts'
import { planPurge } from './plan.ts'

let folder: string
let repository: LocalRepository
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-purge-'))
  repository = await LocalRepository.open(join(folder, 'repository'), { fileSystem: unflushed })
})
afterEach(async () => {
  await repository.close()
  await rm(folder, { recursive: true, force: true })
})

const failing = (code: number) => expect.objectContaining({ name: 'ClonaulaError', code })
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)
const bytesOf = (seeds: readonly number[]): Buffer => Buffer.concat(seeds.map(block))

async function bytesIn(...folders: string[]): Promise<number> {
  let sum = 0
  for (const name of folders) {
    for (const entry of await readdir(join(repository.root, name), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size
    }
  }
  return sum
}

describe('a purge', () => {
  test('has nothing to do while nothing is in the trash', async () => {
    await addImage(repository, 'a', range(0, 20))
    await addImage(repository, 'a', range(10, 30))
    const plan = await planPurge(repository)
    expect(plan).toMatchObject({ revisions: [], manifests: [], packs: [], rewrites: [], givenBack: 0 })
  })

  test('gives back what a revision had to itself, and hurts no other', async () => {
    await addImage(repository, 'a', range(0, 40))
    await addImage(repository, 'a', range(20, 60))
    await addImage(repository, 'a', range(40, 80))
    const before = await bytesIn('packs', 'manifests')
    await repository.trash('a@2')
    expect(await bytesIn('packs', 'manifests')).toBe(before)
    const plan = await planPurge(repository)
    expect(plan.revisions).toMatchObject([{ image: 'a', revision: 2 }])
    const { givenBack } = await executePurge(repository, plan)
    expect(givenBack).toBe(plan.givenBack)
    expect(await bytesIn('packs', 'manifests')).toBe(before - givenBack)
    expect(await readBack(repository, 'a@1')).toEqual(bytesOf(range(0, 40)))
    expect(await readBack(repository, 'a@3')).toEqual(bytesOf(range(40, 80)))
    expect(await repository.listTrash()).toEqual([])
    expect((await planPurge(repository)).givenBack).toBe(0)
  })

  test('writes the needed part of a pack anew', async () => {
    await addImage(repository, 'a', range(0, 64), { perPack: 32 })
    await addImage(repository, 'b', [...range(0, 5), ...range(40, 64), 100])
    await repository.trash('a')
    const plan = await planPurge(repository)
    expect(plan.rewrites).toHaveLength(1)
    expect(plan.packs).toHaveLength(0)
    const before = await bytesIn('packs', 'manifests')
    const { givenBack } = await executePurge(repository, plan)
    expect(await bytesIn('packs', 'manifests')).toBe(before - givenBack)
    expect(givenBack).toBeGreaterThan(25 * 4096)
    expect(await readBack(repository, 'b')).toEqual(bytesOf([...range(0, 5), ...range(40, 64), 100]))
    const later = await planPurge(repository)
    expect(later).toMatchObject({ rewrites: [], packs: [], manifests: [] })
  })

  test('takes of the trash what it is told, and what stays there can be had again', async () => {
    await addImage(repository, 'a', range(0, 20))
    await addImage(repository, 'b', range(100, 120))
    await repository.trash('a')
    await repository.trash('b')
    await executePurge(repository, await planPurge(repository, { names: ['a@1'] }), { names: ['a@1'] })
    await expect(repository.untrash('a')).rejects.toThrow(failing(2))
    await repository.untrash('b')
    expect(await readBack(repository, 'b')).toEqual(bytesOf(range(100, 120)))
    await expect(planPurge(repository, { names: ['b'] })).rejects.toThrow(failing(2))
  })

  test('never gives a number to a second revision', async () => {
    for (const from of [0, 10, 20]) await addImage(repository, 'a', range(from, from + 10))
    await repository.trash('a@3')
    await executePurge(repository, await planPurge(repository))
    await addImage(repository, 'a', range(50, 60))
    expect((await repository.listRefs()).map(({ revision }) => revision)).toEqual([1, 2, 4])
  })

  test('is refused when the repository has changed since the plan', async () => {
    await addImage(repository, 'a', range(0, 20))
    await addImage(repository, 'b', range(10, 30))
    await repository.trash('a')
    const plan = await planPurge(repository)
    await repository.tag({ image: 'b', revision: 1 }, 'exam')
    await expect(executePurge(repository, plan)).rejects.toThrow(failing(137))
    await repository.untrash('a')
    await expect(executePurge(repository, plan)).rejects.toThrow(failing(137))
    expect(await readBack(repository, 'a')).toEqual(bytesOf(range(0, 20)))
  })

  test('is refused while a capture is under way elsewhere, which then finds all that it counted on', async () => {
    await addImage(repository, 'a', range(0, 20))
    await repository.trash('a')
    const other = await LocalRepository.open(repository.root)
    const manifest = await captureBlocks(other, range(10, 30)) // counts on chunks of what is in the trash
    await expect(executePurge(repository, await planPurge(repository))).rejects.toThrow(failing(4))
    await other.addRevision({ image: 'b', manifest: await other.publish(manifest), description: '' })
    await other.close()
    await executePurge(repository, await planPurge(repository))
    expect(await readBack(repository, 'b')).toEqual(bytesOf(range(10, 30)))
  })

  test('that comes between two steps of a capture makes it fail rather than publish what is not there', async () => {
    await addImage(repository, 'a', range(0, 20))
    await repository.trash('a')
    const manifest = await captureBlocks(repository, range(10, 30))
    await executePurge(repository, await planPurge(repository)) // this repository’s own: it lets go of the lock by itself
    await expect(repository.publish(manifest)).rejects.toThrow(failing(5))
  })

  test('leaves what an interrupted capture has left alone for a day', async () => {
    const manifest = await captureBlocks(repository, range(0, 8))
    await captureBlocks(repository, range(50, 58))
    await repository.publish(manifest)
    const young = await planPurge(repository)
    expect(young).toMatchObject({ manifests: [], packs: [], spared: { manifests: 1, packs: 2 } })
    expect((await planPurge(repository, { unfinished: true })).packs).toHaveLength(4)
    const later = { now: new Date(Date.now() + 25 * 60 * 60 * 1000) }
    expect(await planPurge(repository, later)).toMatchObject({ spared: { manifests: 0, packs: 0 } })
    await executePurge(repository, await planPurge(repository, later), later)
    expect(await bytesIn('packs', 'manifests')).toBe(0)
  })

  test('is refused while a revision that stays cannot be read', async () => {
    await addImage(repository, 'a', range(0, 8))
    await addImage(repository, 'b', range(0, 16))
    await rm(repository.manifestPath((await repository.resolve('a')).manifest))
    await repository.trash('b')
    await expect(planPurge(repository)).rejects.toThrow(failing(33))
    await repository.trash('a')
    await executePurge(repository, await planPurge(repository))
    expect(await bytesIn('packs', 'manifests')).toBe(0)
  })

  test('removes packs that nobody has needed for long', async () => {
    await captureBlocks(repository, range(0, 8))
    const longAgo = new Date(Date.now() - 48 * 60 * 60 * 1000)
    for (const id of await repository.listPacks()) await utimes(repository.packPath(id), longAgo, longAgo)
    expect((await planPurge(repository)).packs).toHaveLength(2)
  })
})

test('whatever is trashed, brought back and purged, every revision that is left is whole', async () => {
  type Step = { kind: 'add'; from: number; length: number; perPack: number } | { kind: 'trash' | 'untrash' | 'purge'; pick: number }
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant('add' as const), from: fc.nat(60), length: fc.integer({ min: 1, max: 40 }), perPack: fc.integer({ min: 1, max: 16 }) }),
    fc.record({ kind: fc.constantFrom('trash' as const, 'untrash' as const, 'purge' as const), pick: fc.nat(10) }),
  )
  let run = 0
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
    const own = await LocalRepository.open(join(folder, `run-${run++}`), { fileSystem: unflushed })
    const expected = new Map<string, Buffer>()
    const trashed = new Set<string>()
    for (const [at, one] of steps.entries()) {
      const live = [...expected.keys()].filter((name) => !trashed.has(name))
      if (one.kind === 'add') {
        const seeds = range(one.from, one.from + one.length)
        await addImage(own, 'a', seeds, { perPack: one.perPack, created: new Date(at * 1000).toISOString() })
        expected.set(`a@${(await own.resolve('a')).revision}`, bytesOf(seeds))
      } else if (one.kind === 'trash' && live.length > 0) {
        const name = live[one.pick % live.length]!
        await own.trash(name)
        trashed.add(name)
      } else if (one.kind === 'untrash' && trashed.size > 0) {
        const name = [...trashed][one.pick % trashed.size]!
        await own.untrash(name)
        trashed.delete(name)
      } else if (one.kind === 'purge') {
        const names = [...trashed].filter((_, at) => at % 2 === one.pick % 2)
        await executePurge(own, await planPurge(own, { names }), { names })
        for (const name of names) {
          trashed.delete(name)
          expected.delete(name)
        }
      }
    }
    for (const name of trashed) await own.untrash(name)
    expect((await own.listRefs()).map(({ revision }) => `a@${revision}`).sort()).toEqual([...expected.keys()].sort())
    for (const [name, bytes] of expected) expect(Buffer.compare(await readBack(own, name), bytes)).toBe(0)
    await own.close()
  }), { numRuns: 15 })
}, 60_000)
