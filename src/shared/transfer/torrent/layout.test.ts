import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TorrentLayout, choosePieceLength } from './layout.ts'

const PIECE = 32_768
const layoutOf = (...lengths: number[]) => new TorrentLayout({
  name: 'image', files: lengths.map((length, index) => ({ path: [`${index}`], length })), pieceLength: PIECE,
  pieces: new Uint8Array(Math.ceil(lengths.reduce((sum, length) => sum + length, 0) / PIECE) * 20),
})

describe('TorrentLayout', () => {
  test('covers each byte of each file once, block by block', () => {
    fc.assert(fc.property(fc.array(fc.nat(100_000), { minLength: 1, maxLength: 8 }).filter((lengths) => lengths.some((length) => length > 0)), (lengths) => {
      const layout = layoutOf(...lengths)
      const reached = lengths.map(() => 0)
      let number = 0
      for (let piece = 0; piece < layout.pieceCount; piece += 1) {
        for (let index = 0; index < layout.blockCount(piece); index += 1) {
          const block = layout.block(piece, index)
          expect(layout.contains(block)).toBe(true)
          expect(layout.blockNumber(block)).toBe(number)
          number += 1
          for (const { file, offset, length } of layout.segments(block)) {
            expect(offset).toBe(reached[file])
            reached[file]! += length
          }
        }
      }
      expect(reached).toEqual(lengths)
    }))
  })

  test('has no number for a block that begins nowhere', () => {
    const layout = layoutOf(PIECE + 100)
    const places = [[0, 1], [0, PIECE], [1, 100], [1, 16_384], [2, 0], [0xffff_ffff, 0], [0, 0xffff_ffff]] as const
    expect(places.map(([piece, begin]) => layout.blockNumber({ piece, begin }))).toEqual(places.map(() => undefined))
    expect(layout.blockNumber({ piece: 1, begin: 0 })).toBe(2)
  })

  test.each([
    ['no such piece', { piece: 2, begin: 0, length: 1 }],
    ['behind the end', { piece: 1, begin: 0, length: 7233 }],
    ['over the end of its piece', { piece: 0, begin: PIECE - 1, length: 2 }],
    ['nothing', { piece: 0, begin: 0, length: 0 }],
    ['far away', { piece: 0xffff_ffff, begin: 0xffff_ffff, length: 0xffff_ffff }],
  ])('does not contain %s', (_name, request) => {
    const layout = layoutOf(40_000)
    expect(layout.lengthOf(1)).toBe(7232)
    expect(layout.contains(request)).toBe(false)
  })
})

test.each([
  [1, 256 * 1024], [2 ** 30, 256 * 1024], [2 ** 30 + 1, 512 * 1024], [5e9, 2 * 2 ** 20], [60e9, 4 * 2 ** 20],
])('%d bytes are cut into pieces of %d', (total, length) => {
  expect(choosePieceLength(total)).toBe(length)
})
