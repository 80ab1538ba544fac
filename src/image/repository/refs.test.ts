import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeDecoder } from '../../../tests/support/codec-suite.ts'
import { nodeFileSystem } from './file-system.ts'
import { DurableFiles } from './files.ts'
import { escapeName, ImageRef, Refs } from './refs.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-refs-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const open = () => new Refs(join(folder, 'images'), ImageRef, new DurableFiles(nodeFileSystem, folder))

const ref = (image: string, revision: number, parent?: number): ImageRef => ({
  format: 1, image, revision, ...(parent ? { parent } : {}), created: '2025-11-23T10:00:00.000Z',
  manifest: 'ab'.repeat(32), description: 'with Office',
})

test('refs come back by image and revision, whatever the names are', async () => {
  const refs = open()
  const names = ['../../etc', 'Aula 3/Windows 10', 'aula', 'Aula', 'ñandú', 'CON', '.']
  const all = names.sort().flatMap((name) => [ref(name, 1), ref(name, 2, 1), ref(name, 10, 2)])
  for (const one of all.toReversed()) await refs.put(one)
  expect(await refs.list()).toEqual(all)
  expect((await readdir(folder)).sort()).toEqual(['images', 'tmp'])
  expect(await readdir(join(folder, 'tmp'))).toEqual([])
  expect(await readdir(join(folder, 'images'))).toHaveLength(names.length)
})

test('files that are not refs are left out', async () => {
  const refs = open()
  await refs.put(ref('a', 1))
  await writeFile(join(folder, 'images', 'a', '2.json'), '{"format":')
  await writeFile(join(folder, 'images', 'a', '3.json'), '{"format":2}')
  await writeFile(join(folder, 'images', 'a', 'notes.txt'), 'hello')
  expect(await refs.list()).toEqual([ref('a', 1)])
})

test('escaped names are plain, and different for different names', () => {
  expect(escapeName('Windows 10/x64.%')).toBe('%57indows%2010%2fx64%2e%25')
  expect(escapeName('aula-3_b')).toBe('aula-3_b')
})

test('a name too long for a folder is cut, and is still another than its neighbour', async () => {
  const refs = open()
  const names = ['Á'.repeat(100), `${'Á'.repeat(99)}É`]
  for (const name of names) await refs.put(ref(name, 1))
  expect((await refs.list()).map(({ image }) => image).sort()).toEqual(names.sort())
  expect(Math.max(...names.map((name) => escapeName(name).length))).toBe(200)
})

test('a revision is found by name, number and tag', async () => {
  const refs = open()
  const tagged = { ...ref('Aula 3', 2), tags: ['before-office'] }
  for (const one of [ref('Aula 3', 1), tagged, ref('Aula 3', 10), ref('other', 7)]) await refs.put(one)
  expect((await refs.resolve('Aula 3')).revision).toBe(10)
  expect((await refs.resolve('Aula 3@1')).revision).toBe(1)
  expect(await refs.resolve('Aula 3@before-office')).toEqual(tagged)
  for (const text of ['Aula 3@3', 'Aula 3@no-such', 'aula 3', '../images/Aula 3', 'Aula 3@0']) {
    await expect(refs.resolve(text)).rejects.toMatchObject({ result: 'notFound' })
  }
  for (const text of ['@1', 'Aula 3@']) await expect(refs.resolve(text)).rejects.toMatchObject({ result: 'invalidRequest' })
})

test('a number belongs to whoever was first', async () => {
  const refs = open()
  const both = await Promise.all([refs.add(ref('a', 1)), refs.add({ ...ref('a', 1), description: 'second' })])
  expect(both.sort()).toEqual([false, true])
  expect(await refs.list()).toHaveLength(1)
})

test('a file counts only where the image that it names belongs, and a link never', async () => {
  const refs = open()
  await refs.put(ref('a', 1))
  const text = await readFile(join(folder, 'images', 'a', '1.json'), 'utf8')
  await mkdir(join(folder, 'images', 'b'))
  await writeFile(join(folder, 'images', 'b', '1.json'), text)
  await writeFile(join(folder, 'images', 'a', '2.json'), text)
  await symlink('1.json', join(folder, 'images', 'a', '3.json'))
  await symlink('a', join(folder, 'images', 'c'))
  expect(await refs.list()).toEqual([ref('a', 1)])
})

const tag = fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}$/)
const anyRef: fc.Arbitrary<ImageRef> = fc.record({
  format: fc.constant(1 as const),
  image: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  revision: fc.integer({ min: 1, max: 999_999_999 }),
  parent: fc.integer({ min: 1, max: 999_999_999 }),
  created: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }).map((date) => date.toISOString()),
  manifest: fc.stringMatching(/^[0-9a-f]{64}$/),
  description: fc.string({ unit: 'grapheme', maxLength: 60 }),
  tags: fc.uniqueArray(tag, { maxLength: 4 }),
}, { requiredKeys: ['format', 'image', 'revision', 'created', 'manifest', 'description'] })

test('any ref comes back', async () => {
  await fc.assert(fc.asyncProperty(anyRef, async (one) => {
    const refs = open()
    await refs.put(one)
    expect((await refs.of(one.image)).find(({ revision }) => revision === one.revision)).toEqual(one)
  }), { numRuns: 40 })
})

describeDecoder('ref', {
  decode: async (bytes) => {
    await mkdir(join(folder, 'images', 'a'), { recursive: true })
    await writeFile(join(folder, 'images', 'a', '1.json'), bytes)
    return open().of('a')
  },
  samples: anyRef.map((one) => Buffer.from(JSON.stringify({ ...one, image: 'a', revision: 1 }))),
  refuses: () => false,
  checkSound: (refs) => {
    for (const one of refs) if (one.image !== 'a' || one.revision !== 1 || !ImageRef.safeParse(one).success) throw new Error(JSON.stringify(one))
  },
  room: 8 * 1024 * 1024,
  runs: 200,
})
