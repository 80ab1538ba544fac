import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { escapeName, Refs, type ImageRef } from './refs.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-refs-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const ref = (image: string, revision: number, parent?: number): ImageRef => ({
  format: 1, image, revision, ...(parent ? { parent } : {}), created: '2025-11-23T10:00:00.000Z',
  manifest: 'ab'.repeat(32), description: 'with Office',
})

test('refs come back by image and revision, whatever the names are', async () => {
  const refs = new Refs(join(folder, 'images'), folder)
  const names = ['../../etc', 'Aula 3/Windows 10', 'aula', 'Aula', 'ñandú', 'CON', '.']
  const all = names.sort().flatMap((name) => [ref(name, 1), ref(name, 2, 1), ref(name, 10, 2)])
  for (const one of all.toReversed()) await refs.put(one)
  expect(await refs.list()).toEqual(all)
  expect(await readdir(folder)).toEqual(['images'])
  expect(await readdir(join(folder, 'images'))).toHaveLength(names.length)
})

test('files that are not refs are left out', async () => {
  const refs = new Refs(join(folder, 'images'), folder)
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
