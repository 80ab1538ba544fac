import { renameSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { encodeMetainfo, type TorrentFile } from '#shared/wire/bittorrent/metainfo.ts'
import type { TorrentProgress } from '#transfer/torrent/download.ts'
import { PeerPort } from '#transfer/torrent/peer-port.ts'
import { SEED, address, digestsIn, madeTorrent, startDownload, startProgram, startSeed, startTracker, temporaryFolder } from './torrent-support.ts'

/** No others than those of the test, and no ways to them but the tracker. */
const ISOLATED = [
  '--no-conf', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false', '--enable-peer-exchange=false',
  '--disable-ipv6=true', '--quiet=true', '--file-allocation=none', '--allow-overwrite=true',
]

describe('a swarm', () => {
  test('of eight clients gets all that one seed has, and takes the most of it from each other', async () => {
    const made = await madeTorrent([5_000_000, 1, 3_000_000, 70_000])
    const limits = { upload: 4_000_000 }
    const seed = await startSeed(made, { limits })
    const tracker = await startTracker({ seedPort: () => seed.port.port })
    const clients = await Promise.all([2, 3, 4, 5, 6, 7, 8, 9].map((number) =>
      startDownload(made.torrent, number, { trackers: [tracker.url], seedSeconds: 5, limits })))
    for (const { folder, result } of clients) {
      expect(await result).toMatchObject({ complete: true })
      expect(await digestsIn(folder, made.torrent)).toEqual(made.digests)
    }
    expect(seed.figures.uploaded).toBeLessThan(8 * 8_070_001 * 0.5)
  })

  test('tells how far it is, how fast, and with whom', async () => {
    const made = await madeTorrent([2_000_000])
    const seed = await startSeed(made, { limits: { upload: 1_000_000 } })
    const seen: TorrentProgress[] = []
    const { result } = await startDownload(made.torrent, 2, { peers: [{ host: SEED, port: seed.port.port }], onProgress: (progress) => seen.push(progress) })
    const { downloaded } = await result
    expect(downloaded).toBe(2_000_000)
    const midway = seen.find(({ phase, secondsLeft }) => phase === 'fetch' && secondsLeft !== undefined)
    expect(midway).toMatchObject({ total: 2_000_000, peers: 1, seeds: 1, totalPieces: 31 })
    expect(midway!.rate).toBeGreaterThan(500_000)
    expect(midway!.rate).toBeLessThan(2_000_000)
    expect(seen[0]!.phase).toBe('check')
    expect(seen.at(-1)).toMatchObject({ phase: 'seed', done: 2_000_000, pieces: 31 })
  })

  test('says that nobody is there', async () => {
    const made = await madeTorrent([100_000])
    const { promise, resolve } = Promise.withResolvers<TorrentProgress>()
    const { result, stop } = await startDownload(made.torrent, 2, { onProgress: (progress) => progress.stall && resolve(progress) })
    expect(await promise).toMatchObject({ phase: 'fetch', stall: 'no-peers', pieces: 0 })
    stop()
    await expect(result).rejects.toMatchObject({ name: 'AbortError' })
  })
})

test('a file that is whole is told while others still come, and is given on from where it is moved to', async () => {
  const made = await madeTorrent([3_000_000, ...Array.from({ length: 10 }, () => 200_000)])
  const seed = await startSeed(made, { limits: { upload: 3_000_000 } })
  const [folder, kept] = [await temporaryFolder(), await temporaryFolder()]
  /** How much had been sent when each was whole. */
  const moved = new Map<string, number>()
  const placeOf = ({ path }: TorrentFile): string => join(moved.has(path.join('/')) ? kept : folder, path.at(-1)!)
  const own = await PeerPort.open({ host: address(2) })
  onTestFinished(() => own.close())
  const first = await startDownload(made.torrent, 2, {
    peers: [{ host: SEED, port: seed.port.port }], places: placeOf, port: own, seedSeconds: 30,
    onFile: (file) => {
      renameSync(placeOf(file), join(kept, file.path.at(-1)!))
      moved.set(file.path.join('/'), seed.figures.uploaded)
    },
  })
  const last = await startDownload(made.torrent, 3, { peers: [{ host: address(2), port: own.port }] })
  expect(await last.result).toMatchObject({ complete: true })
  expect(await digestsIn(last.folder, made.torrent)).toEqual(made.digests)
  expect([moved.size, await readdir(folder), (await readdir(kept)).length]).toEqual([11, [], 11])
  expect(Math.min(...moved.values())).toBeLessThan(4_700_000)
  first.stop()
})

test('clients that have all know it of each other, and part', async () => {
  const made = await madeTorrent([3_000_000])
  const seed = await startSeed(made, { limits: { upload: 4_000_000 } })
  const tracker = await startTracker({ seedPort: () => seed.port.port })
  const peers = new Map<number, number>()
  const clients = await Promise.all([2, 3, 4].map((number) => startDownload(made.torrent, number, {
    trackers: [tracker.url], seedSeconds: 60, onProgress: ({ phase, peers: count }) => peers.set(number, phase === 'seed' ? count : Infinity),
  })))
  await vi.waitFor(() => expect([...peers.values()]).toEqual([0, 0, 0]), { timeout: 20_000 })
  for (const { stop } of clients) stop()
})

describe('aria2', () => {
  test('leeches from our seed by our tracker', async () => {
    const made = await madeTorrent([3_000_000, 500_001, 20], 256 * 1024)
    const seed = await startSeed(made)
    const tracker = await startTracker({ seedPort: () => seed.port.port })
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'image.torrent'), encodeMetainfo({ ...made.torrent.metainfo, announce: tracker.url }))
    const theirs = startProgram('aria2c', [...ISOLATED, `--interface=${address(2)}`, `--dir=${folder}`, '--seed-time=0', join(folder, 'image.torrent')])
    await theirs.succeeded()
    expect(await digestsIn(join(folder, 'image'), made.torrent)).toEqual(made.digests)
    expect(seed.figures.uploaded).toBeGreaterThanOrEqual(3_500_021)
  })

  test('seeds to our client, and exchanges with it and another aria2', async () => {
    const made = await madeTorrent([4_000_000, 500_001, 20], 128 * 1024)
    const tracker = await startTracker()
    const torrentFile = join(await temporaryFolder(), 'image.torrent')
    await writeFile(torrentFile, encodeMetainfo({ ...made.torrent.metainfo, announce: tracker.url }))
    startProgram('aria2c', [...ISOLATED, `--interface=${SEED}`, `--dir=${join(made.folder, '..')}`, '--check-integrity=true', '--seed-ratio=0.0', torrentFile])
    const theirs = await temporaryFolder()
    await mkdir(theirs, { recursive: true })
    const other = startProgram('aria2c', [...ISOLATED, `--interface=${address(3)}`, `--dir=${theirs}`, '--seed-time=0', torrentFile])
    const { folder, result } = await startDownload(made.torrent, 2, { trackers: [tracker.url], seedSeconds: 2 })
    expect(await result).toMatchObject({ complete: true })
    expect(await digestsIn(folder, made.torrent)).toEqual(made.digests)
    await other.succeeded()
    expect(await digestsIn(join(theirs, 'image'), made.torrent)).toEqual(made.digests)
  })
})
