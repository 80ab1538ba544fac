import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bringPackages } from './packages.ts'
import type { Pins } from './lock.ts'

const DEB = Buffer.from('a package')
const pins: Pins = { kmod: { version: '1:30-1', sha256: createHash('sha256').update(DEB).digest('hex') } }
const recipe = { suite: 'bookworm', withDependencies: ['kmod'], omit: [], alone: [], behind: [] } as const
const NO_MIRROR = 'the mirror was asked'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'clonaula-packages-'))
  await mkdir(path.join(folder, 'debs'))
})
afterEach(() => rm(folder, { recursive: true }))

const bring = () =>
  bringPackages({ recipe, pins, policy: 'prefer', folder, mirror: () => Promise.reject(new Error(NO_MIRROR)), log: () => {} })

test('packages of an earlier build with the pinned bytes are used without asking the mirror', async () => {
  const deb = path.join(folder, 'debs/kmod_1%3a30-1_amd64.deb')
  await writeFile(deb, DEB)
  expect(await bring()).toEqual({ pins, debs: [deb] })
})

test('a package with other bytes than its pin is not used', async () => {
  await writeFile(path.join(folder, 'debs/kmod_1%3a30-1_amd64.deb'), 'another package')
  await expect(bring()).rejects.toThrow(NO_MIRROR)
})

test('a package of another version is not used', async () => {
  await writeFile(path.join(folder, 'debs/kmod_1%3a30-2_amd64.deb'), DEB)
  await expect(bring()).rejects.toThrow(NO_MIRROR)
})
