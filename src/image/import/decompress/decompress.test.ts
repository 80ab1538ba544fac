import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { decodeWithin } from '../../../../tests/support/codec-suite.ts'
import { adler32 } from './adler32.ts'
import { ByteSource, type Decompressor } from './byte-source.ts'
import { bzip2 } from './bzip2.ts'
import { openPlain } from './decompress.ts'
import { lz4 } from './lz4.ts'
import { lzip } from './lzip.ts'
import { MAX_DICTIONARY } from './lzma.ts'
import { lzmaAlone } from './lzma-alone.ts'
import { lzop, LZOP_MAGIC } from './lzop.ts'
import { sniffCompression, type Compression } from './sniff.ts'
import { xz } from './xz.ts'

/** Made by Debian's own tools of `plain`: words, zeros, noise, and words again. */
const FIXTURES = join(import.meta.dirname, '../../../../tests/fixtures/compressed')
const corrupt = expect.objectContaining({ name: 'ClonaulaError', code: 33 })
const fixture = (name: string): Promise<Buffer> => readFile(join(FIXTURES, name))
const plain = await fixture('plain')

const OURS: [string, Decompressor][] = [
  ['plain.lzo', lzop], ['plain.9.lzo', lzop], ['plain.crc.lzo', lzop], ['plain.lz4', lz4], ['plain.linked.lz4', lz4],
  ['plain.bz2', bzip2], ['plain.xz', xz], ['plain.sha256.xz', xz], ['plain.blocks.xz', xz], ['plain.lz', lzip], ['plain.lzma', lzmaAlone],
]
/** All but lzma's, which has no checksums, and nothing after its end. */
const CHECKED = OURS.filter(([, decompressor]) => decompressor !== lzmaAlone)
const COMPRESSIONS: [string, Compression][] = [
  ['plain', 'plain'], ['plain.gz', 'gzip'], ['plain.zst', 'zstd'],
  ...OURS.map(([name, decompressor]): [string, Compression] => [name, decompressor === lzmaAlone ? 'lzma' : decompressor.name as Compression]),
]
/** More than anything here has inside: what a damaged file may promise is not waited for. */
const ENOUGH = 4 * 1024 * 1024
/** What a decompressor may take for that: its tables, its window, and the pieces that it gave. */
const ROOM = 6 * ENOUGH
/** Damaged, or dearer than anybody's who means well. */
const isRefused = (error: unknown): boolean => error instanceof ClonaulaError && (error.code === 33 || error.code === 19)

function source(bytes: Uint8Array, piece: number): ByteSource {
  let at = 0
  return new ByteSource(() => {
    at += piece
    return bytes.subarray(at - piece, at)
  }, 'test')
}

function decompressed(decompressor: Decompressor, bytes: Uint8Array, piece = bytes.length): Buffer {
  const pieces: Uint8Array[] = []
  let length = 0
  for (const found of decompressor(source(bytes, piece))) {
    pieces.push(found)
    length += found.length
    if (length > ENOUGH) break
  }
  return Buffer.concat(pieces)
}

/** What comes of it: the bytes, or the error. */
function outcome(decompressor: Decompressor, bytes: Uint8Array): unknown {
  try {
    return decompressed(decompressor, bytes)
  } catch (error) {
    return error
  }
}

describe.each(OURS)('%s', (name, decompressor) => {
  let bytes: Buffer
  beforeAll(async () => {
    bytes = await fixture(name)
  })

  test('gives the plain bytes, in whatever pieces it comes', () => {
    for (const piece of [1, 7, 1000, bytes.length]) expect(decompressed(decompressor, bytes, piece).equals(plain)).toBe(true)
  })

  test('is refused when it is cut anywhere', () => {
    for (let cut = 0; cut < bytes.length; cut += 1) {
      expect(() => decompressed(decompressor, bytes.subarray(0, cut))).toThrow(corrupt)
    }
  })

  test('that is damaged is refused, or gives some bytes; nothing else happens, and it takes no more memory for it', async () => {
    const edit = fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) })
    await fc.assert(fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 5 }), async (edits) => {
      const damaged = Buffer.from(bytes)
      for (const { at, value } of edits) damaged[at % damaged.length] = value
      const { value = plain } = await decodeWithin({ decode: (some) => decompressed(decompressor, some), refuses: isRefused, room: ROOM }, damaged)
      expect(value.length).toBeLessThanOrEqual(2 * ENOUGH)
    }), { numRuns: 300 })
  })

  test('is refused when something follows it that is not of its kind', () => {
    expect(() => decompressed(decompressor, Buffer.concat([bytes, Buffer.from('garbage')]))).toThrow(corrupt)
  })
})

test.each(CHECKED)('%s twice is its bytes twice', async (name, decompressor) => {
  const bytes = await fixture(name)
  expect(decompressed(decompressor, Buffer.concat([bytes, bytes])).equals(Buffer.concat([plain, plain]))).toBe(true)
})

test.each(CHECKED)('%s with a wrong bit never passes for the right bytes', async (name, decompressor) => {
  const bytes = await fixture(name)
  for (let at = 0; at < bytes.length; at += 1) {
    const damaged = Buffer.from(bytes)
    damaged[at]! ^= 1 << (at % 8)
    const found = outcome(decompressor, damaged)
    // Names and times in a header may be others.
    expect(found instanceof ClonaulaError || plain.equals(found as Buffer)).toBe(true)
  }
})

test('noise of any length is nobody’s file', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...OURS), (noise, [, decompressor]) => {
    expect(outcome(decompressor, noise)).toSatisfy((it) => it instanceof Uint8Array || isRefused(it))
  }), { numRuns: 500 })
})

describe('memory is taken for what comes, not for what a few bytes claim', () => {
  /** The most that the 24 or so bytes of such a file may take. */
  const LITTLE = 2 * 1024 * 1024
  const lzmaHeader = (dictionary: number): Buffer => {
    const header = Buffer.alloc(30)
    header[0] = 0x5d
    header.writeUInt32LE(dictionary, 1)
    return header.fill(0xff, 5, 13)
  }
  /** A file of lzop without a name, whose block claims lengths. */
  const lzopBlock = (plainLength: number, storedLength: number): Buffer => {
    const header = Buffer.alloc(25)
    header.writeUInt16BE(0x1030, 0)
    header.writeUInt16BE(0x1030, 4)
    header[6] = 1
    const sums = Buffer.alloc(12)
    sums.writeUInt32BE(adler32(header))
    sums.writeUInt32BE(plainLength, 4)
    sums.writeUInt32BE(storedLength, 8)
    return Buffer.concat([LZOP_MAGIC, header, sums, Buffer.alloc(10)])
  }
  const MIB = 1024 * 1024

  test.each<[string, Decompressor, Buffer, string]>([
    ['the largest dictionary', lzmaAlone, lzmaHeader(MAX_DICTIONARY), 'ends too early'],
    ['a larger dictionary', lzmaAlone, lzmaHeader(2 ** 30), 'a dictionary of lzma: 1024 MiB > 256 MiB'],
    ['a larger dictionary of lzip', lzip, Buffer.from('LZIP\u0001\u001d0000000000000000'), 'a dictionary of lzip: 512 MiB > 256 MiB'],
    ['a block of 64 MiB', lzop, lzopBlock(64 * MIB, 63 * MIB), 'ends too early'],
    ['a block of 64 MiB out of nothing', lzop, lzopBlock(64 * MIB, 10), 'absurd size'],
  ])('%s', async (_, decompressor, bytes, refusal) => {
    const reasons: unknown[] = []
    const refuses = (error: unknown): boolean => reasons.push(error) > 0
    await decodeWithin({ decode: (some) => decompressed(decompressor, some), refuses, room: LITTLE }, bytes)
    expect(reasons).toEqual([expect.objectContaining({ message: expect.stringContaining(refusal) as unknown })])
    expect(reasons).toSatisfy(([reason]) => isRefused(reason))
  })

  test('zeros.256m.xz, 16 MiB with a dictionary of 256 (xz --lzma2=dict=256MiB)', async () => {
    const bytes = await fixture('zeros.256m.xz')
    const count = (some: Uint8Array): number => {
      let sum = 0
      for (const { length } of xz(source(some, some.length))) sum += length
      return sum
    }
    expect(await decodeWithin({ decode: count, room: 6 * 16 * MIB }, bytes)).toEqual({ value: 16 * MIB })
  })
})

/** Each file starts a thread. */
describe('files', { timeout: 20_000 }, () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clonaula-decompress-'))
  })
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  async function collect(paths: string[], onRead?: (bytes: number) => void): Promise<{ compression: Compression; bytes: Buffer }> {
    const { compression, bytes } = await openPlain(paths, { ...(onRead && { onRead }) })
    const pieces: Uint8Array[] = []
    for await (const piece of bytes) pieces.push(piece)
    return { compression, bytes: Buffer.concat(pieces) }
  }

  test.each(COMPRESSIONS)('%s is known by its first bytes, and read', async (name, compression) => {
    let read = 0
    const found = await collect([join(FIXTURES, name)], (bytes) => (read += bytes))
    expect(found.compression).toBe(compression)
    expect(found.bytes.equals(plain)).toBe(true)
    expect(read).toBe((await fixture(name)).length)
  })

  test.each(COMPRESSIONS)('%s in parts is read as one', async (name) => {
    const bytes = await fixture(name)
    const third = Math.floor(bytes.length / 3)
    const paths = await Promise.all([0, 1, 2].map(async (part) => {
      const path = join(folder, `${name}.00${part}`)
      await writeFile(path, bytes.subarray(part * third, part === 2 ? undefined : (part + 1) * third))
      return path
    }))
    expect((await collect(paths)).bytes.equals(plain)).toBe(true)
  })

  test('of lrzip are refused with the reason', async () => {
    const path = join(folder, 'image.lrz')
    await writeFile(path, 'LRZI and what follows')
    await expect(openPlain([path])).rejects.toMatchObject({ code: 5, params: { reason: 'lrzip' } })
  })

  test('that are not there, and empty ones', async () => {
    await expect(openPlain([join(folder, 'nothing')])).rejects.toMatchObject({ code: 2 })
    const path = join(folder, 'empty')
    await writeFile(path, '')
    expect(await collect([path])).toEqual({ compression: 'plain', bytes: Buffer.alloc(0) })
  })

  test('are left alone when the reader stops, whatever compressed them', async () => {
    for (const name of ['plain', 'plain.gz', 'plain.zst', 'plain.xz']) {
      const { bytes } = await openPlain([join(FIXTURES, name)])
      for await (const piece of bytes) {
        expect(piece.length).toBeGreaterThan(0)
        break
      }
    }
    await sleep(50)
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort' || kind === 'FSReqPromise')).toEqual([])
  })

  test('stop when it is asked for', async () => {
    const stop = new AbortController()
    const { bytes } = await openPlain([join(FIXTURES, 'plain.blocks.xz')], { signal: stop.signal })
    const read = async (): Promise<void> => {
      for await (const piece of bytes) if (piece.length > 0) stop.abort()
    }
    await expect(read()).rejects.toThrow('aborted')
  })
})

test('what is of no compressor is plain', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 20 }), (noise) => {
    const head = Buffer.concat([Buffer.from('partclone-image'), noise])
    expect(sniffCompression(head)).toBe('plain')
  }))
})
