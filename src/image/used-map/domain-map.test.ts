import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { describeDecoder } from '../../../tests/support/codec-suite.ts'
import { parseDomainMap } from './domain-map.ts'

/** As partclone 0.3.23 writes it. */
const VFAT = `# Domain logfile created by unset_name v0.3.23
# Source: vfat.img
# Offset: 0x00000000
# current_pos  current_status
0x02800000     ?
#      pos        size  status
0x00000000  0x00018800  +
0x00018800  0x01000000  ?
0x01018800  0x00000200  +
0x01018A00  0x017E7600  ?
`.split('\n')

const withLine = (at: number, line: string) => VFAT.with(at, line)

interface Piece { length: number; used: boolean }
const anyPieces = fc.array(fc.record({ length: fc.integer({ min: 1, max: 2 ** 40 }), used: fc.boolean() }), { minLength: 1, maxLength: 12 })
const hex = (value: number): string => `0x${value.toString(16).toUpperCase().padStart(8, '0')}`

/** A map as partclone writes it. */
function written(pieces: readonly Piece[]): string {
  let at = 0
  const lines = pieces.map(({ length, used }) => `${hex((at += length) - length)}  ${hex(length)}  ${used ? '+' : '?'}`)
  return ['# Domain logfile', `${hex(at)}     ?`, '#      pos        size  status', ...lines, ''].join('\n')
}

describeDecoder('domain map', {
  decode: (bytes) => parseDomainMap(Buffer.from(bytes).toString('latin1').split('\n')),
  samples: anyPieces.map((pieces) => Buffer.from(written(pieces))),
  refuses: (error) => error instanceof ClonaulaError && error.result === 'filesystem',
  checkSound: ({ size, used }) => {
    let end = 0
    for (const { offset, length } of used) {
      if (offset < end) throw new Error(`${offset} is before ${end}`)
      end = offset + length
    }
    if (end > size) throw new Error(`${end} is beyond ${size}`)
  },
})

describe('parseDomainMap', () => {
  test('reads back every map', async () => {
    await fc.assert(fc.asyncProperty(anyPieces, async (pieces) => {
      let end = 0
      const extents = pieces.map(({ length, used }) => ({ offset: (end += length) - length, length, used }))
      expect(await parseDomainMap(written(pieces).split('\n')))
        .toEqual({ size: end, used: extents.filter(({ used }) => used).map(({ offset, length }) => ({ offset, length })) })
    }))
  })

  test('reads what is in use, and where the filesystem ends', async () => {
    expect(await parseDomainMap(VFAT)).toEqual({
      size: 0x2800000,
      used: [{ offset: 0, length: 0x18800 }, { offset: 0x1018800, length: 0x200 }],
    })
  })

  test.each<[string, string[]]>([
    ['nothing', []],
    ['comments alone', VFAT.slice(0, 4)],
    ['a map that is cut off', VFAT.slice(0, 8)],
    ['a map with a gap', withLine(7, '0x00018900  0x01000000  ?')],
    ['a map with another status', withLine(7, '0x00018800  0x01000000  -')],
    ['a message among the lines', withLine(7, 'block 0 4127')],
    ['no size', withLine(4, '# 0x02800000     ?')],
    ['an absurd number', withLine(7, '0x00018800  0xFFFFFFFFFFFFFFFF  ?')],
  ])('refuses %s', async (_, lines) => {
    await expect(parseDomainMap(lines)).rejects.toThrow(expect.objectContaining({ code: 20 }))
  })
})
