import { createHash } from 'node:crypto'
import type { TorrentLayout } from '#shared/transfer/torrent/layout.ts'
import type { PiecePicker } from '#shared/transfer/torrent/piece-picker.ts'
import { SNUBBED_AFTER, pipelineDepth } from '#shared/transfer/torrent/rules.ts'
import { BLOCK_LENGTH, type BlockRequest } from '#shared/wire/bittorrent/peer-messages.ts'
import { sameBytes, sha1 } from './hash.ts'
import type { Peer } from './peer.ts'
import type { TorrentStorage } from './storage.ts'

export interface DownloadsOptions {
  layout: TorrentLayout
  picker: PiecePicker<Peer>
  storage: TorrentStorage
  /** A piece has passed its check and is on the disk. */
  onPiece: (piece: number) => void
  /** Somebody has sent what he should not. */
  onCulprit: (host: string) => void
  /** The disk does not take it. */
  onFailure: (cause: unknown) => void
}

/** A block of a piece that was wrong: if another one comes from elsewhere for it, this one was the wrong one. */
interface Suspect {
  host: string
  digest: Buffer
}

/** What is asked of peers and comes from them; nothing is written before its piece has its hash. */
export class Downloads {
  readonly #options: DownloadsOptions
  readonly #buffers = new Map<number, Uint8Array<ArrayBuffer>>()
  /** To be used again: each is as long as a piece. */
  readonly #idle: Uint8Array<ArrayBuffer>[] = []
  readonly #suspects = new Map<number, (Suspect | undefined)[]>()

  constructor(options: DownloadsOptions) {
    this.#options = options
  }

  /** Asks a peer for more, when it may be asked. */
  ask(peer: Peer, now: number): void {
    if (peer.choked || !peer.interested || peer.closed) return
    const depth = peer.snubbed ? 1 : pipelineDepth(peer.received.at(now))
    if (peer.requests.size > depth * 0.75) return
    const blocks = this.#options.picker.pick(peer, peer.has, depth - peer.requests.size)
    if (blocks.length === 0) return
    if (peer.requests.size === 0) peer.heardAt = now
    const requests = blocks.map((block) => ({ block, request: this.#options.layout.block(block.piece, block.index) }))
    for (const { block, request } of requests) peer.requests.set(keyOf(request), block)
    peer.send(...requests.map(({ request }) => ({ kind: 'request' as const, ...request })))
  }

  /** @throws Error for what nobody asked for */
  receive(peer: Peer, piece: number, begin: number, bytes: Uint8Array): void {
    const { layout, picker } = this.#options
    const now = performance.now()
    peer.heardAt = now
    const block = peer.requests.get(keyOf({ piece, begin }))
    if (!block) return excuse(peer)
    peer.snubbed = false
    peer.requests.delete(keyOf({ piece, begin }))
    if (bytes.length !== layout.block(piece, block.index).length) throw new Error('a block of another length')
    peer.received.add(bytes.length, now)
    const received = picker.received(peer, block)
    if (!received) return
    this.#buffer(piece).set(bytes, begin)
    for (const other of received.others) this.#cancel(other, layout.block(piece, block.index))
    if (received.whole) void this.#check(piece).catch(this.#options.onFailure)
  }

  /** A peer does not send one block that it was asked for. */
  rejected(peer: Peer, request: BlockRequest): boolean {
    const block = peer.requests.get(keyOf(request))
    if (!block) return false
    peer.requests.delete(keyOf(request))
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

  #buffer(piece: number): Uint8Array<ArrayBuffer> {
    let buffer = this.#buffers.get(piece)
    if (!buffer) {
      buffer = this.#idle.pop() ?? new Uint8Array(this.#options.layout.lengthOf(0))
      this.#buffers.set(piece, buffer)
    }
    return buffer.subarray(0, this.#options.layout.lengthOf(piece))
  }

  #freeBuffer(piece: number): void {
    const buffer = this.#buffers.get(piece)
    if (buffer) this.#idle.push(buffer)
    this.#buffers.delete(piece)
  }

  #cancel(peer: Peer, request: BlockRequest): void {
    if (!peer.requests.delete(keyOf(request))) return
    peer.excused += 1
    peer.send({ kind: 'cancel', ...request })
  }

  async #check(piece: number): Promise<void> {
    const { layout, picker, storage } = this.#options
    const bytes = this.#buffer(piece)
    if (!sameBytes(await sha1(bytes), layout.hashOf(piece))) return this.#blame(piece, bytes)
    await storage.write(piece, bytes)
    this.#compare(piece, bytes)
    this.#freeBuffer(piece)
    picker.passed(piece)
    this.#options.onPiece(piece)
  }

  #blame(piece: number, bytes: Uint8Array): void {
    const { picker, onCulprit } = this.#options
    const hosts = picker.sources(piece).map((peer) => peer?.host)
    const [host] = hosts
    picker.failed(piece)
    if (host !== undefined && hosts.every((other) => other === host)) onCulprit(host)
    else this.#suspects.set(piece, hosts.map((host, index) => host === undefined ? undefined : { host, digest: digestOf(bytes, index) }))
    this.#freeBuffer(piece)
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

/** A block that crossed with our word that we do not want it is nobody's fault; any other one is. */
function excuse(peer: Peer): void {
  if (peer.excused === 0) throw new Error('a block that nobody asked for')
  peer.excused -= 1
}

function keyOf({ piece, begin }: Pick<BlockRequest, 'piece' | 'begin'>): string {
  return `${piece}:${begin}`
}

function digestOf(piece: Uint8Array, index: number): Buffer {
  return createHash('sha1').update(piece.subarray(index * BLOCK_LENGTH, (index + 1) * BLOCK_LENGTH)).digest()
}
