import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeCodec } from '../../../../tests/support/codec-suite.ts'
import { encodeBencode, type Bencoded } from './bencode.ts'
import { decodeMetainfo, encodeMetainfo, makeMetainfo, totalLength, type TorrentFile } from './metainfo.ts'

const text = (value: string) => new TextEncoder().encode(value)
const PIECE = 16_384

function torrentOf(files: readonly TorrentFile[], name = 'image') {
  return makeMetainfo({ name, files, pieceLength: PIECE, pieces: new Uint8Array(Math.ceil(totalLength({ files }) / PIECE) * 20) })
}

const name = fc.stringMatching(/^[a-z0-9ñé]{1,20}$/)
const files = fc.uniqueArray(fc.record({ path: fc.array(name, { minLength: 1, maxLength: 3 }), length: fc.integer({ min: 1, max: 100_000 }) }), {
  minLength: 1, maxLength: 5, selector: ({ path }) => path.join('/'),
})
const metainfo = fc.tuple(files, name, fc.option(fc.constant('http://10.0.0.1:2999/announce'))).map(([files, name, announce]) => ({
  ...torrentOf(files, name), ...(announce === null ? {} : { announce }),
}))

describeCodec('torrent file', { encode: encodeMetainfo, decode: decodeMetainfo, values: metainfo })

describe('torrent file', () => {
  const info = (changes: Record<string, Bencoded>) => encodeBencode(new Map([['info', new Map<string, Bencoded>(Object.entries({
    files: [new Map<string, Bencoded>([['length', 5], ['path', [text('a')]]])], name: text('n'), 'piece length': PIECE, pieces: new Uint8Array(20), ...changes,
  }))]]))
  const file = (length: Bencoded, ...path: string[]) => new Map<string, Bencoded>([['length', length], ['path', path.map(text)]])

  test('keeps what it does not know in the part that is hashed', () => {
    const bytes = info({ source: text('elsewhere') })
    expect(encodeMetainfo(decodeMetainfo(bytes))).toEqual(bytes)
  })

  test.each<[string, Record<string, Bencoded>]>([
    ['unsafe-name', { files: [file(5, '..', 'etc')] }],
    ['unsafe-name', { files: [file(5, '')] }],
    ['unsafe-name', { files: [file(5, 'a/b')] }],
    ['unsafe-name', { files: [file(5, 'c:')] }],
    ['unsafe-name', { files: [file(5)] }],
    ['unsafe-name', { files: [file(2, 'a'), file(3, 'A')] }],
    ['unsafe-name', { name: text('.') }],
    ['bad-text', { name: Uint8Array.of(0xff) }],
    ['bad-length', { 'piece length': PIECE + 1 }],
    ['bad-length', { 'piece length': 2 ** 40 }],
    ['bad-length', { pieces: new Uint8Array(40) }],
    ['bad-length', { files: [] }],
    ['bad-length', { files: [file(0, 'a')], pieces: new Uint8Array(0) }],
    ['bad-length', { files: [file(Number.MAX_SAFE_INTEGER, 'a'), file(Number.MAX_SAFE_INTEGER, 'b')] }],
    ['wrong-type', { files: [file(-1, 'a')] }],
    ['single-file', { length: 5 }],
  ])('is refused (%s): %j', (reason, changes) => {
    expect(() => decodeMetainfo(info(changes))).toThrow(expect.objectContaining({ reason }))
  })
})
