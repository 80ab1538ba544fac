import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { captureVolumes, LocalRepository } from '#image/index.ts'
import type { Sha256Hex } from '#shared/domain/ids.ts'
import { openInventory, type Inventory } from '../inventory/index.ts'
import { reconcile } from './reconcile.ts'
import { revisionsOf } from './revision.ts'

const KIB = 1024

let folder: string
let repository: LocalRepository
let inventory: Inventory
let warnings: unknown[]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-reconcile-'))
  repository = await LocalRepository.open(join(folder, 'repository'))
  inventory = openInventory(':memory:')
  warnings = []
})
afterEach(async () => {
  await repository.close()
  inventory.close()
  await rm(folder, { recursive: true, force: true })
})

/** An image of a file, as somebody else makes it. */
async function make(name: string, content: Buffer): Promise<Sha256Hex> {
  const path = join(folder, 'disk')
  await writeFile(path, content)
  const volumes = [{ number: 1, path, filesystem: 'unknown' as const, mode: 'sector' as const }]
  const { manifest } = await captureVolumes({ volumes, creator: 'test', source: 'pc-07', store: repository })
  const id = await repository.publish(manifest)
  await repository.addRevision({ image: name, manifest: id, description: 'de fuera' })
  return id
}

const bring = () => reconcile({ images: inventory.images, revisions: revisionsOf(repository), log: { warn: (what: unknown) => void warnings.push(what) } })
const seen = () => inventory.images.list().map(({ name, revisions }) => `${name} ${revisions.map(({ number }) => number).join()}`)

test('what others have added is an image here too, with what it holds', async () => {
  const manifest = await make('Base', randomBytes(256 * KIB))
  await make('Base', randomBytes(256 * KIB))
  await repository.trash('Base@2')
  await bring()
  expect(inventory.images.list()).toMatchObject([{
    name: 'Base', kind: 'partition', revisions: [{ number: 1, manifest, source: 'pc-07', description: 'de fuera', volumes: [{ size: 256 * KIB }] }],
  }])
  expect(inventory.images.list()[0]?.revisions[0]?.storedBytes).toBeGreaterThan(200 * KIB)
  expect(inventory.images.trash()).toMatchObject([{ image: 'Base', number: 2 }])
  const before = inventory.images.records()
  await bring()
  expect(inventory.images.records()).toEqual(before)
  expect(warnings).toEqual([])
})

test('a purge by somebody else is followed: what is gone goes, what was written anew is found', async () => {
  const shared = randomBytes(512 * KIB)
  await make('Base', Buffer.concat([shared, randomBytes(4096 * KIB)]))
  const old = await make('Base', shared)
  await bring()
  const revisions = revisionsOf(repository)
  await revisions.trash({ image: 'Base', number: 1 })
  await revisions.purge(await revisions.planPurge())
  await bring()
  expect(seen()).toEqual(['Base 2'])
  const [record] = inventory.images.records()
  expect(record?.manifest).not.toBe(old)
  await expect(revisions.read(record!.manifest)).resolves.toBeDefined()
  expect(inventory.images.list()[0]?.revisions[0]?.storedBytes).toBeGreaterThan(400 * KIB)
  expect(inventory.images.list()[0]?.revisions[0]?.storedBytes).toBeLessThan(600 * KIB)
})

test('what went to the trash, and what came back from it, did so here', async () => {
  await make('Base', randomBytes(64 * KIB))
  await bring()
  await repository.trash('Base')
  await bring()
  expect(seen()).toEqual([])
  await repository.untrash('Base')
  await bring()
  expect(seen()).toEqual(['Base 1'])
})

test('a revision whose name was lost gets it back', async () => {
  await make('Base', randomBytes(64 * KIB))
  await bring()
  const [name] = (await readdir(join(repository.root, 'images'), { recursive: true })).filter((path) => path.endsWith('1.json'))
  await rm(join(repository.root, 'images', name!))
  await bring()
  expect(seen()).toEqual(['Base 1'])
  expect(await repository.listRefs()).toMatchObject([{ image: 'Base', revision: 1, description: 'de fuera' }])
})

test('one that cannot be read is left out, and keeps out no other', async () => {
  const bad = await make('Bad', randomBytes(64 * KIB))
  await make('Good', randomBytes(64 * KIB))
  await writeFile(repository.manifestPath(bad), 'damaged')
  await bring()
  expect(seen()).toEqual(['Good 1'])
  expect(warnings).toMatchObject([{ image: 'Bad', revision: 1 }])
})

test('whatever others do is noticed, and what they have not ended is looked at again', async () => {
  const others = await LocalRepository.open(repository.root)
  const revisions = revisionsOf(repository)
  const noticed = async (change: () => Promise<unknown>): Promise<unknown> => {
    await change()
    const before = await revisions.changed()
    const { changed, again } = await reconcile({ images: inventory.images, revisions, log: { warn: () => {} } })
    return { before, changed, again, after: await revisions.changed() }
  }
  const followed = { before: true, changed: true, again: false, after: false }
  expect(await noticed(() => make('Base', randomBytes(64 * KIB)))).toEqual(followed)
  expect(await noticed(() => make('Base', randomBytes(64 * KIB)))).toEqual(followed)
  await repository.close()
  expect(await noticed(() => others.trash('Base@2'))).toEqual(followed)
  expect(await noticed(async () => {})).toEqual({ before: false, changed: false, again: false, after: false })
  expect(await noticed(() => others.untrash('Base@2'))).toEqual(followed)
  // In the middle of a purge: the name is gone, and its manifest is still there.
  await others.trash('Base@2')
  await others.alone(async (alone) => {
    expect(await noticed(async () => alone.revisions.forget(await others.listTrash()))).toMatchObject({ before: true, again: true })
    const [manifest] = inventory.images.records().filter(({ number }) => number === 2).map((record) => record.manifest)
    await rm(repository.manifestPath(manifest!))
  })
  await bring()
  expect(seen()).toEqual(['Base 1'])
})
