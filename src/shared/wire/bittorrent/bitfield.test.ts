import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeCodec } from '../../../../tests/support/codec-suite.ts'
import { Bitfield, bitfieldLength, decodeBitfield } from './bitfield.ts'

/** Not whole bytes: some bits are spare. */
const PIECES = 37

function bitfieldOf(pieces: readonly boolean[]): Bitfield {
  const bitfield = new Bitfield(pieces.length)
  for (const [piece, has] of pieces.entries()) if (has) bitfield.set(piece)
  return bitfield
}

const piecesOf = (bitfield: Bitfield): boolean[] => Array.from({ length: bitfield.length }, (_, piece) => bitfield.has(piece))

describeCodec('bitfield', {
  encode: (pieces) => bitfieldOf(pieces).encode(),
  decode: (bytes) => piecesOf(decodeBitfield(bytes, PIECES)),
  values: fc.array(fc.boolean(), { minLength: PIECES, maxLength: PIECES }),
})

test('a bitfield counts what it has, however it came to it', () => {
  fc.assert(fc.property(fc.array(fc.boolean(), { maxLength: 100 }), fc.array(fc.nat(99)), (pieces, cleared) => {
    const bitfield = decodeBitfield(bitfieldOf(pieces).encode(), pieces.length)
    for (const piece of cleared) bitfield.clear(piece)
    const left = pieces.filter((has, piece) => has && !cleared.includes(piece)).length
    expect(bitfield.count).toBe(left)
    expect(bitfield.complete).toBe(left === pieces.length)
  }))
})

test.each([
  ['bad-length', new Uint8Array(bitfieldLength(PIECES) - 1)],
  ['bad-length', new Uint8Array(bitfieldLength(PIECES) + 1)],
  ['spare-bits', Uint8Array.of(0, 0, 0, 0, 0x04)],
])('a bitfield is refused: %s', (reason, bytes) => {
  expect(() => decodeBitfield(bytes, PIECES)).toThrow(expect.objectContaining({ reason }))
})
