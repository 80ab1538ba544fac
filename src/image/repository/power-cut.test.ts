import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readManifest } from '../codecs.ts'
import { LocalRepository } from './local.ts'
import { executePurge } from './purge/execute.ts'
import { planPurge } from './purge/plan.ts'
import { addImage, block, captureBlocks, readBack } from './testing/small-images.ts'
import { cutPowerEverywhere, RecordingFileSystem, type Medium } from './testing/power-cut.ts'
import { unflushed } from './testing/unflushed.ts'

/** From the one that keeps only what it was told to, to the one that keeps all; and some that keep some. */
const MEDIA: Medium[] = [
  { data: 0, keepsName: () => false },
  { data: 0, keepsName: () => true },
  { data: 0.5, keepsName: () => true },
  { data: 1, keepsName: () => false },
  { data: 1, keepsName: (nth) => nth % 2 === 0 },
  { data: 0.5, keepsName: (nth) => nth % 2 === 1 },
]

let place: string
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'clonaula-power-'))
})
afterAll(() => rm(place, { recursive: true, force: true }))

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at)
const bytesOf = (seeds: readonly number[]): Buffer => Buffer.concat(seeds.map(block))

/** What each revision ever held. Those that are made in a scenario have other numbers in no state. */
type Contents = Readonly<Record<string, readonly number[]>>

/** Whatever has a name is whole, in its place or in the trash; whatever is there is what it is called. */
async function expectWhole(repository: LocalRepository, contents: Contents): Promise<{ live: string[]; trash: string[] }> {
  const live = (await repository.listRefs()).map(({ image, revision }) => `${image}@${revision}`)
  const trash = (await repository.listTrash()).map(({ image, revision }) => `${image}@${revision}`)
  for (const name of trash) await repository.untrash(name)
  for (const name of [...live, ...trash]) {
    expect(Buffer.compare(await readBack(repository, name), bytesOf(contents[name]!))).toBe(0)
  }
  for (const id of await repository.listManifests()) {
    const bytes = await repository.manifest(id)
    await readManifest(bytes)
    await expect(repository.publish(bytes)).resolves.toBe(id) // it lists packs that hold all of its chunks
  }
  expect(repository.damaged.size).toBe(0)
  return { live, trash }
}

describe('power that fails at any moment', () => {
  test('of a capture leaves nothing half-published, and what was said to be done is', async () => {
    const root = join(place, 'capture')
    const fileSystem = new RecordingFileSystem(root)
    const repository = await LocalRepository.open(root, { fileSystem })
    fileSystem.mark('made')
    await addImage(repository, 'a', range(0, 9))
    fileSystem.mark('a@1')
    const manifest = await repository.publish(await captureBlocks(repository, range(5, 14)))
    fileSystem.mark('published')
    await repository.addRevision({ image: 'a', parent: 1, manifest, description: '' })
    fileSystem.mark('a@2')
    await repository.tag({ image: 'a', revision: 1 }, 'exam')
    await repository.tag({ image: 'a', revision: 2 }, 'exam')
    fileSystem.mark('tagged')
    await repository.close()

    const states = await cutPowerEverywhere({ changes: fileSystem.changes, media: MEDIA, place: join(place, 'states') }, async (folder, done) => {
      const after = await LocalRepository.open(folder, { fileSystem: unflushed })
      const once = (mark: string, holds: boolean) => expect({ mark, holds: holds || !done.has(mark) }).toEqual({ mark, holds: true })
      once('made', after.id === repository.id)
      const { live } = await expectWhole(after, { 'a@1': range(0, 9), 'a@2': range(5, 14) })
      expect(live).toEqual(expect.arrayContaining(['a@1', 'a@2'].filter((name) => done.has(name))))
      once('published', (await after.listManifests()).includes(manifest))
      const tagged = (await after.listRefs()).filter(({ tags = [] }) => tags.includes('exam'))
      expect(tagged.length).toBeLessThanOrEqual(1)
      once('tagged', tagged[0]?.revision === 2)
      await addImage(after, 'next', range(3, 20)) // and it goes on
      expect(await readBack(after, 'next')).toEqual(bytesOf(range(3, 20)))
      await after.close()
    })
    expect(states).toBeGreaterThan(100)
  }, 120_000)

  test('of the trash and of a purge loses no revision that stays', async () => {
    const root = join(place, 'purge')
    const fileSystem = new RecordingFileSystem(root)
    const repository = await LocalRepository.open(root, { fileSystem })
    await addImage(repository, 'a', range(0, 24), { perPack: 12 })
    await addImage(repository, 'a', [...range(0, 3), ...range(14, 30)])
    await addImage(repository, 'b', range(2, 4))
    await addImage(repository, 'c', range(50, 53))
    await repository.trash('c')
    fileSystem.mark('ready')
    await repository.trash('a@1')
    fileSystem.mark('trashed')
    const names = ['a@1']
    const plan = await planPurge(repository, { names })
    expect(plan.rewrites).toHaveLength(1)
    await executePurge(repository, plan, { names })
    fileSystem.mark('purged')
    await repository.untrash('c')
    fileSystem.mark('back')

    const contents = { 'a@1': range(0, 24), 'a@2': [...range(0, 3), ...range(14, 30)], 'b@1': range(2, 4), 'c@1': range(50, 53) }
    const { changes } = fileSystem
    const states = await cutPowerEverywhere({ changes, media: MEDIA, place: join(place, 'states'), since: 'ready' }, async (folder, done) => {
      const after = await LocalRepository.open(folder, { fileSystem: unflushed })
      const { live, trash } = await expectWhole(after, contents)
      expect(live).toEqual(expect.arrayContaining(['a@2', 'b@1']))
      expect([...live, ...trash]).toContain('c@1')
      expect([...live, ...trash].includes('a@1') || done.has('trashed')).toBe(true)
      const once = (mark: string, holds: boolean) => expect({ mark, holds: holds || !done.has(mark) }).toEqual({ mark, holds: true })
      once('trashed', !live.includes('a@1'))
      once('purged', !trash.includes('a@1'))
      once('back', live.includes('c@1'))
      // What was begun can be ended.
      if (trash.includes('a@1')) await after.trash('a@1')
      const rest = await planPurge(after, { unfinished: true })
      await executePurge(after, rest, { unfinished: true })
      await expectWhole(after, contents)
      expect((await planPurge(after, { unfinished: true })).givenBack).toBe(0)
      await after.close()
    })
    expect(states).toBeGreaterThan(50)
  }, 240_000)
})
