import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readManifest, runCommand } from '#image/index.ts'
import { clonaula, done } from './clonaula.ts'
import { Bench, fillUnix, noise } from './support.ts'

const MB = 1024 * 1024

let bench: Bench
let repo: string
beforeEach(async () => {
  bench = await Bench.open()
  repo = bench.store.root
})
afterEach(() => bench.close())

const capture = (path: string) => done<{ revision: number; figures: { newBytes: number } }>('capture', '--repo', repo, '--name', 'debian', '--mode', 'used', path)

/** Changes a byte in the middle of the first pack of a revision. */
async function damage(revision: string): Promise<void> {
  const { packs } = await readManifest(await bench.store.manifest((await bench.store.resolve(revision)).manifest))
  const path = bench.store.packPath(packs[0]!)
  const bytes = await readFile(path)
  bytes[bytes.length >> 1]! ^= 1
  await writeFile(path, bytes)
}

interface Repaired {
  damaged: { outcome: string }[]
  hurt: { image: string; revision: number }[]
}

test('a damaged repository is mended by a new capture of a source that has changed, or from a copy of it', async () => {
  const source = await bench.empty('source', 100 * MB)
  await runCommand(['mkfs.ext4', '-q', '-F', source])
  await bench.mounted(source, fillUnix)
  const first = join(bench.folder, 'first')
  await capture(source)
  await done('restore', '--repo', repo, 'debian@1', first, '--no-grow')
  const mirror = join(bench.folder, 'mirror')
  await cp(repo, mirror, { recursive: true })
  await damage('debian@1')

  expect(await clonaula('verify', '--repo', repo)).toMatchObject({ code: 33 })
  const found = await clonaula('repair', '--repo', repo, '--json')
  expect(found).toMatchObject({ code: 33 })
  expect(JSON.parse(found.out)).toMatchObject({ damaged: [{ outcome: 'marked' }], hurt: [{ image: 'debian', revision: 1 }] })
  await bench.mounted(source, (folder) => writeFile(join(folder, 'new'), noise('new', MB)))
  expect((await capture(source)).figures.newBytes).toBeGreaterThan(2 * MB) // what is damaged too
  expect(await done<Repaired>('repair', '--repo', repo)).toMatchObject({ damaged: [{ outcome: 'replaced' }], hurt: [] })
  expect(await clonaula('verify', '--repo', repo)).toMatchObject({ code: 0 })
  const mended = join(bench.folder, 'mended')
  await done('restore', '--repo', repo, 'debian@1', mended, '--no-grow')
  await runCommand(['cmp', first, mended])

  await damage('debian@1')
  expect(await clonaula('verify', '--repo', repo)).toMatchObject({ code: 33 })
  expect(await done<Repaired>('repair', '--repo', repo, '--from', mirror)).toMatchObject({ hurt: [] })
  expect(await clonaula('verify', '--repo', repo)).toMatchObject({ code: 0 })
})
