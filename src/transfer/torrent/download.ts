import { setTimeout as sleep } from 'node:timers/promises'
import type { Progress } from '#shared/domain/progress.ts'
import { TorrentLayout } from '#shared/transfer/torrent/layout.ts'
import { mayFetch, secondsOfSeeding, stallOf, type P2pMode, type Stall } from '#shared/transfer/torrent/rules.ts'
import type { Bitfield } from '#shared/wire/bittorrent/bitfield.ts'
import type { PeerAddress } from '#shared/wire/bittorrent/tracker.ts'
import { Announcer } from './announcer.ts'
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
  /** The room's P2P time: seconds of seeding after all is there. */
  seedSeconds: number
  limits?: TorrentLimits
  /** A port that is open already; otherwise one is opened for this. */
  port?: PeerPort
  /** Our address to listen at and to call from; any unless said. */
  host?: string
  signal?: AbortSignal
  onProgress?: (progress: TorrentProgress) => void
  /** All is there, checked and on the medium; sending goes on. */
  onComplete?: () => void
  /** An address sent what it should not. */
  onBan?: (host: string) => void
}

export interface TorrentResult {
  /** A seeder that lacked something does not fetch it. */
  complete: boolean
  /** Bytes that came and went, of this attempt. */
  downloaded: number
  uploaded: number
}

/** Milliseconds between two reports. */
const REPORT_EVERY = 500

/**
 * Fetches what is missing of a torrent, checks it, and sends it to others meanwhile and for a while after. Killed and
 * started again it goes on from what is on the disk. It waits for peers as long as it takes (the progress says so): who
 * wants to give up aborts the signal.
 * @throws ClonaulaError `noSpace`, `diskError` … of the files · the signal's reason, when it is aborted before all is
 * there
 */
export async function downloadTorrent(options: DownloadOptions): Promise<TorrentResult> {
  const { torrent: { metainfo }, places, signal, onProgress } = options
  signal?.throwIfAborted()
  const layout = new TorrentLayout(metainfo)
  const storage = new TorrentStorage(layout, metainfo.files, places)
  try {
    const alone = { phase: 'check', up: 0, peers: 0, seeds: 0, pieces: 0, totalPieces: layout.pieceCount } as const
    const have = await storage.check({ signal, onProgress: (progress) => onProgress?.({ ...progress, ...alone }) })
    if (mayFetch(options.mode)) await storage.prepare()
    return await exchange(options, layout, storage, have)
  } finally {
    await storage.close()
  }
}

async function exchange(options: DownloadOptions, layout: TorrentLayout, storage: TorrentStorage, have: Bitfield): Promise<TorrentResult> {
  const { torrent: { metainfo, infoHash }, trackers, mode, seedSeconds, limits, host, signal, onProgress, onComplete, onBan } = options
  const port = options.port ?? (await PeerPort.open(host === undefined ? {} : { host }))
  const { promise: all, resolve, reject } = Promise.withResolvers<void>()
  all.catch(() => undefined) // it is awaited below, but may have failed before
  const swarm = new Swarm({
    metainfo, infoHash, storage, have, mode, limits, host,
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
  const report = (): void => onProgress?.(progressOf(swarm, layout))
  const reporting = setInterval(report, REPORT_EVERY)
  try {
    swarm.addPeers(options.peers ?? [])
    if (!swarm.complete && mayFetch(mode)) {
      await all
      announcer.completed()
    }
    report()
    if (swarm.complete) onComplete?.()
    await sleep(secondsOfSeeding(mode, seedSeconds) * 1000, undefined, { signal }).catch(() => undefined)
    return { complete: swarm.complete, downloaded: swarm.figures.downloaded, uploaded: swarm.figures.uploaded }
  } finally {
    clearInterval(reporting)
    signal?.removeEventListener('abort', stopped)
    withdraw()
    swarm.close()
    await announcer.close()
    if (!options.port) await port.close()
  }
}

function progressOf(swarm: Swarm, layout: TorrentLayout): TorrentProgress {
  const figures: SwarmFigures = swarm.figures
  const { done, down: rate, up, peers, seeds, pieces } = figures
  const stall = stallOf({ complete: swarm.complete, ...figures })
  return {
    phase: swarm.complete ? 'seed' : 'fetch', done, total: layout.total, rate, up, peers, seeds, pieces, totalPieces: layout.pieceCount,
    ...(rate > 0 ? { secondsLeft: (layout.total - done) / rate } : {}), ...(stall ? { stall } : {}),
  }
}
