import { TorrentLayout } from '#shared/transfer/torrent/layout.ts'
import { Bitfield } from '#shared/wire/bittorrent/bitfield.ts'
import { Announcer } from './announcer.ts'
import type { PeerPort } from './peer-port.ts'
import type { Torrent } from './revision-torrent.ts'
import { TorrentStorage, type TorrentPlaces } from './storage.ts'
import { Swarm, type SwarmFigures, type TorrentLimits } from './swarm.ts'

export interface SeedOptions {
  torrent: Torrent
  /** Where its files are; they do not change. */
  places: TorrentPlaces
  /** The port of the process; it may serve other torrents too. */
  port: PeerPort
  limits?: TorrentLimits
  /** Trackers to tell about it; that of the same process knows it without (`seedPort`). */
  trackers?: readonly string[]
  /** Our address to call trackers from. */
  host?: string
  /** Whether somebody at this address is known to belong here: strangers make room for them, and wait for them. */
  isMember?: (host: string) => boolean
  /** A piece on the disk is not what it was when its hash was taken: it is not sent to anybody. */
  onDamage?: (piece: number) => void
  signal?: AbortSignal
}

export interface Seed {
  readonly figures: SwarmFigures
  close(): Promise<void>
}

/**
 * Gives a torrent of which all is there to whoever calls, until it is closed or its signal aborted. Each piece is read
 * and checked once before it goes out.
 */
export function createSeed(options: SeedOptions): Seed {
  const { torrent: { metainfo, infoHash }, places, port, limits, trackers = [], host, isMember, onDamage, signal } = options
  signal?.throwIfAborted()
  const layout = new TorrentLayout(metainfo)
  const storage = new TorrentStorage(layout, metainfo.files, places)
  const swarm = new Swarm({
    metainfo, infoHash, storage, limits, host, isMember, mode: 'seeder',
    have: Bitfield.full(layout.pieceCount), trusted: new Bitfield(layout.pieceCount), ...(onDamage ? { onDamage } : {}),
  })
  const withdraw = port.offer(infoHash, (peer) => swarm.accept(peer))
  const announcer = new Announcer({
    trackers, host,
    facts: () => {
      const { uploaded, downloaded, done } = swarm.figures
      return { infoHash, peerId: swarm.peerId, port: port.port, uploaded, downloaded, left: layout.total - done }
    },
    lonely: () => false, onPeers: () => undefined,
  })
  const close = async (): Promise<void> => {
    signal?.removeEventListener('abort', onAbort)
    withdraw()
    swarm.close()
    await Promise.all([announcer.close(), storage.close()])
  }
  const onAbort = (): void => void close()
  signal?.addEventListener('abort', onAbort)
  return { get figures() { return swarm.figures }, close }
}
