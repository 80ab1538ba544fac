import type { IncomingMessage, ServerResponse } from 'node:http'
import { TrackerTable } from '#shared/transfer/torrent/tracker-table.ts'
import { DecodeError } from '#shared/wire/bytes.ts'
import { decodeAnnounce, decodeScrape, encodeAnnounceAnswer, encodeRefusal, encodeScrapeAnswer } from '#shared/wire/bittorrent/tracker.ts'
import { hexOf } from './hash.ts'
import { ipv4Of } from './handshakes.ts'

export interface TrackerOptions {
  /** Which torrents it is for, by their infohash in hexadecimal digits. */
  allowed: (infoHash: string) => boolean
  /**
   * The port of a seed on this very machine: everybody is told about it, at the address at which he reached the
   * tracker. So a console with several cards, or one that has another address than it thinks, is found.
   */
  seedPort?: ((infoHash: string) => number | undefined) | undefined
  /** Seconds between two announces of a peer. */
  interval?: number
}

/** Answers a request to a tracker. Others are not for it: it returns false and has not touched them. */
export type TrackerHandler = (request: IncomingMessage, response: ServerResponse) => boolean

const INTERVAL = 30
const MAX_PEERS = 2000
const MAX_PER_ADDRESS = 16

/**
 * A tracker (BEP 3, 23, 48) for a server that is there already: `GET …/announce` and `GET …/scrape`. It answers with
 * 200 also when it refuses, as clients expect. Who was there is lost when it stops, and comes back with the next
 * announces.
 */
export function trackerHandler({ allowed, seedPort, interval = INTERVAL }: TrackerOptions): TrackerHandler {
  const table = new TrackerTable({ interval, maxPeers: MAX_PEERS, maxPerAddress: MAX_PER_ADDRESS, random: Math.random })

  function announce(request: IncomingMessage, query: string): Uint8Array {
    const asked = decodeAnnounce(query)
    const infoHash = hexOf(asked.infoHash)
    const host = ipv4Of(request.socket.remoteAddress)
    if (!allowed(infoHash)) {
      table.remove(asked.infoHash)
      return encodeRefusal('no such torrent')
    }
    if (host === undefined) return encodeRefusal('IPv4 only')
    const answer = table.announce(asked, host, performance.now())
    const port = seedPort?.(infoHash)
    const here = ipv4Of(request.socket.localAddress)
    if (port === undefined || here === undefined) return encodeAnnounceAnswer(answer, asked.compact)
    return encodeAnnounceAnswer({ ...answer, seeds: answer.seeds + 1, peers: [{ host: here, port }, ...answer.peers] }, asked.compact)
  }

  function scrape(query: string): Uint8Array {
    const asked = new Map(decodeScrape(query).map((hash) => [hexOf(hash), hash]))
    const offered = [...asked].filter(([name]) => allowed(name)).map(([, hash]) => hash)
    return encodeScrapeAnswer(offered.map((hash) => table.scrape(hash, performance.now())))
  }

  return (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2)
    const action = /\/(announce|scrape)$/.exec(path)?.[1]
    if (request.method !== 'GET' || action === undefined) return false
    response.setHeader('content-type', 'text/plain')
    response.end(answerOf(() => (action === 'announce' ? announce(request, query) : scrape(query))))
    return true
  }
}

function answerOf(work: () => Uint8Array): Uint8Array {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof DecodeError) return encodeRefusal(cause.message)
    throw cause
  }
}
