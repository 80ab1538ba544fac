import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeDecoder, isCorruptImage } from '../../../../tests/support/codec-suite.ts'
import { gzip } from './gzip.ts'
import { zstd } from './zstd.ts'

/** See decompress.test.ts. */
const FIXTURES = join(import.meta.dirname, '../../../../tests/fixtures/compressed')
const plain = await readFile(join(FIXTURES, 'plain'))
const corrupt = expect.objectContaining({ name: 'ClonaulaError', code: 33 })
/** More than anything here has inside: what a damaged file may promise is not waited for. */
const ENOUGH = 4 * 1024 * 1024

type Decompress = (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function decompressed(decompress: Decompress, bytes: Uint8Array, piece = bytes.length): Promise<Buffer> {
  const found: Uint8Array[] = []
  let length = 0
  for await (const some of decompress(pieces(bytes, piece))) {
    found.push(some)
    length += some.length
    if (length > ENOUGH) break
  }
  return Buffer.concat(found)
}

const SKIPPABLE = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])

describe.each<[string, Decompress]>([['plain.gz', gzip], ['plain.zst', zstd]])('%s', async (name, decompress) => {
  const bytes = await readFile(join(FIXTURES, name))

  test('gives the plain bytes, in whatever pieces it comes', async () => {
    for (const piece of [1, 7, 1000, bytes.length]) expect((await decompressed(decompress, bytes, piece)).equals(plain)).toBe(true)
  })

  test('twice is its bytes twice', async () => {
    expect((await decompressed(decompress, Buffer.concat([bytes, bytes]), 100)).equals(Buffer.concat([plain, plain]))).toBe(true)
  })

  test('is refused when it is cut anywhere, or when something else follows', async () => {
    for (let cut = 1; cut < bytes.length; cut += 1) await expect(decompressed(decompress, bytes.subarray(0, cut))).rejects.toEqual(corrupt)
    await expect(decompressed(decompress, Buffer.concat([bytes, Buffer.from('garbage')]))).rejects.toEqual(corrupt)
  })

  test('with a wrong bit never passes for the right bytes', async () => {
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 1 << (at % 8)
      const found: unknown = await decompressed(decompress, damaged).catch((error: unknown) => error)
      // Names and times in a header may be others.
      expect(isCorruptImage(found) || plain.equals(found as Buffer)).toBe(true)
    }
  })
})

test('frames of zstd that are to be passed over are', async () => {
  const bytes = await readFile(join(FIXTURES, 'plain.zst'))
  const found = await decompressed(zstd, Buffer.concat([SKIPPABLE, bytes, SKIPPABLE, bytes, SKIPPABLE]), 50)
  expect(found.equals(Buffer.concat([plain, plain]))).toBe(true)
})

/** Noise, zeros and repetitions: blocks of every kind. */
const content = fc.oneof(
  fc.uint8Array({ maxLength: 200 }), fc.nat(3000).map((length) => new Uint8Array(length)),
  fc.tuple(fc.string({ minLength: 1 }), fc.nat(100)).map(([text, times]) => Buffer.from(text.repeat(times))),
)
const frame = fc.tuple(content, fc.boolean(), fc.boolean()).map(([bytes, checked, sized]) => zstdCompressSync(bytes, {
  params: { [constants.ZSTD_c_checksumFlag]: Number(checked), [constants.ZSTD_c_contentSizeFlag]: Number(sized) },
}))

describeDecoder('gzip', {
  decode: (bytes) => decompressed(gzip, bytes),
  samples: fc.array(content.map((bytes) => gzipSync(bytes)), { minLength: 1, maxLength: 2 }).map((members) => Buffer.concat(members)),
  refuses: isCorruptImage, room: 4 * ENOUGH, runs: 200,
})

describeDecoder('zstd', {
  decode: (bytes) => decompressed(zstd, bytes),
  samples: fc.array(fc.oneof(frame, fc.constant(SKIPPABLE)), { minLength: 1, maxLength: 3 }).map((frames) => Buffer.concat(frames)),
  // A window of 128 MiB is what zstd -22 makes, and the most that zlib takes.
  refuses: isCorruptImage, room: 4 * ENOUGH + 128 * 1024 * 1024, runs: 200,
})
