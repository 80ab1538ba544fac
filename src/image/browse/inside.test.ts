import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inside } from './inside.ts'

let folder: string
let root: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-inside-'))
  root = join(folder, 'root')
  await mkdir(join(root, 'home', 'ana'), { recursive: true })
  await mkdir(join(root, 'Windows'))
  await writeFile(join(root, 'home', 'ana', 'file'), '')
  await writeFile(join(folder, 'secret'), '')
  await symlink('/home', join(root, 'absolute'))
  await symlink('../../../../../..', join(root, 'home', 'up'))
  await symlink('../secret', join(root, 'out'))
  await symlink('/missing/there', join(root, 'dangling'))
  await symlink('loop', join(root, 'loop'))
  await symlink('ana/file', join(root, 'home', 'file'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

describe('a path in an image', () => {
  test.each([
    ['/', ''], ['', ''], ['.', ''], ['..', ''], ['../../etc/..', undefined], ['home/ana/file', 'home/ana/file'],
    ['//home/./ana/../ana/', 'home/ana'], ['/absolute/ana', 'home/ana'], ['home/up/home', 'home'], ['absolute', 'home'],
    ['home/file', 'home/ana/file'], ['out', undefined], ['home/up/../secret', undefined], ['loop', 'invalidRequest'],
    ['loop/x', 'invalidRequest'], ['home/ana/file/x', undefined], ['dangling', undefined], ['windows', undefined], ['a\0b', 'invalidRequest'],
  ])('%j', async (path, expected = 'notFound') => {
    const found = await inside(root, path, { followLast: true }).catch((error: { result: string }) => error.result)
    expect(['notFound', 'invalidRequest'].includes(expected) ? found : found.slice(root.length + 1)).toBe(expected)
  })

  test('a link at the end is itself where it is not to be followed, and never on the way', async () => {
    expect(await inside(root, 'out', { followLast: false })).toBe(join(root, 'out'))
    expect(await inside(root, 'absolute/', { followLast: false })).toBe(join(root, 'absolute'))
    expect(await inside(root, 'absolute/ana', { followLast: false })).toBe(join(root, 'home/ana'))
  })

  test('what is going to be made stays inside too', async () => {
    const make = { followLast: true, make: true }
    expect(await inside(root, 'out', make)).toBe(join(root, 'secret'))
    expect(await inside(root, 'dangling/x', make)).toBe(join(root, 'missing/there/x'))
    expect(await inside(root, 'new/../../../x', make)).toBe(join(root, 'x'))
  })

  test('case counts where it does for the filesystem', async () => {
    expect(await inside(root, 'WINDOWS', { followLast: true, ignoreCase: true })).toBe(join(root, 'Windows'))
    expect(await inside(root, 'HOME/Ana', { followLast: true, ignoreCase: true })).toBe(join(root, 'home/ana'))
  })
})
