import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeFiles, hashInputs, isUpToDate, writeManifest } from './manifest.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'clonaula-manifest-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('up to date: made from the same inputs, and its files still whole', async () => {
  const manifest = path.join(folder, 'live.json')
  expect(await isUpToDate(manifest, ['inputs'])).toBe(false)
  await writeFile(path.join(folder, 'vmlinuz'), 'kernel')
  await writeManifest(manifest, { builtFrom: 'inputs', files: await describeFiles(folder, ['vmlinuz']) })
  expect(await isUpToDate(manifest, ['inputs'])).toBe(true)
  expect(await isUpToDate(manifest, ['other inputs'])).toBe(false)
  expect(await isUpToDate(manifest, ['other inputs', 'inputs'])).toBe(true)
  await truncate(path.join(folder, 'vmlinuz'), 3)
  expect(await isUpToDate(manifest, ['inputs'])).toBe(false)
})

test('inputs do not run into each other', () => {
  expect(hashInputs(['ab', 'c'])).not.toBe(hashInputs(['a', 'bc']))
  expect(hashInputs(['a'])).toBe(hashInputs([Buffer.from('a')]))
})
