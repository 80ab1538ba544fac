import type { Bitfield } from '../../wire/bittorrent/bitfield.ts'

/** A block of a piece, by their numbers. */
export interface Block {
  piece: number
  index: number
}

/** What has become of a block that came in. */
export interface Received<Peer> {
  /** Others who were asked for it too, and need not send it any more. */
  others: readonly Peer[]
  /** The piece is all there, and can be checked. */
  whole: boolean
}

export interface PickerOptions {
  pieceCount: number
  blockCount: (piece: number) => number
  /** What is there already; the picker adds what passes its check. */
  have: Bitfield
  /** Pieces that may be under way at once: each is in memory until it is whole. */
  maxOpen: number
  /** 0 ≤ value < 1 */
  random: () => number
}

interface OpenPiece<Peer> {
  piece: number
  /** Who fetches it; the others only help when they have nothing else to do. */
  owner: Peer | undefined
  /** Who sent each block. */
  sources: (Peer | undefined)[]
  /** Who was asked for each block. */
  asked: Peer[][]
  /** Blocks that have not come, and those of them that nobody was asked for. */
  missing: number
  unasked: number
}

/** So many peers may be asked for one block at the end. */
const END_GAME_COPIES = 3

/**
 * Decides what each peer is asked for (BEP 3): the pieces that the fewest peers have, first; a piece from one peer as
 * far as it goes, so that it is known who sent it; and at the end, when everything that is missing has been asked for,
 * the same from several peers (end game).
 */
export class PiecePicker<Peer> {
  readonly #options: PickerOptions
  /** How many peers have each piece. */
  readonly #copies: Uint32Array
  readonly #open = new Map<number, OpenPiece<Peer>>()
  /** Pieces that were wrong when several peers had sent them. */
  readonly #alone = new Set<number>()
  /** Pieces that come from elsewhere: no peer is asked for them. */
  readonly #claimed = new Set<number>()

  constructor(options: PickerOptions) {
    this.#options = options
    this.#copies = new Uint32Array(options.pieceCount)
  }

  get have(): Bitfield {
    return this.#options.have
  }

  /** Somebody has one more. */
  gained(piece: number): void {
    this.#copies[piece]! += 1
  }

  /** Somebody has one less: he does not give it. */
  lost(piece: number): void {
    this.#copies[piece]! -= 1
  }

  /** Somebody has gone, with all that he had and all that he was asked for. */
  left(peer: Peer, has: Bitfield): void {
    for (let piece = 0; piece < has.length; piece += 1) if (has.has(piece)) this.#copies[piece]! -= 1
    this.release(peer)
  }

  /** Whether all that is missing is to be had from somebody. */
  get reachable(): boolean {
    return this.#copies.every((copies, piece) => copies > 0 || this.have.has(piece))
  }

  /** What to ask a peer for now; it counts as asked. */
  pick(peer: Peer, has: Bitfield, count: number): Block[] {
    const picked: Block[] = []
    const take = (open: OpenPiece<Peer>): void => this.#take(open, peer, count, picked)
    for (const open of this.#open.values()) if (open.owner === peer) take(open)
    for (const open of this.#open.values()) {
      if (picked.length >= count) return picked
      if (open.owner !== undefined || !has.has(open.piece)) continue
      open.owner = peer
      take(open)
    }
    while (picked.length < count && this.#open.size < this.#options.maxOpen) {
      const piece = this.#rarest(has)
      if (piece === undefined) break
      take(this.#start(piece, peer))
    }
    if (picked.length >= count) return picked
    for (const open of this.#open.values()) if (this.#mayHelp(open, has)) take(open)
    if (picked.length === 0 && this.#allAsked()) this.#askAgain(peer, has, count, picked)
    return picked
  }

  /** A block came. @returns undefined when it is of no use (any more) */
  received(peer: Peer, { piece, index }: Block): Received<Peer> | undefined {
    const open = this.#open.get(piece)
    const asked = open?.asked[index]
    if (!open || !asked?.includes(peer) || open.sources[index] !== undefined) return undefined
    open.asked[index] = []
    open.sources[index] = peer
    open.missing -= 1
    return { others: asked.filter((other) => other !== peer), whole: open.missing === 0 }
  }

  /** A peer will not send what it was asked for: it choked us, is too slow, or has gone. */
  release(peer: Peer): void {
    for (const open of this.#open.values()) {
      for (let index = 0; index < open.asked.length; index += 1) this.#unask(open, index, peer)
      if (open.owner === peer) open.owner = undefined
    }
  }

  /** As `release`, for one block. */
  releaseBlock(peer: Peer, { piece, index }: Block): void {
    const open = this.#open.get(piece)
    if (!open || !this.#unask(open, index, peer)) return
    if (open.owner === peer) open.owner = undefined
  }

  /**
   * A missing piece for who brings pieces whole from elsewhere: by chance, first of those that no peer has, then of those
   * that none was asked for, and at the end one that peers are at. @returns undefined when each is claimed or here
   */
  claim(): number | undefined {
    let chosen: number | undefined
    let best = Infinity
    let equals = 0
    for (let piece = 0; piece < this.#copies.length; piece += 1) {
      if (this.have.has(piece) || this.#claimed.has(piece)) continue
      const rank = this.#open.has(piece) ? 2 : Number(this.#copies[piece]! > 0)
      if (rank > best) continue
      equals = rank < best ? 1 : equals + 1
      if (equals === 1 || this.#options.random() * equals < 1) chosen = piece
      best = rank
    }
    if (chosen !== undefined) this.#claimed.add(chosen)
    return chosen
  }

  /** It did not come. */
  unclaim(piece: number): void {
    this.#claimed.delete(piece)
  }

  /** Who sent the blocks of a piece. */
  sources(piece: number): readonly (Peer | undefined)[] {
    return this.#open.get(piece)?.sources ?? []
  }

  passed(piece: number): void {
    this.#open.delete(piece)
    this.#alone.delete(piece)
    this.#claimed.delete(piece)
    this.have.set(piece)
  }

  /**
   * It was not what it should be: it is fetched again, and from one peer alone, so that the next time it is known from
   * whom.
   */
  failed(piece: number): void {
    this.#open.delete(piece)
    this.#alone.add(piece)
  }

  #start(piece: number, owner: Peer): OpenPiece<Peer> {
    const blocks = this.#options.blockCount(piece)
    const open: OpenPiece<Peer> = {
      piece, owner, sources: Array.from({ length: blocks }), asked: Array.from({ length: blocks }, () => []), missing: blocks, unasked: blocks,
    }
    this.#open.set(piece, open)
    return open
  }

  #take(open: OpenPiece<Peer>, peer: Peer, count: number, picked: Block[]): void {
    if (open.missing === 0) return
    if (this.#alone.has(open.piece) && open.sources.some((source) => source !== undefined && source !== peer)) this.#forget(open)
    for (let index = 0; open.unasked > 0 && picked.length < count; index += 1) {
      const asked = open.asked[index]!
      if (asked.length > 0 || open.sources[index] !== undefined) continue
      asked.push(peer)
      open.unasked -= 1
      picked.push({ piece: open.piece, index })
    }
  }

  /** @returns whether the peer was asked for it */
  #unask(open: OpenPiece<Peer>, index: number, peer: Peer): boolean {
    const asked = open.asked[index]
    if (!asked?.includes(peer)) return false
    open.asked[index] = asked.filter((other) => other !== peer)
    if (asked.length === 1) open.unasked += 1
    return true
  }

  /** Blocks of another peer are of no use to a piece that has to come from one alone. */
  #forget(open: OpenPiece<Peer>): void {
    open.unasked += open.sources.filter((source) => source !== undefined).length
    open.sources.fill(undefined)
    open.missing = open.sources.length
  }

  /**
   * Among equally rare ones by chance: so that clients that start together fetch different ones from the seed, and can
   * exchange them.
   */
  #rarest(has: Bitfield): number | undefined {
    let rarest: number | undefined
    let fewest = Infinity
    let equals = 0
    for (let piece = 0; piece < this.#copies.length; piece += 1) {
      const copies = this.#copies[piece]!
      if (copies > fewest || !has.has(piece) || this.have.has(piece) || this.#open.has(piece) || this.#claimed.has(piece)) continue
      equals = copies < fewest ? 1 : equals + 1
      if (equals === 1 || this.#options.random() * equals < 1) rarest = piece
      fewest = copies
    }
    return rarest
  }

  #mayHelp(open: OpenPiece<Peer>, has: Bitfield): boolean {
    return has.has(open.piece) && !this.#alone.has(open.piece)
  }

  /** Whether there is no missing block that nobody was asked for. */
  #allAsked(): boolean {
    const claimed = this.#claimed.size === 0 ? 0 : [...this.#claimed].filter((piece) => !this.#open.has(piece)).length
    if (this.have.count + this.#open.size + claimed < this.#options.pieceCount) return false
    for (const { unasked } of this.#open.values()) if (unasked > 0) return false
    return true
  }

  #askAgain(peer: Peer, has: Bitfield, count: number, picked: Block[]): void {
    for (const open of this.#open.values()) {
      if (!this.#mayHelp(open, has)) continue
      for (const [index, asked] of open.asked.entries()) {
        if (picked.length >= count) return
        if (asked.length === 0 || asked.length >= END_GAME_COPIES || asked.includes(peer)) continue
        asked.push(peer)
        picked.push({ piece: open.piece, index })
      }
    }
  }
}
