import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from '#shared/domain/progress.ts'
import { TorrentLayout } from '#shared/transfer/torrent/layout.ts'
import { mayFetch, secondsOfSeeding, stallOf, type P2pMode, type Stall } from '#shared/transfer/torrent/rules.ts'
import { WholeFiles } from '#shared/transfer/torrent/whole-files.ts'
import type { Bitfield } from '#shared/wire/bittorrent/bitfield.ts'
import type { TorrentFile } from '#shared/wire/bittorrent/metainfo.ts'
import type { PeerAddress } from '#shared/wire/bittorrent/tracker.ts'
import { Announcer } from './announcer.ts'
import { Filler, type PieceSource } from './filler.ts'
import { PeerPort } from './peer-port.ts'
import type { Torrent } from './revision-torrent.ts'
import { TorrentStorage, type TorrentPlaces } from './storage.ts'
import { Swarm, type SwarmFigures, type TorrentLimits } from './swarm.ts'

/**
 * Phases: `check` (what is there already is hashed), `fetch`, `seed`. `done` and `total` are bytes of the torrent,
 * `rate` is what comes in.
 */
export interface TorrentProgress extends Progress {
  phase: 'check' | 'fetch' | 'seed'
  /** Bytes so far that came from peers, went to them, and came from elsewhere. */
  downloaded: number
  uploaded: number
  elsewhere: number
  /** Bytes per second that go out. */
  up: number
  peers: number
  /** Of these, how many have all. */
  seeds: number
  pieces: number
  totalPieces: number
  /** Why nothing comes, when nothing has come for a while. */
  stall?: Stall
}

export interface DownloadOptions {
  torrent: Torrent
  /** Where its files are, or are to be: one that is there whole is checked and kept. */
  places: TorrentPlaces
  /** URLs of announces. */
  trackers: readonly string[]
  /** Addresses that are known without a tracker. */
  peers?: readonly PeerAddress[]
  mode: P2pMode
  /** Brings what peers do not; without it a download waits for them. */
  elsewhere?: PieceSource
  /** The room's P2P time: seconds of seeding after all is there. */
  seedSeconds: number
  limits?: TorrentLimits
  /** A port that is open already; otherwise one is opened for this. */
  port?: PeerPort
  /** Our address to listen at and to call from; any unless said. */
  host?: string
  /** Whether somebody at this address is known to belong here: strangers make room for them. Nobody is unless said. */
  isMember?: (host: string) => boolean
  signal?: AbortSignal
  onProgress?: (progress: TorrentProgress) => void
  /** A file is all there, checked and on the medium, at the start or while others still come: from now on it may be moved. */
  onFile?: (file: TorrentFile) => void
  /** All is there, checked and on the medium; sending goes on. */
  onComplete?: () => void
  /** An address sent what it should not. */
  onBan?: (host: string) => void
  /** Told how to have the files closed for a while, so that their filesystem can be unmounted; it returns what ends that. */
  onFiles?: (pause: () => Promise<() => void>) => void
}

export interface TorrentResult {
  /** A seeder that lacked something does not fetch it from peers. */
  complete: boolean
  /** Bytes that came from peers and went to them, of this attempt. */
  downloaded: number
  uploaded: number
}

const NOTHING_YET = { downloaded: 0, uploaded: 0, elsewhere: 0, up: 0, peers: 0, seeds: 0, pieces: 0 }

/** Milliseconds between two reports. */
const REPORT_EVERY = 500

/**
 * Fetches what is missing of a torrent, checks it, and sends it to others meanwhile and for a while after. Killed and
 * started again it goes on from what is on the disk. When peers bring nothing it goes on from `elsewhere`, and waits for
 * them as long as it takes where there is no such thing (the progress says so): who wants to give up aborts the signal.
 * @throws ClonaulaError `noSpace`, `diskError` … of the files · what `elsewhere` throws while peers bring nothing · the
 * signal's reason, when it is aborted before all is there
 */
export async function downloadTorrent(options: DownloadOptions): Promise<TorrentResult> {
  const { torrent: { metainfo }, places, signal, onProgress } = options
  signal?.throwIfAborted()
  const layout = new TorrentLayout(metainfo)
  const storage = new TorrentStorage(layout, metainfo.files, places)
  options.onFiles?.(() => storage.pause())
  try {
    const alone = { phase: 'check', ...NOTHING_YET, totalPieces: layout.pieceCount } as const
    const have = await storage.check({ signal, onProgress: (progress) => onProgress?.({ ...progress, ...alone }) })
    if (fetches(options)) await storage.prepare()
    return await exchange(options, layout, storage, have)
  } finally {
    await storage.close()
  }
}

function fetches({ mode, elsewhere }: DownloadOptions): boolean {
  return mayFetch(mode) || elsewhere !== undefined
}

async function exchange(options: DownloadOptions, layout: TorrentLayout, storage: TorrentStorage, have: Bitfield): Promise<TorrentResult> {
  const { torrent: { metainfo, infoHash }, trackers, mode, seedSeconds, limits, host, isMember, signal, onProgress, onFile, onComplete, onBan } = options
  const port = options.port ?? (await PeerPort.open({ ...(host !== undefined && { host }), ...(isMember && { isMember }) }))
  const { promise: all, resolve, reject } = Promise.withResolvers<void>()
  all.catch(() => undefined) // it is awaited below, but may have failed before
  const files = new WholeFiles(layout, metainfo.files.length, have)
  let telling = Promise.resolve()
  /** Flushed one by one while others still come, there is little left to flush at the end. */
  const tellWhole = (whole: readonly number[]): void => {
    for (const file of whole) telling = telling.then(() => storage.flushFile(file)).then(() => onFile?.(metainfo.files[file]!))
    telling.catch(reject)
  }
  const swarm = new Swarm({
    metainfo, infoHash, storage, have, mode, limits, host, isMember,
    onPiece: (piece) => tellWhole(files.gained(piece)),
    onComplete: () => void storage.flush().then(resolve, reject), onFailure: reject, ...(onBan ? { onBan } : {}),
  })
  const stopped = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', stopped)
  const withdraw = port.offer(infoHash, (peer) => swarm.accept(peer))
  const announcer = new Announcer({
    trackers, host, onPeers: (peers) => swarm.addPeers(peers), lonely: () => !swarm.complete && swarm.figures.peers === 0,
    facts: () => {
      const { uploaded, downloaded, done } = swarm.figures
      return { infoHash, peerId: swarm.peerId, port: port.port, uploaded, downloaded, left: layout.total - done }
    },
  })
  const filler = options.elsewhere && new Filler({ swarm, layout, files: metainfo.files, source: options.elsewhere, signal })
  const report = (): void => onProgress?.(progressOf(swarm, layout, filler))
  const reporting = setInterval(report, REPORT_EVERY)
  try {
    tellWhole(files.all)
    swarm.addPeers(options.peers ?? [])
    if (!swarm.complete && fetches(options)) {
      filler?.run().catch(reject)
      await all
      announcer.completed()
    }
    report()
    if (swarm.complete) onComplete?.()
    await sleep(secondsOfSeeding(mode, seedSeconds) * 1000, undefined, { signal }).catch(() => undefined)
    return { complete: swarm.complete, downloaded: swarm.figures.downloaded, uploaded: swarm.figures.uploaded }
  } finally {
    clearInterval(reporting)
    filler?.stop()
    signal?.removeEventListener('abort', stopped)
    withdraw()
    swarm.close()
    await announcer.close()
    if (!options.port) await port.close()
  }
}

function progressOf(swarm: Swarm, layout: TorrentLayout, filler: Filler | undefined): TorrentProgress {
  const figures: SwarmFigures = swarm.figures
  const { done, up, peers, seeds, pieces, downloaded, uploaded } = figures
  const rate = figures.down + (filler?.rate ?? 0)
  const stall = stallOf({ complete: swarm.complete, ...figures, idle: Math.min(figures.idle, filler?.idle ?? Infinity) })
  return {
    phase: swarm.complete ? 'seed' : 'fetch', done, total: layout.total, rate, up, peers, seeds, pieces, totalPieces: layout.pieceCount,
    downloaded, uploaded, elsewhere: filler?.bytes ?? 0,
    ...(rate > 0 ? { secondsLeft: (layout.total - done) / rate } : {}), ...(stall ? { stall } : {}),
  }
}
