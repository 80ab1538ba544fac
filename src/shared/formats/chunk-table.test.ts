import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeCodec, isCorruptImage } from '../../../tests/support/codec-suite.ts'
import { ByteWriter } from './bytes.ts'
import { BLOCK, ChunkTable } from './chunk-table.ts'
import { DIGEST_LENGTH } from './digest.ts'
import { MAX_CHUNK } from './pack.ts'

const digests = (count: number): Uint8Array => Uint8Array.from({ length: count * DIGEST_LENGTH }, (_, at) => at)
const lengths = (...values: number[]): Uint8Array => values.reduce((writer, value) => writer.varint(value), new ByteWriter()).finish()
const corrupt = expect.objectContaining({ name: 'ClonaulaError', code: 33 })

describeCodec('chunk lengths', {
  encode: (values: readonly number[]) => new ChunkTable(digests(values.length), Uint32Array.from(values)).encodeLengths(),
  decode: (bytes) => [...ChunkTable.decode(digests(5), bytes).lengths],
  values: fc.array(fc.oneof(fc.integer({ min: 1, max: MAX_CHUNK }), fc.integer({ min: 1, max: MAX_CHUNK / BLOCK }).map((blocks) => blocks * BLOCK)),
    { minLength: 5, maxLength: 5 }),
  refuses: isCorruptImage,
})

test('lengths are whole blocks, or bytes', () => {
  const encoded = lengths(2 * 3, 2 * 5 + 1, (MAX_CHUNK / BLOCK) * 2)
  const table = ChunkTable.decode(digests(3), encoded)
  expect([...table.lengths]).toEqual([3 * BLOCK, 5, MAX_CHUNK])
  expect(table.encodeLengths()).toEqual(encoded)
})

test.each([
  ['no bytes', 1, [1]],
  ['no blocks', 1, [0]],
  ['a block too long', 1, [(MAX_CHUNK / BLOCK + 1) * 2]],
  ['a byte too long', 1, [(MAX_CHUNK + 1) * 2 + 1]],
  ['whole blocks counted in bytes', 1, [BLOCK * 2 + 1]],
  ['a length too few', 2, [2]],
  ['a length too many', 1, [2, 2]],
])('%s is refused', (_, count, values) => {
  expect(() => ChunkTable.decode(digests(count), lengths(...values))).toThrow(corrupt)
})

test('half a hash is refused', () => {
  expect(() => ChunkTable.decode(digests(1).subarray(1), lengths(2))).toThrow(corrupt)
})
