import { createHash } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { LocalRepository } from './repository/local.ts'
import { restoreVolumes } from './restore.ts'

/** Repositories that earlier versions wrote (tests/fixtures/formats/make.ts). They are never made anew. */
const FIXTURES = resolve(import.meta.dirname, '../../tests/fixtures/formats')
const Expected = z.object({
  repository: z.uuid(),
  revisions: z.array(z.object({
    manifest: z.string(),
    volumes: z.array(z.object({ number: z.number(), size: z.number(), sha256: z.string() })),
  })),
})
const versions = (await readdir(FIXTURES)).filter((name) => /^v\d+$/.test(name))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-versions-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

test('there are fixtures', () => {
  expect(versions).toContain('v1')
})

describe.each(versions)('format %s', (version) => {
  test('is read, and restored to the bytes that it was made from', async () => {
    const expected = Expected.parse(JSON.parse(await readFile(join(FIXTURES, version, 'expected.json'), 'utf8')))
    // A copy: opening a repository tidies its folder of temporary files.
    await cp(join(FIXTURES, version, 'repository'), join(folder, 'repository'), { recursive: true })
    const store = await LocalRepository.open(join(folder, 'repository'))
    expect(store.id).toBe(expected.repository)
    expect((await store.listRefs()).map((ref) => ref.manifest)).toEqual(expected.revisions.map((revision) => revision.manifest))

    for (const revision of expected.revisions) {
      const manifest = await store.manifest(revision.manifest)
      for (const { number, size, sha256 } of revision.volumes) {
        const path = join(folder, 'target')
        await writeFile(path, '')
        await truncate(path, size)
        await restoreVolumes({ manifest, volumes: [{ number, path }], source: store })
        expect(createHash('sha256').update(await readFile(path)).digest('hex')).toBe(sha256)
      }
      await expect(store.publish(manifest)).resolves.toBe(revision.manifest)
    }
  })
})
