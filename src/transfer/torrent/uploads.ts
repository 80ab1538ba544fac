import { CHOKE_EVERY, Choker } from '#shared/transfer/torrent/choker.ts'
import type { TorrentLayout } from '#shared/transfer/torrent/layout.ts'
import type { Bitfield } from '#shared/wire/bittorrent/bitfield.ts'
import { MAX_REQUEST, type BlockRequest } from '#shared/wire/bittorrent/peer-messages.ts'
import type { Throttle } from '../throttle.ts'
import { BufferPool, type Lease } from './buffer-pool.ts'
import type { Peer } from './peer.ts'
import { PieceCache } from './piece-cache.ts'
import type { TorrentStorage } from './storage.ts'

/** Requests of one peer that wait; what comes beyond is refused. */
const MAX_QUEUE = 1024
/** Bytes that are read for one peer at once, when it has asked for blocks that lie behind each other. */
const MAX_RUN = 256 * 1024
/** Bytes of pieces that are kept in memory, and the longest of which all is read when a part is asked for. */
const CACHE = 32 * 1024 * 1024
const READ_WHOLE = 1024 * 1024
/** Bytes of memory for runs that are kept for the next ones. */
const SPARE_RUNS = 4 * 1024 * 1024

export interface UploadsOptions {
  layout: TorrentLayout
  storage: TorrentStorage
  /** Memory of pieces. */
  pool: BufferPool
  have: Bitfield
  /**
   * Pieces whose bytes on the disk were seen to be right; the others are checked before the first of their bytes goes
   * out.
   */
  trusted: Bitfield
  /** Peers that are sent to at once; 0: nobody. */
  slots: number
  throttle: Throttle | undefined
  /** Whose addresses are known to belong here: they come first. */
  isMember: (host: string) => boolean
  /** A piece is not on the disk any more as it was. */
  onDamage: (piece: number) => void
}

/** What is sent to peers, and to which. */
export class Uploads {
  readonly #options: UploadsOptions
  readonly #choker: Choker<Peer>
  readonly #cache = new PieceCache(CACHE)
  readonly #runs = new BufferPool(MAX_RUN, SPARE_RUNS)
  readonly #reads = new Map<number, Promise<boolean>>()
  #rechokeAt = 0

  constructor(options: UploadsOptions) {
    this.#options = options
    this.#choker = new Choker(options.slots, Math.random)
  }

  /** @throws Error for a request that no peer may make */
  request(peer: Peer, request: BlockRequest): void {
    if (!this.#options.layout.contains(request) || request.length > MAX_REQUEST) throw new Error('a request for what there is not')
    if (peer.choking || !this.#options.have.has(request.piece) || peer.uploads.length >= MAX_QUEUE) return refuse(peer, [request])
    peer.uploads.push(request)
    void this.#serve(peer)
  }

  cancel(peer: Peer, { piece, begin }: BlockRequest): void {
    const [kept, cancelled] = partition(peer.uploads, (request) => request.piece !== piece || request.begin !== begin)
    peer.uploads = kept
    refuse(peer, cancelled)
  }

  /** Decides anew who is sent to: when it is time, or when somebody is to be told that there is a free slot. */
  rechoke(peers: Iterable<Peer>, seeding: boolean, now: number): void {
    const all = [...peers]
    const waits = all.some((peer) => peer.wanted && peer.choking) && all.filter(({ choking }) => !choking).length < this.#options.slots
    if (this.#options.slots === 0 || (now < this.#rechokeAt && !waits)) return
    if (now >= this.#rechokeAt) this.#rechokeAt = now + CHOKE_EVERY
    const chosen = this.#choker.round(
      all.map((peer) => ({ peer, interested: peer.wanted, rate: peer.received.at(now), sent: peer.sentBytes, isMember: this.#options.isMember(peer.host) })),
      seeding, now,
    )
    for (const peer of all) if (chosen.has(peer) === peer.choking) this.#setChoking(peer, !peer.choking)
  }

  #setChoking(peer: Peer, choking: boolean): void {
    peer.choking = choking
    peer.send({ kind: choking ? 'choke' : 'unchoke' })
    if (choking) refuse(peer, peer.uploads.splice(0))
  }

  async #serve(peer: Peer): Promise<void> {
    if (peer.serving) return
    peer.serving = true
    try {
      for (let first = peer.uploads[0]; first && !peer.closed; first = peer.uploads[0]) {
        await this.#options.throttle?.pass(first.length)
        const run = takeRun(peer.uploads, this.#options.throttle?.isHolding ? 1 : Infinity)
        await this.#send(peer, run)
        await peer.drained()
      }
    } catch {
      peer.close()
    } finally {
      peer.serving = false
    }
  }

  /** A piece that has just passed its check: it will be asked for. @param lease goes over to here; nobody changes its bytes any more */
  fresh(piece: number, lease: Lease): void {
    this.#options.trusted.set(piece)
    this.#cache.put(piece, lease)
  }

  async #send(peer: Peer, run: readonly BlockRequest[]): Promise<void> {
    const [first, last] = [run[0], run.at(-1)]
    if (!first || !last) return // choked or cancelled while it waited
    const lease = await this.#read({ piece: first.piece, begin: first.begin, length: last.begin + last.length - first.begin })
    if (lease) peer.sendBlocks(run, lease)
    else refuse(peer, run)
  }

  /** @returns undefined when the piece is not what it was */
  async #read(range: BlockRequest): Promise<Lease | undefined> {
    const { layout, trusted } = this.#options
    const { piece, begin, length } = range
    if (!this.#cache.get(piece)) {
      if (trusted.has(piece) && layout.lengthOf(piece) > READ_WHOLE) return this.#readRun(range)
      if (!(await this.#readWhole(piece))) return undefined
    }
    // Others may have taken its place in the cache already.
    return this.#cache.get(piece)?.share(begin, length) ?? this.#readRun(range)
  }

  async #readRun(range: BlockRequest): Promise<Lease> {
    const lease = this.#runs.lease(range.length)
    await this.#options.storage.read(range, lease.bytes)
    return lease
  }

  /** Reads a piece, and hashes it the first time; who asks for it meanwhile waits for the same. @returns false when it is not what it was */
  #readWhole(piece: number): Promise<boolean> {
    let read = this.#reads.get(piece)
    if (!read) {
      read = this.#checked(piece).finally(() => this.#reads.delete(piece))
      this.#reads.set(piece, read)
    }
    return read
  }

  async #checked(piece: number): Promise<boolean> {
    const { layout, storage, pool, trusted, have, onDamage } = this.#options
    const lease = pool.lease(layout.lengthOf(piece))
    if (trusted.has(piece)) await storage.read({ piece, begin: 0, length: lease.bytes.length }, lease.bytes)
    else if (!(await storage.readRight(piece, lease.bytes))) {
      lease.end()
      if (have.has(piece)) {
        have.clear(piece)
        onDamage(piece)
      }
      return false
    }
    this.fresh(piece, lease)
    return true
  }
}

/** With the fast extension each request has an answer. */
function refuse(peer: Peer, requests: readonly BlockRequest[]): void {
  if (peer.fast) peer.send(...requests.map(({ piece, begin, length }) => ({ kind: 'reject' as const, piece, begin, length })))
}

/** Takes requests off a queue as long as each is for what lies behind the one before. */
function takeRun(queue: BlockRequest[], most: number): BlockRequest[] {
  let count = 0
  let bytes = 0
  for (const { piece, begin, length } of queue) {
    const first = queue[0]!
    if (count >= most || piece !== first.piece || begin !== first.begin + bytes || (count > 0 && bytes + length > MAX_RUN)) break
    count += 1
    bytes += length
  }
  return queue.splice(0, count)
}

function partition<T>(items: readonly T[], keep: (item: T) => boolean): [T[], T[]] {
  return [items.filter(keep), items.filter((item) => !keep(item))]
}
