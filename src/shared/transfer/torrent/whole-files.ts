import type { Bitfield } from '../../wire/bittorrent/bitfield.ts'
import type { TorrentLayout } from './layout.ts'

/** Which files of a torrent are whole, as its pieces come. Files are told by their numbers. */
export class WholeFiles {
  readonly #layout: TorrentLayout
  /** Pieces that each file lacks. */
  readonly #missing: Uint32Array

  /** @param have pieces that are there at the start */
  constructor(layout: TorrentLayout, files: number, have: Bitfield) {
    this.#layout = layout
    this.#missing = new Uint32Array(files)
    for (let piece = 0; piece < layout.pieceCount; piece += 1) {
      if (!have.has(piece)) for (const file of this.#filesOf(piece)) this.#missing[file]! += 1
    }
  }

  /** Those that are whole now. */
  get all(): number[] {
    return [...this.#missing.keys()].filter((file) => this.#missing[file] === 0)
  }

  /** Those that a piece, which was missing until now, has made whole. */
  gained(piece: number): number[] {
    return this.#filesOf(piece).filter((file) => (this.#missing[file]! -= 1) === 0)
  }

  #filesOf(piece: number): number[] {
    return this.#layout.segments({ piece, begin: 0, length: this.#layout.lengthOf(piece) }).map(({ file }) => file)
  }
}
