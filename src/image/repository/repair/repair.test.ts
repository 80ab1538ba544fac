import { createServer } from 'node:http'
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../../codecs.ts'
import type { PackId } from '../../store.ts'
import { LocalRepository } from '../local.ts'
import { scrub } from '../scrub.ts'
import { cutPowerEverywhere, RecordingFileSystem, type Medium } from '../testing/power-cut.ts'
import { addImage, block, captureBlocks, packOf, readBack } from '../testing/small-images.ts'
import { FullDisk } from '../testing/full-disk.ts'
import { unflushed } from '../testing/unflushed.ts'
import { repair } from './repair.ts'
import { openSupplier } from './supplier.ts'

const SECOND = [4, 5, 6, 7, 8, 9, 10, 11, 4]
const CONTENTS: Readonly<Record<string, readonly number[]>> = { 'a@1': [0, 1, 2, 3, 4, 5, 6, 7], 'a@2': SECOND, 'b@1': [20, 21] }

let folder: string
let repository: LocalRepository
let packs: Awaited<ReturnType<typeof packsOf>>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-repair-'))
  repository = await LocalRepository.open(join(folder, 'repository'), { fileSystem: unflushed })
  await fill(repository)
  packs = await packsOf(repository)
})
afterEach(async () => {
  await repository.close()
  await rm(folder, { recursive: true, force: true })
})

/** The second revision of `a` is in the trash: what it needs is to be had again too. */
async function fill(one: LocalRepository): Promise<void> {
  await addImage(one, 'a', CONTENTS['a@1']!)
  await addImage(one, 'a', SECOND)
  await addImage(one, 'b', CONTENTS['b@1']!)
  await one.trash('a@2')
}

/** Of the blocks 0–3 (a@1), 4–7 (both of a), 8–11 (a@2). */
async function packsOf(one: LocalRepository): Promise<[PackId, PackId, PackId]> {
  const found = await one.locate([0, 4, 8].map((seed) => sha256(block(seed))))
  await one.close()
  return found as [PackId, PackId, PackId]
}

async function other(seeds: readonly (string | number)[], perPack = 4): Promise<LocalRepository> {
  const made = await LocalRepository.open(join(folder, 'other'), { fileSystem: unflushed })
  await addImage(made, 'other', seeds, { perPack })
  await made.close()
  return made
}
const from = () => openSupplier(join(folder, 'other'))

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at]! ^= 0x20
  await writeFile(path, bytes)
}
const BLOCK_OF = (nth: number): number => 8 + nth * 4096 + 100
const bytesOf = (name: string): Buffer => Buffer.concat(CONTENTS[name]!.map(block))
const isThere = (path: string): Promise<boolean> => stat(path).then(() => true, () => false)

async function expectWhole(one = repository): Promise<void> {
  const refs = [...(await one.listRefs()), ...(await one.listTrash())]
  expect(await scrub(one, refs, { unlisted: true })).toMatchObject({ revisions: 3, damaged: [], hurt: [] })
  await one.untrash('a@2')
  for (const name of Object.keys(CONTENTS)) expect(await readBack(one, name)).toEqual(bytesOf(name))
}

describe('a damaged pack', () => {
  test.each<[string, (path: string) => Promise<void>]>([
    ['has a wrong bit', (path) => flip(path, BLOCK_OF(2))],
    ['has a damaged footer', async (path) => flip(path, (await readFile(path)).length - 60)],
    ['is gone', (path) => rm(path)],
    ['is cut off', (path) => truncate(path, 9000)],
  ])('that %s is as it was again, where the same one is elsewhere', async (_, damage) => {
    await fill(await LocalRepository.open(join(folder, 'other'), { fileSystem: unflushed }))
    const path = repository.packPath(packs[1])
    const good = await readFile(path)
    const before = await repository.listRefs()
    await damage(path)
    expect(await repair(repository, { from: await from() })).toMatchObject({
      revisions: 3, damaged: [{ pack: packs[1], outcome: 'fetched' }], manifests: [], hurt: [],
    })
    expect((await readFile(path)).equals(good)).toBe(true)
    expect(await repository.listRefs()).toEqual(before)
    await expectWhole()
  })

  test('gives way to new ones where its chunks are in others elsewhere', async () => {
    await other([3, 5, 1, 'x', 7], 2)
    const before = await repository.listRefs()
    await flip(repository.packPath(packs[1]), BLOCK_OF(1))
    expect(await repair(repository, { from: await from() })).toMatchObject({ damaged: [{ pack: packs[1], outcome: 'replaced' }], hurt: [] })
    expect(await isThere(repository.packPath(packs[1]))).toBe(false)
    const after = await repository.listRefs()
    expect(after.map(({ manifest }, at) => manifest === before[at]!.manifest)).toEqual([false, true]) // b has nothing to do with it
    expect(await repository.listManifests()).toHaveLength(3)
    await expectWhole()
  })

  test('gives way to what was captured since it was found', async () => {
    await flip(repository.packPath(packs[0]), BLOCK_OF(3))
    expect(await repair(repository)).toMatchObject({
      damaged: [{ pack: packs[0], outcome: 'marked' }], hurt: [{ image: 'a', revision: 1, chunks: 1, bytes: 4096, volumes: [1] }],
    })
    expect(await repository.locate([sha256(block(0)), sha256(block(3)), sha256(block(4))])).toEqual([undefined, undefined, packs[1]])
    await repository.publish(await captureBlocks(repository, ['new', 3, 4]))
    await repository.close()
    expect(await repair(repository)).toMatchObject({ damaged: [{ pack: packs[0], outcome: 'replaced' }], hurt: [] })
    expect(await isThere(repository.packPath(packs[0]))).toBe(false)
    await expectWhole()
  })

  test('is as it was when the same capture stores it again', async () => {
    await flip(repository.packPath(packs[0]), BLOCK_OF(3))
    await repair(repository)
    await repository.putPack(packOf([0, 1, 2, 3].map(block)))
    await repository.close()
    expect(await repair(repository)).toMatchObject({ damaged: [], hurt: [] })
    expect(await repository.locate([sha256(block(3))])).toEqual([packs[0]])
    await repository.close()
    await expectWhole()
  })

  test('of which nothing can be had keeps what is good of it, and its revisions are named', async () => {
    await other([3, 'x'])
    await flip(repository.packPath(packs[0]), BLOCK_OF(2))
    await flip(repository.packPath(packs[0]), BLOCK_OF(3))
    await flip(repository.packPath(packs[2]), BLOCK_OF(0))
    await flip(join(folder, 'other', 'packs', ...(await otherPack())), BLOCK_OF(0)) // the other one is damaged too
    const report = await repair(repository, { from: await from() })
    expect(report.damaged).toMatchObject([{ outcome: 'marked' }, { outcome: 'marked' }])
    expect(report.hurt).toMatchObject([{ image: 'a', revision: 1, chunks: 2 }, { image: 'a', revision: 2, chunks: 1 }])
    expect(await readBack(repository, 'b@1')).toEqual(bytesOf('b@1'))
    await rm(join(folder, 'other'), { recursive: true })
    await other([2, 3, 8])
    expect(await repair(repository, { from: await from() })).toMatchObject({ hurt: [] })
    await expectWhole()
  })

  async function otherPack(): Promise<[string, string]> {
    const [id] = await (await LocalRepository.open(join(folder, 'other'))).listPacks()
    return [id!.slice(0, 2), `${id}.pack`]
  }

  test('that no revision needs goes, before the next capture counts on it', async () => {
    const spare = packOf([block('spare')])
    await repository.putPack(spare)
    await repository.close()
    await flip(repository.packPath(spare.id), BLOCK_OF(0))
    expect(await repair(repository)).toMatchObject({ damaged: [{ pack: spare.id, outcome: 'replaced' }], hurt: [] })
    expect(await repository.locate([sha256(block('spare'))])).toEqual([undefined])
    await repository.close()
    await expectWhole()
  })
})

test('a damaged manifest, and one that is gone, are as they were again', async () => {
  await fill(await LocalRepository.open(join(folder, 'other'), { fileSystem: unflushed }))
  const [first, second] = await repository.listRefs()
  await flip(repository.manifestPath(first!.manifest), 150)
  await rm(repository.manifestPath(second!.manifest))
  expect((await repair(repository)).hurt).toMatchObject([{ image: 'a', problem: expect.any(String) }, { image: 'b', problem: expect.any(String) }])
  expect(await repair(repository, { from: await from() })).toMatchObject({ manifests: [first!.manifest, second!.manifest], damaged: [], hurt: [] })
  await expectWhole()
})

test('of a web server’s files, packs and manifests are had by their names', async () => {
  await fill(await LocalRepository.open(join(folder, 'other'), { fileSystem: unflushed }))
  const server = createServer((request, response) => {
    readFile(join(folder, 'other', request.url!)).then((bytes) => response.end(bytes), () => response.writeHead(404).end())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  try {
    await rm(repository.packPath(packs[0]))
    await flip(repository.packPath(packs[1]), BLOCK_OF(0))
    await rm(repository.manifestPath((await repository.resolve('b')).manifest))
    const web = await openSupplier(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    const { damaged, manifests, hurt } = await repair(repository, { from: web })
    expect([damaged.map(({ outcome }) => outcome), manifests.length, hurt]).toEqual([['fetched', 'fetched'], 1, []])
    await expectWhole()
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('nothing is done to a repository that is whole, or that somebody adds to', async () => {
  expect(await repair(repository)).toMatchObject({ revisions: 3, damaged: [], manifests: [], hurt: [] })
  await using another = await LocalRepository.open(repository.root, { fileSystem: unflushed })
  await another.putPack(packOf([block('more')]))
  await expect(repair(repository)).rejects.toThrow(expect.objectContaining({ result: 'locked' }))
})

test('a disk that is full at any moment loses nothing, and the repair can be done again', async () => {
  await other([3, 5, 1, 'x', 7], 2)
  await flip(repository.packPath(packs[1]), BLOCK_OF(1))
  let outcome: unknown
  for (let calls = 0; outcome !== 'done'; calls += 1) {
    const full = await LocalRepository.open(repository.root, { fileSystem: new FullDisk(calls, true) })
    outcome = await repair(full, { from: await from() }).then(() => 'done', (cause: unknown) => cause)
    await full.close()
    if (outcome === 'done') break
    expect(outcome).toMatchObject({ result: 'noSpace' })
    expect(await readBack(repository, 'b@1')).toEqual(bytesOf('b@1'))
    expect((await scrub(repository, await repository.listRefs())).hurt).toMatchObject([{ image: 'a', revision: 1, chunks: 1 }])
  }
  await expectWhole()
})

test('power that fails at any moment leaves what the next repair ends', async () => {
  await other([3, 5, 1, 'x', 7], 2)
  const root = join(folder, 'recorded')
  const fileSystem = new RecordingFileSystem(root)
  const recorded = await LocalRepository.open(root, { fileSystem })
  await fill(recorded)
  for (const [pack, at] of [[packs[1], BLOCK_OF(1)], [packs[2], BLOCK_OF(0)]] as const) {
    const bytes = await readFile(recorded.packPath(pack))
    bytes[at]! ^= 1
    await fileSystem.remove(recorded.packPath(pack))
    const damaged = await fileSystem.create(recorded.packPath(pack))
    await damaged.append(bytes)
    await damaged.sync()
    await damaged.close()
    await fileSystem.syncFolder(dirname(recorded.packPath(pack)))
  }
  fileSystem.mark('damaged')
  const left = [{ image: 'a', revision: 2, chunks: 2 }] // 8 is nowhere; 5 is here again, and the manifest does not say so yet
  expect((await repair(recorded, { from: await from() })).hurt).toMatchObject(left)
  fileSystem.mark('repaired')

  const media: Medium[] = [{ data: 0, keepsName: () => false }, { data: 0.5, keepsName: () => true }, { data: 1, keepsName: (nth) => nth % 2 === 0 }]
  const states = await cutPowerEverywhere({ changes: fileSystem.changes, media, place: join(folder, 'states'), since: 'damaged' }, async (state, done) => {
    const after = await LocalRepository.open(state, { fileSystem: unflushed })
    expect(await readBack(after, 'b@1')).toEqual(bytesOf('b@1'))
    const isMended = (await scrub(after, [await after.resolve('a@1')])).hurt.length === 0
    expect(isMended || !done.has('repaired')).toBe(true)
    expect((await repair(after, { from: await from() })).hurt).toMatchObject(left)
    expect(await readBack(after, 'a@1')).toEqual(bytesOf('a@1'))
    await addImage(after, 'more', [8])
    await after.close()
    expect((await repair(after)).hurt).toEqual([])
    await after.untrash('a@2')
    expect(await readBack(after, 'a@2')).toEqual(bytesOf('a@2'))
    await after.close()
  })
  expect(states).toBeGreaterThan(10)
}, 120_000)
