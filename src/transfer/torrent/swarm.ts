import { randomBytes } from 'node:crypto'
import { TorrentLayout } from '#shared/transfer/torrent/layout.ts'
import { PiecePicker } from '#shared/transfer/torrent/piece-picker.ts'
import { findPlace } from '#shared/transfer/torrent/places.ts'
import { mayFetch, maySend, type P2pMode } from '#shared/transfer/torrent/rules.ts'
import { Bitfield, bitfieldLength, decodeBitfield } from '#shared/wire/bittorrent/bitfield.ts'
import { PeerMessageReader } from '#shared/wire/bittorrent/frames.ts'
import type { Metainfo } from '#shared/wire/bittorrent/metainfo.ts'
import { BLOCK_LENGTH, PEER_ID_LENGTH, encodeHandshake, type Handshake, type PeerMessage } from '#shared/wire/bittorrent/peer-messages.ts'
import type { PeerAddress } from '#shared/wire/bittorrent/tracker.ts'
import { Throttle } from '../throttle.ts'
import { BufferPool, type Lease } from './buffer-pool.ts'
import { Candidates } from './candidates.ts'
import { Downloads } from './downloads.ts'
import { dial, receiveHandshake } from './handshakes.ts'
import { sameBytes } from './hash.ts'
import type { Line } from './line.ts'
import { Peer } from './peer.ts'
import type { IncomingPeer } from './peer-port.ts'
import type { TorrentStorage } from './storage.ts'
import { Uploads } from './uploads.ts'

export interface TorrentLimits {
  /** Bytes per second, of all peers together, or also of others who share them; as fast as it goes unless said. */
  download?: number | Throttle
  upload?: number | Throttle
  /** Connections, in all and with one address. */
  connections?: number
  perAddress?: number
  /** Peers that are sent to at once. */
  slots?: number
  /** Bytes of pieces that are in memory until they are whole. */
  memory?: number
}

const DEFAULT_LIMITS = { connections: 80, perAddress: 8, slots: 12, memory: 48 * 1024 * 1024 }
/** Pieces under way at the least: however long they are, more than one peer has something to do. */
const MIN_OPEN = 4
/** Bytes of memory for pieces that are kept for the next ones. */
const SPARE_PIECES = 8 * 1024 * 1024
/** Calls under way at once. */
const MAX_DIALING = 8
const TICK = 1000
/** Pieces that a peer is told of in one write, when all of a large image is here. */
const TOLD_AT_ONCE = 1000

export interface SwarmOptions {
  metainfo: Metainfo
  infoHash: Uint8Array
  storage: TorrentStorage
  have: Bitfield
  /** Pieces that were read and are right; `have` unless said. */
  trusted?: Bitfield
  mode: P2pMode
  limits?: TorrentLimits | undefined
  /** Our address to call from. */
  host?: string | undefined
  /** Whether somebody at this address is known to belong here: strangers make room for them. Nobody is unless said. */
  isMember?: ((host: string) => boolean) | undefined
  /** A piece that was missing is on the disk. */
  onPiece?: ((piece: number) => void) | undefined
  /** All is there. */
  onComplete?: () => void
  /** It cannot go on: the disk is full, for one. */
  onFailure?: (cause: unknown) => void
  /** A piece that was right once is wrong on the disk. */
  onDamage?: (piece: number) => void
  /** An address has sent what it should not, and is not listened to any more. */
  onBan?: (host: string) => void
}

/** How a swarm is doing. Rates in bytes per second. */
export interface SwarmFigures {
  pieces: number
  /** Bytes that are there and right. */
  done: number
  peers: number
  /** Of these, how many have all. */
  seeds: number
  down: number
  up: number
  downloaded: number
  uploaded: number
  /** Whether every missing piece is at some peer. */
  reachable: boolean
  /** Milliseconds since a block came, or since it all began. */
  idle: number
}

/** All peers of one torrent that we are connected with, and what goes between us. */
export class Swarm {
  readonly peerId = Buffer.concat([Buffer.from('-CA0100-'), randomBytes(PEER_ID_LENGTH - 8)])
  readonly #options: SwarmOptions
  readonly #limits: TorrentLimits & typeof DEFAULT_LIMITS
  readonly #layout: TorrentLayout
  readonly #picker: PiecePicker<Peer>
  readonly #downloads: Downloads
  readonly #uploads: Uploads
  readonly #throttle: Throttle | undefined
  readonly #peers = new Set<Peer>()
  readonly #candidates = new Candidates(Math.random)
  readonly #banned = new Set<string>()
  readonly #isMember: (host: string) => boolean
  readonly #stop = new AbortController()
  readonly #timer = setInterval(() => this.#tick(), TICK)
  #done: number
  #downloaded = 0
  /** Of peers that have gone. */
  #uploaded = 0
  #movedAt = performance.now()

  constructor(options: SwarmOptions) {
    const { metainfo, have, storage, mode, limits } = options
    this.#options = options
    this.#isMember = options.isMember ?? (() => false)
    this.#limits = { ...DEFAULT_LIMITS, ...limits }
    const layout = this.#layout = new TorrentLayout(metainfo)
    this.#throttle = throttleOf(limits?.download)
    this.#picker = new PiecePicker<Peer>({
      pieceCount: layout.pieceCount, blockCount: (piece) => layout.blockCount(piece), have, random: Math.random,
      maxOpen: Math.max(MIN_OPEN, Math.floor(this.#limits.memory / metainfo.pieceLength)),
    })
    const pool = new BufferPool(metainfo.pieceLength, SPARE_PIECES)
    this.#downloads = new Downloads({
      layout, storage, pool, picker: this.#picker,
      onPiece: (piece, lease) => this.#gained(piece, lease), onCulprit: (host) => this.#ban(host), onFailure: (cause) => options.onFailure?.(cause),
    })
    const trusted = options.trusted ?? decodeBitfield(have.encode(), layout.pieceCount)
    this.#uploads = new Uploads({
      layout, storage, pool, have, trusted, slots: maySend(mode) ? this.#limits.slots : 0,
      throttle: throttleOf(limits?.upload),
      isMember: this.#isMember, onDamage: (piece) => this.#damaged(piece),
    })
    this.#done = sizeOf(have, layout)
  }

  get complete(): boolean {
    return this.#picker.have.complete
  }

  get figures(): SwarmFigures {
    const now = performance.now()
    const peers = [...this.#peers]
    return {
      pieces: this.#picker.have.count, done: this.#done, peers: peers.length, seeds: peers.filter(({ has }) => has.complete).length,
      down: sum(peers, (peer) => peer.received.at(now)), up: sum(peers, (peer) => peer.sent.at(now)),
      downloaded: this.#downloaded, uploaded: this.#uploaded + sum(peers, ({ sentBytes }) => sentBytes),
      reachable: this.#picker.reachable, idle: now - this.#movedAt,
    }
  }

  /** Tells where others may be; they are called while something is missing. */
  addPeers(addresses: readonly PeerAddress[]): void {
    this.#candidates.add(addresses)
    this.#dialSome()
  }

  /** Takes somebody who called. @throws Error when there is no place for him */
  accept({ line, host, reader, handshake }: IncomingPeer): void {
    if (this.#stop.signal.aborted) throw new Error('closed')
    line.socket.write(this.#handshake())
    this.#join(line, host, false, reader, handshake)
  }

  /** A missing piece for who brings pieces whole from elsewhere; undefined when there is none left. */
  claim(): number | undefined {
    return this.complete ? undefined : this.#picker.claim()
  }

  /** The piece that was claimed did not come. */
  unclaim(piece: number): void {
    this.#picker.unclaim(piece)
  }

  /** A piece from elsewhere. @returns false when it does not have its hash */
  async supply(piece: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    return this.#downloads.supply(piece, bytes)
  }

  close(): void {
    this.#stop.abort()
    clearInterval(this.#timer)
    for (const peer of this.#peers) peer.close()
  }

  #handshake(): Uint8Array {
    return encodeHandshake({ infoHash: this.#options.infoHash, peerId: this.peerId, fast: true })
  }

  #dialSome(): void {
    if (this.complete || !mayFetch(this.#options.mode) || this.#stop.signal.aborted) return
    // Of several connections with one address all but one give way.
    const addresses = [...new Set([...this.#peers].map(({ host }) => host))]
    const room = this.#limits.connections - addresses.length
    // Strangers make room for members.
    const roomForMembers = this.#limits.connections - addresses.filter(this.#isMember).length
    const most = Math.min(MAX_DIALING - this.#candidates.dialing, room > 0 ? room : roomForMembers)
    const due = this.#candidates.due(most, performance.now(), ({ host }) => room > 0 || this.#isMember(host))
    for (const address of due) if (!this.#banned.has(address.host)) void this.#call(address)
  }

  async #call(address: PeerAddress): Promise<void> {
    const call = this.#candidates.called(address)
    let line: Line | undefined
    try {
      line = await dial(address, this.#options.host, this.#stop.signal)
      line.socket.write(this.#handshake())
      const reader = new PeerMessageReader()
      const handshake = await receiveHandshake(line, reader)
      if (!sameBytes(handshake.infoHash, this.#options.infoHash)) throw new Error('another torrent')
      this.#join(line, address.host, true, reader, handshake)
      call.answered()
      line.socket.once('close', () => call.ended(performance.now()))
    } catch {
      line?.socket.destroy()
      call.ended(performance.now())
    }
  }

  #join(line: Line, host: string, outgoing: boolean, reader: PeerMessageReader, handshake: Handshake): void {
    if (this.#banned.has(host)) throw new Error('banned')
    if (sameBytes(handshake.peerId, this.peerId)) throw new Error('it is us')
    const connected = [...this.#peers].filter(({ closed }) => !closed)
    const twin = connected.find(({ id }) => sameBytes(id, handshake.peerId))
    if (twin && !this.#prefers(outgoing, twin)) throw new Error('connected already')
    const { connections: places, perAddress } = this.#limits
    const place = findPlace(host, connected.filter((peer) => peer !== twin), { places, perAddress, isMember: this.#isMember })
    if (!place) throw new Error('no place')
    twin?.close()
    place.insteadOf?.close()
    reader.limit = Math.max(1 + bitfieldLength(this.#layout.pieceCount), 9 + BLOCK_LENGTH, 1024)
    const peer = new Peer({ line, host, outgoing, handshake, reader, pieceCount: this.#layout.pieceCount, throttle: this.#throttle })
    this.#peers.add(peer)
    this.#introduce(peer)
    peer.start({
      onMessage: (message) => this.#hear(peer, message),
      onIdle: () => this.#downloads.ask(peer, performance.now()),
      onClose: () => this.#left(peer),
    })
  }

  /** Of two connections that crossed, both sides keep the one that was made by whose id is the smaller. */
  #prefers(outgoing: boolean, twin: Peer): boolean {
    if (twin.outgoing === outgoing) return false
    return outgoing === Buffer.compare(this.peerId, twin.id) < 0
  }

  #introduce(peer: Peer): void {
    const { have } = this.#picker
    if (peer.fast && have.complete) peer.send({ kind: 'haveAll' })
    else if (peer.fast && have.count === 0) peer.send({ kind: 'haveNone' })
    else if (have.count > 0) peer.send({ kind: 'bitfield', bits: have.encode() })
  }

  /** @throws Error or DecodeError for what breaks the protocol; the connection is closed then */
  #hear(peer: Peer, message: PeerMessage): void {
    switch (message.kind) {
      case 'choke':
        peer.choked = true
        return this.#downloads.release(peer)
      case 'unchoke':
        peer.choked = false
        return
      case 'interested': case 'notInterested':
        peer.wanted = message.kind === 'interested'
        return this.#uploads.rechoke(this.#peers, this.complete, performance.now())
      case 'bitfield': return this.#peerHas(peer, decodeBitfield(message.bits, this.#layout.pieceCount))
      case 'haveAll': return this.#peerHas(peer, Bitfield.full(this.#layout.pieceCount))
      case 'have': return this.#peerGained(peer, message.piece)
      case 'request': return this.#uploads.request(peer, message)
      case 'cancel': return this.#uploads.cancel(peer, message)
      case 'reject': return this.#rejected(peer, message.piece, this.#downloads.rejected(peer, message))
      case 'piece':
        this.#movedAt = performance.now()
        this.#downloaded += message.block.length
        return this.#downloads.receive(peer, message.piece, message.begin, message.block)
      case 'haveNone': case 'keepAlive': case 'suggest': case 'allowedFast': case 'unknown': default: return undefined
    }
  }

  /** Everybody says it first of all; aria2 says it again when it has its first piece. */
  #peerHas(peer: Peer, has: Bitfield): void {
    for (let piece = 0; piece < has.length; piece += 1) if (has.has(piece)) this.#note(peer, piece)
    this.#consider(peer)
  }

  #peerGained(peer: Peer, piece: number): void {
    if (piece >= this.#layout.pieceCount) throw new Error('a piece that there is not')
    this.#note(peer, piece)
    this.#consider(peer)
  }

  #note(peer: Peer, piece: number): void {
    if (!peer.has.set(piece)) return
    this.#picker.gained(piece)
    if (!this.#picker.have.has(piece)) peer.useful += 1
  }

  /** What a peer does not give, though it would send to us, it does not have. */
  #rejected(peer: Peer, piece: number, asked: boolean): void {
    if (!asked || peer.choked || !peer.has.has(piece)) return
    peer.has.clear(piece)
    this.#picker.lost(piece)
    if (!this.#picker.have.has(piece)) peer.useful -= 1
    this.#consider(peer)
  }

  /** Whether there is anything (left) to get from a peer, or to give it. */
  #consider(peer: Peer): void {
    if (this.complete && peer.has.complete) return peer.close()
    const interested = peer.useful > 0 && mayFetch(this.#options.mode)
    if (interested === peer.interested) return
    peer.interested = interested
    peer.send({ kind: interested ? 'interested' : 'notInterested' })
  }

  #gained(piece: number, lease: Lease): void {
    this.#uploads.fresh(piece, lease)
    this.#done += this.#layout.lengthOf(piece)
    this.#options.onPiece?.(piece)
    for (const peer of this.#peers) {
      if (peer.has.has(piece)) {
        peer.useful -= 1
        peer.untold.push(piece)
      } else {
        peer.mention({ kind: 'have', piece })
      }
      this.#consider(peer)
    }
    if (!this.complete) return
    // Only now it matters to who has them too: he need not wait for us any more.
    for (const peer of this.#peers) {
      while (peer.untold.length > 0) peer.send(...peer.untold.splice(0, TOLD_AT_ONCE).map((each) => ({ kind: 'have' as const, piece: each })))
    }
    this.#options.onComplete?.()
  }

  #damaged(piece: number): void {
    this.#done -= this.#layout.lengthOf(piece)
    for (const peer of this.#peers) if (peer.has.has(piece)) peer.useful += 1
    this.#options.onDamage?.(piece)
  }

  #ban(host: string): void {
    if (this.#banned.has(host)) return
    this.#banned.add(host)
    for (const peer of this.#peers) if (peer.host === host) peer.close()
    this.#options.onBan?.(host)
  }

  #left(peer: Peer): void {
    if (!this.#peers.delete(peer)) return
    this.#uploaded += peer.sentBytes
    peer.uploads = []
    this.#picker.left(peer, peer.has)
    this.#uploads.rechoke(this.#peers, this.complete, performance.now())
    this.#askAll()
  }

  #askAll(): void {
    const now = performance.now()
    for (const peer of this.#peers) this.#downloads.ask(peer, now)
  }

  #tick(): void {
    const now = performance.now()
    for (const peer of this.#peers) {
      peer.look(now)
      this.#downloads.look(peer, now)
    }
    this.#uploads.rechoke(this.#peers, this.complete, now)
    this.#askAll()
    this.#dialSome()
  }
}

function throttleOf(limit: number | Throttle | undefined): Throttle | undefined {
  return typeof limit === 'number' ? new Throttle(limit) : limit
}

function sizeOf(have: Bitfield, layout: TorrentLayout): number {
  let bytes = 0
  for (let piece = 0; piece < have.length; piece += 1) if (have.has(piece)) bytes += layout.lengthOf(piece)
  return bytes
}

function sum(peers: readonly Peer[], value: (peer: Peer) => number): number {
  return peers.reduce((total, peer) => total + value(peer), 0)
}
