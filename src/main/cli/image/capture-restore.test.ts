import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { main } from '../main.ts'
import { byteSize, positiveNumber } from './options.ts'

let folder: string
let source: string
let target: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-image-cli-'))
  source = join(folder, 'source')
  target = join(folder, 'target')
  await writeFile(source, createHash('shake256', { outputLength: 200_000 }).update('source').digest())
})
afterEach(() => rm(folder, { recursive: true, force: true }))

interface Ran { code: number; out: string; err: string }

/** @param answer what a person at the terminal answers; without one, nobody is there */
async function run(args: readonly string[], answer?: string): Promise<Ran> {
  let [out, err] = ['', '']
  const [command = '', ...rest] = args
  const code = await main(['image', command, '--repo', join(folder, 'repository'), '--lang', 'en', ...rest], {
    out: (text) => void (out += text), err: (text) => void (err += text),
    interactive: answer !== undefined, ask: async () => answer ?? '',
  }, {})
  return { code, out, err }
}

describe('what is not understood', () => {
  test.each([
    ['capture'], ['capture', 'x'], ['capture', '--name', 'a'], ['capture', '--name', 'a', 'x', 'y'], ['capture', '--name', '../a', 'x'],
    ['capture', '--name', 'a', '--mode', 'files', 'x'], ['capture', '--name', 'a', '--on-error', 'ignore', 'x'],
    ['restore'], ['restore', 'a'], ['restore', 'a', 'x', 'y'], ['restore', 'a', 'x', '--partition', '0'], ['restore', 'a', 'x', '--size', '5X'],
    ['restore', 'a', 'x', '--fast'],
  ])('%j', async (...args) => {
    expect((await run(args)).code).toBe(112)
    await expect(stat(join(folder, 'repository'))).rejects.toThrow('ENOENT')
  })

  test('is a command without a repository', async () => {
    const silent = { out: () => {}, err: () => {}, interactive: false, ask: async () => '' }
    expect(await main(['image', 'capture', '--name', 'a', source], silent, {})).toBe(112)
    expect(await main(['image', 'restore', 'a', target], silent, {})).toBe(112)
  })
})

describe('a file', () => {
  beforeEach(async () => {
    await run(['capture', '--name', 'data', '--mode', 'sector', source])
  })

  test('comes back in a new file', async () => {
    const { code, out } = await run(['restore', 'data', target])
    expect(code).toBe(0)
    expect(out).toContain(`data@1 restored to ${target}: 200 KB written`)
    expect(Buffer.compare(await readFile(target), await readFile(source))).toBe(0)
  })

  test('is only overwritten when a person agrees, and without a question when nobody is there', async () => {
    await writeFile(target, 'precious'.repeat(50_000))
    expect(await run(['restore', 'data', target], 'n')).toMatchObject({ code: 106, out: expect.stringContaining('overwritten') as string })
    expect((await readFile(target, 'utf8')).startsWith('precious')).toBe(true)
    expect((await run(['restore', 'data', target], 'y')).code).toBe(0)
    expect((await readFile(target)).subarray(0, 200_000).equals(await readFile(source))).toBe(true)
    expect((await stat(target)).size).toBe(400_000)
    expect((await run(['restore', 'data', target])).code).toBe(0)
  })

  test('gets the size that is asked for, and never less than the image needs', async () => {
    expect((await run(['restore', 'data', target, '--size', '1M'])).code).toBe(0)
    expect((await stat(target)).size).toBe(1024 * 1024)
    expect(await run(['restore', 'data', `${target}-2`, '--size', '100K'])).toMatchObject({ code: 30 })
    await expect(stat(`${target}-2`)).rejects.toThrow('ENOENT')
    await writeFile(target, 'short')
    expect((await run(['restore', 'data', target])).code).toBe(0)
    expect((await stat(target)).size).toBe(200_000)
  })

  test('makes a differential revision of its image, and a base of another', async () => {
    await writeFile(source, 'x', { flag: 'r+' })
    const next = JSON.parse((await run(['capture', '--name', 'data', '--parent', 'data', '--json', source])).out) as object
    expect(next).toMatchObject({ revision: 2, parent: { image: 'data', revision: 1 }, incomplete: 0, volumes: [{ mode: 'sector', used: 200_000 }] })
    expect(next).toHaveProperty('figures.newBytes', expect.any(Number))
    expect((await run(['capture', '--name', 'other', '--parent', 'data@1', source])).code).toBe(0)
    expect((await run(['list'])).out).toMatch(/data@1 +base[^]*data@2 +differential of 1[^]*other@1 +base/)
    expect(await run(['capture', '--name', 'data', '--parent', 'data@7', source])).toMatchObject({ code: 2 })
  })

  test('is no disk', async () => {
    expect(await run(['restore', 'data', target, '--partition', '3'])).toMatchObject({ code: 120 })
    expect(await run(['restore', 'data', '/dev/clonaula-none'])).toMatchObject({ code: 2 })
  })
})

test('sizes are bytes, or have binary units', () => {
  expect(['4096', '512M', '20g', '1T'].map((text) => byteSize(text, '--size'))).toEqual([4096, 2 ** 29, 20 * 2 ** 30, 2 ** 40])
  for (const text of ['', '0', '-1', '1.5G', 'G', '20GB', '9'.repeat(30)]) expect(() => byteSize(text, '--size')).toThrow('--size')
  expect(positiveNumber('3', '--partition')).toBe(3)
  expect(positiveNumber(undefined, '--partition')).toBeUndefined()
})
