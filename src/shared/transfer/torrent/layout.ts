import { BLOCK_LENGTH, type BlockRequest } from '../../wire/bittorrent/peer-messages.ts'
import { SHA1_LENGTH, totalLength, type TorrentContent } from '../../wire/bittorrent/metainfo.ts'

/** Bytes of a file that are bytes of a range of the torrent. */
export interface Segment {
  /** Index into the torrent's files. */
  file: number
  /** Bytes from the start of the file. */
  offset: number
  length: number
}

/**
 * Where pieces and blocks lie: a torrent is its files one behind the other, cut into pieces of one length (the last may
 * be shorter).
 */
export class TorrentLayout {
  readonly total: number
  readonly pieceCount: number
  readonly #content: TorrentContent
  /** Where each file starts. */
  readonly #starts: Float64Array

  constructor(content: TorrentContent) {
    this.#content = content
    this.total = totalLength(content)
    this.pieceCount = content.pieces.length / SHA1_LENGTH
    this.#starts = new Float64Array(content.files.length)
    let at = 0
    for (const [index, { length }] of content.files.entries()) {
      this.#starts[index] = at
      at += length
    }
  }

  lengthOf(piece: number): number {
    return Math.min(this.#content.pieceLength, this.total - piece * this.#content.pieceLength)
  }

  blockCount(piece: number): number {
    return Math.ceil(this.lengthOf(piece) / BLOCK_LENGTH)
  }

  block(piece: number, index: number): BlockRequest {
    const begin = index * BLOCK_LENGTH
    return { piece, begin, length: Math.min(BLOCK_LENGTH, this.lengthOf(piece) - begin) }
  }

  /** A number for each block of the torrent. @returns undefined when none begins there */
  blockNumber({ piece, begin }: Pick<BlockRequest, 'piece' | 'begin'>): number | undefined {
    if (piece >= this.pieceCount || begin >= this.lengthOf(piece) || begin % BLOCK_LENGTH !== 0) return undefined
    return (piece * this.#content.pieceLength + begin) / BLOCK_LENGTH
  }

  /** Whether there are such bytes in the torrent. */
  contains({ piece, begin, length }: BlockRequest): boolean {
    return piece < this.pieceCount && length > 0 && begin + length <= this.lengthOf(piece)
  }

  /** SHA-1. */
  hashOf(piece: number): Uint8Array {
    return this.#content.pieces.subarray(piece * SHA1_LENGTH, (piece + 1) * SHA1_LENGTH)
  }

  /** The parts of files that a range of a piece is made of, in order. */
  segments({ piece, begin, length }: BlockRequest): Segment[] {
    const segments: Segment[] = []
    let at = piece * this.#content.pieceLength + begin
    const end = at + length
    for (let file = this.#fileAt(at); at < end; file += 1) {
      const offset = at - this.#starts[file]!
      const part = Math.min(end - at, this.#content.files[file]!.length - offset)
      if (part > 0) segments.push({ file, offset, length: part })
      at += part
    }
    return segments
  }

  /** The last file that starts at or before a byte, by bisection. */
  #fileAt(at: number): number {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.#starts[middle]! <= at) low = middle
      else high = middle - 1
    }
    return low
  }
}

const SMALLEST_PIECE = 256 * 1024
const LARGEST_PIECE = 4 * 1024 * 1024
const ENOUGH_PIECES = 4096

/**
 * The piece length of a torrent of ours: from 256 KiB (a client has something to give away soon) doubled up to 4 MiB (a
 * pack is 16) while there are more than 4096 pieces (every client tells every other one about each).
 */
export function choosePieceLength(total: number): number {
  let length = SMALLEST_PIECE
  while (length < LARGEST_PIECE && total / length > ENOUGH_PIECES) length *= 2
  return length
}
