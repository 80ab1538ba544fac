import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { placesOf, revisionTorrent, type RevisionFiles } from './revision-torrent.ts'

const id = (digit: string): string => digit.repeat(64)

/** A manifest and two packs in a folder that looks like no repository: only their names count. */
async function revision(): Promise<RevisionFiles & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'clonaula-torrent-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const files = { manifest: id('c'), packs: [id('b'), id('a'), id('b')], manifestPath: () => join(folder, 'm'), packPath: (pack: string) => join(folder, pack[0]!) }
  await writeFile(join(folder, 'm'), 'manifest')
  await writeFile(join(folder, 'a'), Buffer.alloc(300_000, 1))
  await writeFile(join(folder, 'b'), Buffer.alloc(200_000, 2))
  return { ...files, folder }
}

test('is the same for the same revision, wherever it lies and however its packs are told', async () => {
  const [here, there] = [await revision(), await revision()]
  const one = await revisionTorrent(here)
  const other = await revisionTorrent({ ...there, packs: there.packs.toReversed() })
  expect(other).toEqual(one)
  expect(Buffer.from(one.infoHash).toString('hex')).toBe('de8ba835aeefe677590c788065bb7f06183b2c8a')
})

test('has the files of a repository, by their names there, and the hashes of its pieces', async () => {
  const files = await revision()
  const { metainfo } = await revisionTorrent(files)
  expect(metainfo.name).toBe(id('c'))
  expect(metainfo.files).toEqual([
    { path: ['manifests', `${id('c')}.manifest`], length: 8 },
    { path: ['packs', 'aa', `${id('a')}.pack`], length: 300_000 }, { path: ['packs', 'bb', `${id('b')}.pack`], length: 200_000 },
  ])
  const all = Buffer.concat(await Promise.all(metainfo.files.map((file) => readFile(placesOf(files)(file)))))
  const hashes = [all.subarray(0, 262_144), all.subarray(262_144)].map((piece) => createHash('sha1').update(piece).digest())
  expect(Buffer.from(metainfo.pieces)).toEqual(Buffer.concat(hashes))
})

test('is made once, and made anew when what is kept is not sound', async () => {
  const files = await revision()
  const cache = join(files.folder, 'torrents')
  const phases: string[] = []
  const make = () => revisionTorrent(files, { cache, onProgress: ({ phase, done }) => { if (done > 0) phases.push(phase) } })
  const made = await make()
  expect(phases).toContain('hash')
  phases.length = 0
  expect(await make()).toEqual(made)
  expect(phases).toEqual([])

  const [name] = await readdir(cache)
  const kept = await readFile(join(cache, name!))
  kept[kept.length - 30]! ^= 1
  await writeFile(join(cache, name!), kept)
  expect(await make()).toEqual(made)
  expect(phases).toContain('hash')
  expect(await readdir(cache)).toEqual([name])
})

test('says which file is not there', async () => {
  const files = await revision()
  await rm(join(files.folder, 'a'))
  await expect(revisionTorrent(files)).rejects.toMatchObject({ result: 'notFound', params: { path: join(files.folder, 'a') } })
})

test('stops when it is told to', async () => {
  const files = await revision()
  await expect(revisionTorrent(files, { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
})
