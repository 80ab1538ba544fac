import { copyFile, mkdtemp, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toHex } from '#shared/formats/digest.ts'
import { readManifest, sha256 } from '../codecs.ts'
import { LocalRepository } from '../repository/local.ts'
import { captureBlocks, packOf } from '../repository/testing/small-images.ts'
import type { ManifestId, PackId } from '../store.ts'
import { CacheStore } from './cache-store.ts'

const failing = (code: number) => expect.objectContaining({ name: 'ClonaulaError', code })

let folder: string
let repository: LocalRepository
let store: CacheStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-cache-'))
  repository = await LocalRepository.open(join(folder, 'repository'))
  store = await CacheStore.open(join(folder, 'cache'))
})

afterEach(async () => {
  await store.close()
  await repository.close()
  await rm(folder, { recursive: true, force: true })
})

const reopened = async (): Promise<CacheStore> => {
  await store.close()
  store = await CacheStore.open(join(folder, 'cache'))
  return store
}

interface Image {
  id: ManifestId
  bytes: Uint8Array
  packs: readonly PackId[]
}

async function image(...seeds: string[]): Promise<Image> {
  const bytes = await captureBlocks(repository, seeds)
  return { id: toHex(sha256(bytes)), bytes, packs: (await readManifest(bytes)).packs }
}

/** Brings an image as a transfer does. */
async function bring({ bytes, packs }: Image, name: string): Promise<void> {
  for (const pack of await store.missing(packs)) {
    await copyFile(repository.packPath(pack), store.incomingPath(pack))
    await store.accept(pack)
  }
  await store.add(bytes, { name, revision: 1 })
}

const manifests = (): string[] => store.others('').map(({ manifest }) => manifest)

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path)
  bytes[at]! ^= 1
  await writeFile(path, bytes)
}

describe('what comes in', () => {
  test('is an image once all of it is there', async () => {
    const one = await image('a', 'b')
    await expect(store.add(one.bytes, undefined)).rejects.toEqual(failing(5))
    expect(await store.missing(one.packs)).toEqual(one.packs)
    await bring(one, 'uno')
    expect(await store.missing(one.packs)).toEqual([])
    expect(await store.manifest(one.id)).toEqual(Buffer.from(one.bytes))
    const size = (await stat(repository.packPath(one.packs[0]!))).size
    expect(store.entry(one.id)).toMatchObject({ name: 'uno', revision: 1, bytes: size + one.bytes.length, unpublished: false })
    expect(await CacheStore.look(store.root)).toMatchObject({ images: [{ manifest: one.id, name: 'uno' }], leftovers: 0 })
  })

  test('becomes a pack only if every byte is right, and is gone otherwise', async () => {
    const { packs: [pack] } = await image('a', 'b')
    const { size } = await stat(repository.packPath(pack!))
    for (let at = 0; at < size; at += 97) {
      await copyFile(repository.packPath(pack!), store.incomingPath(pack!))
      await flip(store.incomingPath(pack!), at)
      await expect(store.accept(pack!)).rejects.toEqual(failing(33))
      expect(await store.incoming(pack!)).toBe(0)
    }
    for (const length of [0, 1, size - 1]) {
      await copyFile(repository.packPath(pack!), store.incomingPath(pack!))
      await truncate(store.incomingPath(pack!), length)
      await expect(store.accept(pack!)).rejects.toEqual(failing(33))
    }
    expect(await store.missing([pack!])).toEqual([pack])
  })

  test('has chunks that are what they are called, whoever made the pack', async () => {
    const { parts: [whole] } = packOf([Buffer.alloc(4096, 1)])
    const lying = Buffer.from(whole!)
    lying[100]! ^= 1
    const id = toHex(sha256(lying))
    await writeFile(store.incomingPath(id), lying)
    await expect(store.accept(id)).rejects.toEqual(failing(33))
  })

  test('names no path', () => {
    expect(() => store.incomingPath('../../x')).toThrow('Invalid')
  })
})

describe('what is there', () => {
  test('is looked at again: a pack without its end, a manifest with a bit turned, are as good as missing', async () => {
    const one = await image('a', 'b', 'c', 'd', 'e')
    await bring(one, 'uno')
    await truncate(store.repository.packPath(one.packs[1]!), 5000)
    expect(await store.missing(one.packs)).toEqual([one.packs[1]])
    await flip(store.repository.manifestPath(one.id), 20)
    expect(await store.manifest(one.id)).toBeUndefined()
    await bring(one, 'uno')
    expect(await store.missing(one.packs)).toEqual([])
    expect(await store.manifest(one.id)).toBeDefined()
  })

  test('a bit that turned in the middle of a pack is found by its hash, and the pack replaced', async () => {
    const one = await image('a', 'b', 'c', 'd', 'e')
    await bring(one, 'uno')
    expect(await store.damaged(one.packs)).toEqual([])
    await flip(store.repository.packPath(one.packs[0]!), 3000)
    expect(await store.damaged(one.packs)).toEqual([one.packs[0]])
    await store.discard([one.packs[0]!])
    await bring(one, 'uno')
    expect(await store.damaged(one.packs)).toEqual([])
  })

  test('is known without the index too, and names come back when they are said again', async () => {
    const one = await image('a')
    await bring(one, 'uno')
    const entry = store.entry(one.id)
    await writeFile(join(store.root, 'cache.json'), '{"format":1,"images":[')
    await reopened()
    expect(store.entry(one.id)).toMatchObject({ bytes: entry?.bytes, packs: entry?.packs })
    expect(store.entry(one.id)?.name).toBeUndefined()
    await store.used(one.id, { name: 'uno', revision: 1 })
    expect((await reopened()).entry(one.id)).toMatchObject({ name: 'uno' })
  })

  test('each use is later than all before, also when the clock was set back', async () => {
    const [one, two] = [await image('a'), await image('b')]
    await bring(one, 'uno')
    await utimes(store.repository.manifestPath(one.id), new Date(), new Date(Date.now() + 1e9))
    await writeFile(join(store.root, 'cache.json'), '')
    await reopened()
    await bring(two, 'dos')
    expect(store.entry(two.id)!.usedAt).toBeGreaterThan(store.entry(one.id)!.usedAt)
  })
})

describe('what goes', () => {
  test('an image goes with the packs that none of the others needs', async () => {
    const [one, two] = [await image('a', 'b'), await image('a', 'b', 'c')]
    await bring(one, 'uno')
    await bring(two, 'dos')
    const [shared] = one.packs
    expect(two.packs).toContain(shared)
    const { size } = await stat(store.repository.packPath(two.packs.find((pack) => pack !== shared)!))
    expect(await store.remove([two.id])).toBe(size)
    expect(manifests()).toEqual([one.id])
    expect(await store.missing(one.packs)).toEqual([])
    expect(await store.damaged(one.packs)).toEqual([])
    await store.remove([one.id])
    expect(await store.repository.listPacks()).toEqual([])
    expect((await reopened()).entry(one.id)).toBeUndefined()
  })

  test('a pack that is wanted stays though its last image goes', async () => {
    const one = await image('a', 'b')
    await bring(one, 'uno')
    expect(await store.remove([one.id], one.packs)).toBe(0)
    expect(await store.missing(one.packs)).toEqual([])
  })

  test('leftovers are counted and cleared: of images that are not wanted, and no others', async () => {
    const [kept, wanted, given] = [await image('a'), await image('b', 'c', 'd', 'e', 'f'), await image('x', 'y', 'z', 'w', 'v')]
    await bring(kept, 'uno')
    for (const { packs } of [wanted, given]) {
      await copyFile(repository.packPath(packs[0]!), store.incomingPath(packs[0]!))
      await store.accept(packs[0]!)
      await writeFile(store.incomingPath(packs[1]!), Buffer.alloc(1000))
    }
    const size = (await stat(repository.packPath(given.packs[0]!))).size + 1000
    expect(await store.leftovers(wanted.packs)).toBe(size)
    expect((await CacheStore.look(store.root)).leftovers).toBeGreaterThan(size)
    expect(await store.clear(wanted.packs)).toBe(size)
    expect(await store.leftovers(wanted.packs)).toBe(0)
    expect(await store.incoming(wanted.packs[1]!)).toBe(1000)
    expect(await store.missing([...kept.packs, wanted.packs[0]!, given.packs[0]!])).toEqual([given.packs[0]])
  })
})

test('what else is on the partition is nobody’s business, and no CACHE', async () => {
  expect(await CacheStore.look(join(folder, 'nothing'))).toEqual({ images: [], leftovers: 0 })
  await writeFile(join(folder, 'file'), 'x')
  await expect(CacheStore.open(folder)).rejects.toEqual(failing(5))
})
