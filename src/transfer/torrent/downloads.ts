import { createHash, type Hash } from 'node:crypto'
import type { TorrentLayout } from '#shared/transfer/torrent/layout.ts'
import type { Block, PiecePicker } from '#shared/transfer/torrent/piece-picker.ts'
import { SNUBBED_AFTER, pipelineDepth } from '#shared/transfer/torrent/rules.ts'
import { BLOCK_LENGTH, type BlockRequest } from '#shared/wire/bittorrent/peer-messages.ts'
import { Lease, type BufferPool } from './buffer-pool.ts'
import { sameBytes, sha1 } from './hash.ts'
import type { Peer } from './peer.ts'
import type { TorrentStorage } from './storage.ts'

export interface DownloadsOptions {
  layout: TorrentLayout
  picker: PiecePicker<Peer>
  storage: TorrentStorage
  /** Memory of pieces. */
  pool: BufferPool
  /** A piece has passed its check and is on the disk. Its memory goes over to who is told. */
  onPiece: (piece: number, lease: Lease) => void
  /** Somebody has sent what he should not. */
  onCulprit: (host: string) => void
  /** The disk does not take it. */
  onFailure: (cause: unknown) => void
}

/** Bytes that are hashed at once, while they are in the processor's cache: few calls, and none takes long. */
const STRIDE = 128 * 1024

/** A piece under way. It is hashed as it comes, as long as its blocks come in order. */
interface Draft {
  lease: Lease
  hash: Hash
  /** Bytes that are hashed, and that could be. */
  hashed: number
  inOrder: number
}

/** A block of a piece that was wrong: if another one comes from elsewhere for it, this one was the wrong one. */
interface Suspect {
  host: string
  digest: Buffer
}

/** What is asked of peers and comes from them; nothing is written before its piece has its hash. */
export class Downloads {
  readonly #options: DownloadsOptions
  readonly #drafts = new Map<number, Draft>()
  readonly #suspects = new Map<number, (Suspect | undefined)[]>()
  /** Pieces on their way to the disk. */
  readonly #writing = new Map<number, Promise<void>>()

  constructor(options: DownloadsOptions) {
    this.#options = options
  }

  /** Asks a peer for more, when it may be asked. */
  ask(peer: Peer, now: number): void {
    if (peer.choked || !peer.interested || peer.closed) return
    const depth = peer.snubbed ? 1 : pipelineDepth(peer.received.at(now))
    if (peer.requests.size > depth * 0.75) return
    const { layout, picker } = this.#options
    const blocks = picker.pick(peer, peer.has, depth - peer.requests.size)
    if (blocks.length === 0) return
    if (peer.requests.size === 0) peer.heardAt = now
    const requests = blocks.map((block) => ({ block, request: layout.block(block.piece, block.index) }))
    for (const { block, request } of requests) peer.requests.set(layout.blockNumber(request)!, block)
    peer.send(...requests.map(({ request }) => ({ kind: 'request' as const, ...request })))
  }

  /** @throws Error for what nobody asked for */
  receive(peer: Peer, piece: number, begin: number, bytes: Uint8Array): void {
    const { layout, picker } = this.#options
    const now = performance.now()
    peer.heardAt = now
    const block = this.#takeRequest(peer, { piece, begin })
    if (!block) return excuse(peer)
    peer.snubbed = false
    if (bytes.length !== layout.block(piece, block.index).length) throw new Error('a block of another length')
    peer.received.add(bytes.length, now)
    const received = picker.received(peer, block)
    if (!received) return
    const draft = this.#draft(piece)
    if (begin < draft.inOrder) restart(draft)
    draft.lease.bytes.set(bytes, begin)
    if (begin === draft.inOrder) draft.inOrder += bytes.length
    if (draft.inOrder - draft.hashed >= STRIDE) hashTo(draft, draft.inOrder)
    for (const other of received.others) this.#cancel(other, layout.block(piece, block.index))
    if (received.whole) void this.#check(piece).catch(this.#options.onFailure)
  }

  /**
   * A whole piece came from elsewhere; one that peers have brought meanwhile is of no use any more.
   * @returns false when it does not have its hash
   */
  async supply(piece: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if (!sameBytes(await sha1(bytes), this.#options.layout.hashOf(piece))) return false
    await this.#keep(piece, Lease.of(bytes))
    return true
  }

  /** A peer does not send one block that it was asked for. */
  rejected(peer: Peer, request: BlockRequest): boolean {
    const block = this.#takeRequest(peer, request)
    if (!block) return false
    this.#options.picker.releaseBlock(peer, block)
    return true
  }

  /** A peer sends nothing of what it was asked for; some of it may be on the way. */
  release(peer: Peer): void {
    peer.excused += peer.requests.size
    peer.requests.clear()
    this.#options.picker.release(peer)
  }

  /** Has others asked for what a peer does not send in time. To be called now and then. */
  look(peer: Peer, now: number): void {
    if (peer.requests.size === 0 || now - peer.heardAt < SNUBBED_AFTER) return
    peer.snubbed = true
    this.release(peer)
  }

  #draft(piece: number): Draft {
    let draft = this.#drafts.get(piece)
    if (!draft) {
      const { layout, pool } = this.#options
      draft = { lease: pool.lease(layout.lengthOf(piece)), hash: createHash('sha1'), hashed: 0, inOrder: 0 }
      this.#drafts.set(piece, draft)
    }
    return draft
  }

  #cancel(peer: Peer, request: BlockRequest): void {
    if (!this.#takeRequest(peer, request)) return
    peer.excused += 1
    peer.send({ kind: 'cancel', ...request })
  }

  /** Takes a request off those that a peer has not answered. @returns undefined when it is none of them */
  #takeRequest(peer: Peer, request: Pick<BlockRequest, 'piece' | 'begin'>): Block | undefined {
    const number = this.#options.layout.blockNumber(request)
    if (number === undefined) return undefined
    const block = peer.requests.get(number)
    peer.requests.delete(number)
    return block
  }

  async #check(piece: number): Promise<void> {
    const { layout } = this.#options
    const draft = this.#draft(piece)
    const { lease } = draft
    this.#drafts.delete(piece)
    hashTo(draft, lease.bytes.length)
    if (!sameBytes(draft.hash.digest(), layout.hashOf(piece))) {
      this.#blame(piece, lease.bytes)
      return lease.end()
    }
    this.#compare(piece, lease.bytes)
    await this.#keep(piece, lease)
  }

  /** A piece that is right may come twice, from peers and from elsewhere; it is written once: its file may be moved when it is whole. */
  async #keep(piece: number, lease: Lease): Promise<void> {
    const { picker } = this.#options
    if (picker.have.has(piece)) return lease.end()
    const writing = this.#writing.get(piece) ?? this.#write(piece, lease).finally(() => this.#writing.delete(piece))
    this.#writing.set(piece, writing)
    await writing
  }

  async #write(piece: number, lease: Lease): Promise<void> {
    const { picker, storage } = this.#options
    await storage.write(piece, lease.bytes)
    this.#drafts.get(piece)?.lease.end()
    this.#drafts.delete(piece)
    this.#suspects.delete(piece)
    picker.passed(piece)
    this.#options.onPiece(piece, lease)
  }

  #blame(piece: number, bytes: Uint8Array): void {
    const { picker, onCulprit } = this.#options
    const hosts = picker.sources(piece).map((peer) => peer?.host)
    const [host] = hosts
    picker.failed(piece)
    if (host !== undefined && hosts.every((other) => other === host)) onCulprit(host)
    else this.#suspects.set(piece, hosts.map((host, index) => host === undefined ? undefined : { host, digest: digestOf(bytes, index) }))
  }

  /** Whose blocks of the attempt that failed were not those of the one that passed. */
  #compare(piece: number, bytes: Uint8Array): void {
    const suspects = this.#suspects.get(piece)
    this.#suspects.delete(piece)
    for (const [index, suspect] of suspects?.entries() ?? []) {
      if (suspect && !sameBytes(suspect.digest, digestOf(bytes, index))) this.#options.onCulprit(suspect.host)
    }
  }
}

/** A block comes anew, because its piece has to come from one peer alone: what was hashed of it is not what is in memory. */
function restart(draft: Draft): void {
  draft.hash = createHash('sha1')
  draft.hashed = 0
  draft.inOrder = 0
}

function hashTo(draft: Draft, end: number): void {
  draft.hash.update(draft.lease.bytes.subarray(draft.hashed, end))
  draft.hashed = end
}

/** A block that crossed with our word that we do not want it is nobody's fault; any other one is. */
function excuse(peer: Peer): void {
  if (peer.excused === 0) throw new Error('a block that nobody asked for')
  peer.excused -= 1
}

function digestOf(piece: Uint8Array, index: number): Buffer {
  return createHash('sha1').update(piece.subarray(index * BLOCK_LENGTH, (index + 1) * BLOCK_LENGTH)).digest()
}
