import { ByteReader, ByteWriter, DecodeError, bytesToText, textToBytes } from '../bytes.ts'
import { encodeBencode, type Bencoded } from './bencode.ts'
import { DictionaryReader } from './dictionary.ts'
import { SHA1_LENGTH } from './metainfo.ts'
import { PEER_ID_LENGTH } from './peer-messages.ts'
import { BytesQuery, encodeQueryBytes } from './query.ts'

/*
 * What peers ask a tracker (BEP 3, over HTTP) and what it answers: with peers as 6 bytes each (BEP 23) or as a list of
 * dictionaries, and how many there are of each torrent (BEP 48, scrape).
 */

export interface PeerAddress {
  /** IPv4. */
  host: string
  port: number
}

export type AnnounceEvent = 'started' | 'stopped' | 'completed'

export interface Announce {
  infoHash: Uint8Array
  peerId: Uint8Array
  /** Where it listens; its address is the one that it asks from. */
  port: number
  /** Bytes since `started`. */
  uploaded: number
  downloaded: number
  /** Bytes that it lacks; 0: a seed. */
  left: number
  compact: boolean
  /** Absent from the announces in between. */
  event?: AnnounceEvent
  /** How many peers it wants. */
  wanted?: number
}

export interface AnnounceAnswer {
  /** Seconds until the next announce. */
  interval: number
  seeds: number
  leechers: number
  peers: readonly PeerAddress[]
}

/** Bytes of an answer: 5000 peers of the long form. */
export const MAX_TRACKER_ANSWER = 512 * 1024
const MAX_PEERS = 5000
const COMPACT_LENGTH = 6
const EVENTS: readonly string[] = ['started', 'stopped', 'completed'] satisfies AnnounceEvent[]

export type TrackerFault = 'bad-port' | 'bad-address' | 'bad-length' | 'too-large'

/** A tracker that says no, and why. */
export class TrackerRefusal extends Error {
  override readonly name = 'TrackerRefusal'
}

/** @returns the query, without `?` */
export function encodeAnnounce({ infoHash, peerId, event, wanted, compact, ...numbers }: Announce): string {
  return [
    `info_hash=${encodeQueryBytes(infoHash)}`, `peer_id=${encodeQueryBytes(peerId)}`,
    ...(['port', 'uploaded', 'downloaded', 'left'] as const).map((key) => `${key}=${numbers[key]}`),
    `compact=${compact ? 1 : 0}`,
    ...(event === undefined ? [] : [`event=${event}`]),
    ...(wanted === undefined ? [] : [`numwant=${wanted}`]),
  ].join('&')
}

/** @throws DecodeError `QueryFault`, `bad-port` */
export function decodeAnnounce(query: string): Announce {
  const fields = new BytesQuery(query)
  const port = fields.count('port') ?? 0
  if (port < 1 || port > 65_535) throw fault('bad-port')
  const event = fields.text('event')
  const wanted = fields.count('numwant')
  return {
    infoHash: fields.exactly('info_hash', SHA1_LENGTH), peerId: fields.exactly('peer_id', PEER_ID_LENGTH), port,
    uploaded: fields.count('uploaded') ?? 0, downloaded: fields.count('downloaded') ?? 0,
    left: fields.count('left') ?? Number.MAX_SAFE_INTEGER,
    compact: fields.text('compact') !== '0',
    ...(event !== undefined && EVENTS.includes(event) ? { event: event as AnnounceEvent } : {}),
    ...(wanted === undefined ? {} : { wanted }),
  }
}

/** The infohashes that a scrape asks about. @throws DecodeError `QueryFault`, `bad-length` */
export function decodeScrape(query: string): readonly Uint8Array[] {
  const hashes = new BytesQuery(query).all('info_hash')
  if (hashes.some(({ length }) => length !== SHA1_LENGTH)) throw fault('bad-length')
  return hashes
}

export function encodeAnnounceAnswer({ interval, seeds, leechers, peers }: AnnounceAnswer, compact: boolean): Uint8Array {
  return encodeBencode(new Map<string, Bencoded>([
    ['complete', seeds], ['incomplete', leechers], ['interval', interval],
    ['peers', compact ? encodeCompactPeers(peers) : encodePeerList(peers)],
  ]))
}

/** @throws TrackerRefusal · DecodeError */
export function decodeAnnounceAnswer(bytes: Uint8Array): AnnounceAnswer {
  const answer = answerOf(bytes)
  const peers = answer.value('peers')
  return {
    interval: answer.count('interval'), seeds: answer.optionalCount('complete') ?? 0, leechers: answer.optionalCount('incomplete') ?? 0,
    peers: peers instanceof Uint8Array ? decodeCompactPeers(peers) : decodePeerList(answer.list('peers')),
  }
}

export interface ScrapeEntry {
  infoHash: Uint8Array
  seeds: number
  leechers: number
  /** How often somebody said that it had got it whole. */
  completed: number
}

export function encodeScrapeAnswer(entries: readonly ScrapeEntry[]): Uint8Array {
  const files = new Map<string, Bencoded>(entries.map(({ infoHash, seeds, leechers, completed }) =>
    [bytesToText(infoHash), new Map<string, Bencoded>([['complete', seeds], ['downloaded', completed], ['incomplete', leechers]])]))
  return encodeBencode(new Map([['files', files]]))
}

/** @throws TrackerRefusal · DecodeError */
export function decodeScrapeAnswer(bytes: Uint8Array): readonly ScrapeEntry[] {
  return Array.from(answerOf(bytes).dictionary('files').entries(), ([hash, value]) => {
    if (hash.length !== SHA1_LENGTH) throw fault('bad-length')
    const entry = new DictionaryReader(value)
    return { infoHash: textToBytes(hash), seeds: entry.count('complete'), leechers: entry.count('incomplete'), completed: entry.count('downloaded') }
  })
}

export function encodeRefusal(reason: string): Uint8Array {
  return encodeBencode(new Map([['failure reason', new TextEncoder().encode(reason)]]))
}

function answerOf(bytes: Uint8Array): DictionaryReader {
  if (bytes.length > MAX_TRACKER_ANSWER) throw fault('too-large')
  const answer = DictionaryReader.of(bytes)
  if (answer.has('failure reason')) throw new TrackerRefusal(new TextDecoder().decode(answer.bytes('failure reason').subarray(0, 500)))
  return answer
}

function encodeCompactPeers(peers: readonly PeerAddress[]): Uint8Array {
  const writer = new ByteWriter()
  for (const { host, port } of peers) writer.bytes(Uint8Array.from(host.split('.'), Number)).u16(port)
  return writer.finish()
}

function decodeCompactPeers(bytes: Uint8Array): PeerAddress[] {
  if (bytes.length % COMPACT_LENGTH !== 0) throw fault('bad-length')
  if (bytes.length > MAX_PEERS * COMPACT_LENGTH) throw fault('too-large')
  const reader = new ByteReader(bytes)
  return Array.from({ length: bytes.length / COMPACT_LENGTH }, () => ({ host: reader.bytes(4).join('.'), port: reader.u16() }))
}

function encodePeerList(peers: readonly PeerAddress[]): Bencoded[] {
  return peers.map(({ host, port }) => new Map<string, Bencoded>([['ip', textToBytes(host)], ['port', port]]))
}

function decodePeerList(list: readonly Bencoded[]): PeerAddress[] {
  if (list.length > MAX_PEERS) throw fault('too-large')
  return list.map((value) => {
    const peer = new DictionaryReader(value)
    const [host, port] = [peer.text('ip'), peer.count('port')]
    if (!isIpv4(host)) throw fault('bad-address')
    if (port > 65_535) throw fault('bad-port')
    return { host, port }
  })
}

function isIpv4(host: string): boolean {
  const parts = host.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
}

function fault(reason: TrackerFault): DecodeError<TrackerFault> {
  return new DecodeError(reason)
}
