import { createHash } from 'node:crypto'
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import * as independent from '../../tests/support/image-format-reader.ts'
import { readManifest } from './codecs.ts'
import { LocalRepository } from './repository/local.ts'
import { restoreVolumes } from './restore.ts'

/** Repositories that earlier versions wrote (tests/fixtures/formats/make*.ts). They are never made anew. */
const FIXTURES = resolve(import.meta.dirname, '../../tests/fixtures/formats')
const Expected = z.object({
  repository: z.uuid(),
  revisions: z.array(z.object({
    manifest: z.string(),
    volumes: z.array(z.object({ number: z.number(), size: z.number(), sha256: z.string() })),
  })),
})
const Listed = z.object({ manifest: z.string() }).loose()
const Refs = z.object({ images: z.array(Listed), trash: z.array(Listed) })
const fixtures = (await readdir(FIXTURES)).filter((name) => !name.endsWith('.ts'))

test('there are fixtures', () => {
  expect(fixtures).toEqual(expect.arrayContaining(['v1', 'v1-disks']))
})

describe.each(fixtures)('format %s', (name) => {
  const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(join(FIXTURES, name, file), 'utf8'))
  let folder: string
  let repository: string
  let store: LocalRepository
  let expected: z.infer<typeof Expected>
  beforeAll(async () => {
    expected = Expected.parse(await read('expected.json'))
    folder = await mkdtemp(join(tmpdir(), 'clonaula-versions-'))
    repository = join(folder, 'repository')
    // A copy: opening a repository tidies its folder of temporary files.
    await cp(join(FIXTURES, name, 'repository'), repository, { recursive: true })
    store = await LocalRepository.open(repository)
  })
  afterAll(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('has the revisions that it was made with, and what they say of themselves', async () => {
    const { images, trash } = Refs.parse(await read('refs.json'))
    expect(store.id).toBe(expected.repository)
    expect(await store.listRefs()).toEqual(images)
    expect(await store.listTrash()).toEqual(trash)
    expect([...images, ...trash].map(({ manifest }) => manifest).sort()).toEqual(expected.revisions.map(({ manifest }) => manifest).sort())
    const facts = await Promise.all(expected.revisions.map(async ({ manifest }) => (await readManifest(await store.manifest(manifest))).facts))
    expect(facts).toEqual(await read('facts.json'))
  })

  test('is restored to the bytes that it was made from, and can be published again', async () => {
    for (const revision of expected.revisions) {
      const manifest = await store.manifest(revision.manifest)
      for (const { number, size, sha256 } of revision.volumes) {
        const path = await restored(manifest, number, size)
        expect(createHash('sha256').update(await readFile(path)).digest('hex')).toBe(sha256)
      }
      await expect(store.publish(manifest)).resolves.toBe(revision.manifest)
    }
  })

  test('is what docs/image-format.md says, to a reader who knows nothing else', async () => {
    const { images, trash } = Refs.parse(await read('refs.json'))
    expect(independent.readRevisions(repository, 'images')).toEqual(images)
    expect(independent.readRevisions(repository, 'trash')).toEqual(trash)
    const facts = expected.revisions.map(({ manifest }) => independent.readManifest(repository, manifest).facts)
    expect(facts).toEqual(await read('facts.json'))
    for (const revision of expected.revisions) {
      const manifest = independent.readManifest(repository, revision.manifest)
      for (const { number, size } of manifest.facts.volumes) {
        const path = await restored(await store.manifest(revision.manifest), number, size)
        expect((await readFile(path)).equals(independent.readVolume(repository, manifest, number))).toBe(true)
      }
    }
  })

  async function restored(manifest: Uint8Array, number: number, size: number): Promise<string> {
    const path = join(folder, 'target')
    await writeFile(path, '')
    await truncate(path, size)
    await restoreVolumes({ manifest, volumes: [{ number, path }], source: store })
    return path
  }
})
