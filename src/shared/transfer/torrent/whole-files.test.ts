import { expect, test } from 'vitest'
import { Bitfield } from '../../wire/bittorrent/bitfield.ts'
import { makeMetainfo } from '../../wire/bittorrent/metainfo.ts'
import { TorrentLayout } from './layout.ts'
import { WholeFiles } from './whole-files.ts'

const PIECE = 16_384

/** Files of these lengths, of which some pieces are there. */
function made(lengths: number[], have: number[]): WholeFiles {
  const pieces = Math.ceil(lengths.reduce((sum, length) => sum + length, 0) / PIECE)
  const files = lengths.map((length, index) => ({ path: [`${index}`], length }))
  const bits = new Bitfield(pieces)
  for (const piece of have) bits.set(piece)
  return new WholeFiles(new TorrentLayout(makeMetainfo({ name: 'x', files, pieceLength: PIECE, pieces: new Uint8Array(20 * pieces) })), lengths.length, bits)
}

test('a file is whole when the last of its pieces has come, also of those that it shares', () => {
  const files = made([PIECE * 1.5, PIECE, PIECE * 0.5], [])
  expect(files.all).toEqual([])
  expect(files.gained(1)).toEqual([])
  expect(files.gained(0)).toEqual([0])
  expect(files.gained(2)).toEqual([1, 2])
  expect(files.all).toEqual([0, 1, 2])
})

test('what is there at the start counts, and what has no bytes', () => {
  const files = made([100, 0, PIECE * 2], [0])
  expect(files.all).toEqual([0, 1])
  expect([files.gained(2), files.gained(1)]).toEqual([[], [2]])
})
