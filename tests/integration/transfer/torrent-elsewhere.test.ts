import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { PieceSource } from '#transfer/torrent/filler.ts'
import { PeerPort } from '#transfer/torrent/peer-port.ts'
import { SEED, address, digestsIn, flipBit, madeTorrent, startDownload, startSeed, temporaryFolder, type MadeTorrent } from './torrent-support.ts'

const SIZES = [3_000_000, 1_000_000]

interface CountingSource extends PieceSource { bytes: number }

/** The files themselves, over no network. */
function source({ folder }: MadeTorrent, after: number, before: () => void = () => undefined): CountingSource {
  const counting: CountingSource = {
    after, bytes: 0,
    async read({ path }, offset, length) {
      before()
      await using file = await open(join(folder, ...path))
      counting.bytes += length
      return (await file.read(Buffer.alloc(length), 0, length, offset)).buffer
    },
  }
  return counting
}

describe('what peers do not bring', () => {
  test('comes from elsewhere, and only that', async () => {
    const made = await madeTorrent(SIZES)
    const seed = await startSeed(made, { limits: { upload: 1_000_000 } })
    const elsewhere = source(made, 1500)
    const { folder, result } = await startDownload(made.torrent, 2, {
      peers: [{ host: SEED, port: seed.port.port }], elsewhere, onProgress: ({ pieces }) => void (pieces > 10 && seed.close()),
    })
    const { downloaded } = await result
    expect(await digestsIn(folder, made.torrent)).toEqual(made.digests)
    expect(downloaded).toBeGreaterThan(10 * 65_536)
    expect(elsewhere.bytes).toBeLessThanOrEqual(4_000_000 - 10 * 65_536)
  })

  test('is given on to others, and a computer that only seeds takes it all from there', async () => {
    const made = await madeTorrent(SIZES)
    const elsewhere = source(made, 0)
    const own = await PeerPort.open({ host: address(2) })
    onTestFinished(() => own.close())
    const seeder = await startDownload(made.torrent, 2, { mode: 'seeder', elsewhere, port: own, seedSeconds: 30 })
    const other = await startDownload(made.torrent, 3, { peers: [{ host: address(2), port: own.port }] })
    expect(await other.result).toMatchObject({ complete: true })
    expect(await digestsIn(other.folder, made.torrent)).toEqual(made.digests)
    seeder.stop()
    expect(await seeder.result).toMatchObject({ complete: true, downloaded: 0 })
    expect(elsewhere.bytes).toBe(4_000_000)
  })

  test('is not believed when it is wrong, and a source that fails ends what nobody else brings', async () => {
    const made = await madeTorrent(SIZES)
    const right = await readFile(join(made.folder, 'packs', '0.pack'))
    await flipBit(made.folder, made.torrent, 7)
    const wrong = await startDownload(made.torrent, 2, { elsewhere: source(made, 0) })
    await expect(wrong.result).rejects.toMatchObject({ result: 'corruptImage' })
    expect((await readFile(join(wrong.folder, 'packs', '0.pack'))).subarray(7 * 65_536, 8 * 65_536)).not.toEqual(right.subarray(7 * 65_536, 8 * 65_536))
    const gone = source(made, 0, () => { throw new ClonaulaError('repositoryUnreachable', 'gone') })
    await expect((await startDownload(made.torrent, 3, { elsewhere: gone })).result).rejects.toMatchObject({ result: 'repositoryUnreachable' })
  })

  test('does not fail a download that peers go on with', async () => {
    const made = await madeTorrent(SIZES)
    const seed = await startSeed(made, { limits: { upload: 2_000_000 } })
    const gone = source(made, 0, () => { throw new ClonaulaError('repositoryUnreachable', 'gone') })
    const { result } = await startDownload(made.torrent, 2, { peers: [{ host: SEED, port: seed.port.port }], elsewhere: { ...gone, after: 3000 } })
    expect(await result).toMatchObject({ complete: true })
  })
})

test('files are closed for a while, and what was under way goes on', async () => {
  const made = await madeTorrent(SIZES)
  const seed = await startSeed(made, { limits: { upload: 2_000_000 } })
  let pause: (() => Promise<() => void>) | undefined
  const folder = join(await temporaryFolder(), 'client')
  let paused = 0
  const { result } = await startDownload(made.torrent, 2, {
    folder, peers: [{ host: SEED, port: seed.port.port }], onFiles: (given) => { pause = given },
    onProgress: ({ pieces }) => {
      if (pieces < 5 || paused > 0) return
      paused += 1
      void pause!().then((resume) => setTimeout(resume, 500))
    },
  })
  expect(await result).toMatchObject({ complete: true })
  expect(paused).toBe(1)
  expect(await digestsIn(folder, made.torrent)).toEqual(made.digests)
})
