import { bytesToText } from '../../wire/bytes.ts'
import type { Announce, AnnounceAnswer, PeerAddress, ScrapeEntry } from '../../wire/bittorrent/tracker.ts'

export interface TrackerTableOptions {
  /** Seconds between two announces of a peer; it is forgotten after two and a half of them. */
  interval: number
  /** Peers of one torrent; who comes then is told about others, and others not about him. */
  maxPeers: number
  /** Peers at one address: a stranger cannot fill the table by himself. */
  maxPerAddress: number
  /** 0 ≤ value < 1 */
  random: () => number
}

interface Entry extends PeerAddress {
  seed: boolean
  /** Milliseconds. */
  seen: number
}

interface Torrent {
  infoHash: Uint8Array
  /** By address and port. */
  peers: Map<string, Entry>
  completed: number
}

const MISSED_INTERVALS = 2.5
const DEFAULT_WANTED = 50
const MAX_WANTED = 200

/**
 * Who is on which torrent. Which torrents there may be is decided before; a table that is lost fills again with the
 * next announces.
 */
export class TrackerTable {
  readonly #options: TrackerTableOptions
  readonly #torrents = new Map<string, Torrent>()

  constructor(options: TrackerTableOptions) {
    this.#options = options
  }

  /** @param host the address that it came from. @param now milliseconds, of any clock that only goes forward */
  announce(announce: Announce, host: string, now: number): AnnounceAnswer {
    const torrent = this.#torrent(announce.infoHash)
    this.#expire(torrent, now)
    const self = `${host}:${announce.port}`
    if (announce.event === 'stopped') torrent.peers.delete(self)
    else if (torrent.peers.has(self) || this.#hasRoom(torrent, host)) {
      torrent.peers.set(self, { host, port: announce.port, seed: announce.left === 0, seen: now })
    }
    if (announce.event === 'completed') torrent.completed += 1
    const others = [...torrent.peers].filter(([key, { seed }]) => key !== self && !(seed && announce.left === 0)).map(([, entry]) => entry)
    const wanted = announce.event === 'stopped' ? 0 : Math.min(announce.wanted ?? DEFAULT_WANTED, MAX_WANTED)
    const { seeds, leechers } = counts(torrent)
    return { interval: this.#options.interval, seeds, leechers, peers: this.#sample(others, wanted) }
  }

  scrape(infoHash: Uint8Array, now: number): ScrapeEntry {
    const torrent = this.#torrents.get(bytesToText(infoHash))
    if (!torrent) return { infoHash, seeds: 0, leechers: 0, completed: 0 }
    this.#expire(torrent, now)
    return { infoHash, completed: torrent.completed, ...counts(torrent) }
  }

  /** Forgets a torrent that is not offered any more. */
  remove(infoHash: Uint8Array): void {
    this.#torrents.delete(bytesToText(infoHash))
  }

  #torrent(infoHash: Uint8Array): Torrent {
    const key = bytesToText(infoHash)
    let torrent = this.#torrents.get(key)
    if (!torrent) {
      torrent = { infoHash: infoHash.slice(), peers: new Map(), completed: 0 }
      this.#torrents.set(key, torrent)
    }
    return torrent
  }

  #hasRoom({ peers }: Torrent, host: string): boolean {
    if (peers.size >= this.#options.maxPeers) return false
    return [...peers.values()].filter((entry) => entry.host === host).length < this.#options.maxPerAddress
  }

  #expire({ peers }: Torrent, now: number): void {
    const oldest = now - this.#options.interval * 1000 * MISSED_INTERVALS
    for (const [key, { seen }] of peers) if (seen < oldest) peers.delete(key)
  }

  /** A few by chance, each as likely as another. */
  #sample(entries: Entry[], wanted: number): PeerAddress[] {
    for (let at = 0; at < Math.min(wanted, entries.length); at += 1) {
      const other = at + Math.floor(this.#options.random() * (entries.length - at))
      ;[entries[at], entries[other]] = [entries[other]!, entries[at]!]
    }
    return entries.slice(0, wanted).map(({ host, port }) => ({ host, port }))
  }
}

function counts({ peers }: Torrent): { seeds: number; leechers: number } {
  const seeds = [...peers.values()].filter(({ seed }) => seed).length
  return { seeds, leechers: peers.size - seeds }
}
