import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeDecoder, isCorruptImage } from '../../../tests/support/codec-suite.ts'
import { partcloneTools } from '../../image/partclone-tools.ts'
import { ClonaulaError } from '../domain/errors.ts'
import { ByteStream } from './byte-stream.ts'
import { ByteWriter } from './bytes.ts'
import { BlockBitmap } from './partclone-bitmap.ts'
import { crcOf0001 } from './partclone-checksum.ts'
import { decodePartcloneHeader, encodePartcloneHeader, isPartclone, type PartcloneHeader } from './partclone-header.ts'
import { encodePartclone, PartcloneReader } from './partclone.ts'

const tools = await partcloneTools()
const corrupt = expect.objectContaining({ name: 'ClonaulaError', code: 33 })
/** What stands for an image that was not refused. */
const corruptError = new ClonaulaError('corruptImage', '')

interface Image {
  header: PartcloneHeader
  bitmap: BlockBitmap
  data: Uint8Array
}

const used = fc.array(fc.boolean(), { minLength: 1, maxLength: 70 })
const filesystem = fc.constantFrom('EXTFS', 'NTFS', 'FAT', 'raw', 'BTRFS')

const image0002 = fc.record({
  used, filesystem,
  blockSize: fc.constantFrom(512, 1024),
  checksum: fc.constantFrom('none', 'crc32', 'xxh64', 'xxh128'),
  blocksPerChecksum: fc.integer({ min: 1, max: 9 }),
  reseed: fc.boolean(),
  all: fc.boolean(),
  seed: fc.nat(),
}).map(({ used, all, seed, ...rest }): Image => {
  const blocks = all ? used.map(() => true) : used
  return build({
    ...rest, version: 2, creator: '0.3.23', bitmap: all ? 'none' : 'bit',
    blocksPerChecksum: rest.checksum === 'none' ? 0 : rest.blocksPerChecksum,
  }, blocks, seed)
})

const image0001 = fc.record({ used, filesystem, seed: fc.nat() }).map(({ used, filesystem, seed }): Image => build({
  version: 1, filesystem, blockSize: 512, checksum: 'crc32Of0001', blocksPerChecksum: 1, reseed: false, bitmap: 'byte', creator: '',
}, used, seed))

const image = fc.oneof(image0002, image0001)

function build(rest: Omit<PartcloneHeader, 'blocks' | 'usedBlocks' | 'deviceSize'>, used: boolean[], seed: number): Image {
  const count = used.filter(Boolean).length
  const bitmap = rest.bitmap === 'none' ? new BlockBitmap(used.length, 'all') : new BlockBitmap(used.length)
  if (rest.bitmap !== 'none') for (const [start, is] of used.entries()) if (is) bitmap.add({ start, count: 1 })
  return {
    header: { ...rest, blocks: used.length, usedBlocks: count, deviceSize: used.length * rest.blockSize },
    bitmap,
    data: Uint8Array.from({ length: count * rest.blockSize }, (_, at) => (at * 31 + seed + (at >>> 8)) & 0xff),
  }
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const writer = new ByteWriter()
  for await (const piece of source) writer.raw(piece)
  return writer.finish()
}

async function* pieces(bytes: Uint8Array, length = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

const encode = ({ header, bitmap, data }: Image, length?: number): Promise<Uint8Array> =>
  collect(encodePartclone(header, bitmap, pieces(data, length), tools))

async function decode(bytes: Uint8Array, length?: number, window = 700): Promise<Image> {
  const reader = await PartcloneReader.open(new ByteStream(pieces(bytes, length), 'image'), tools)
  const data = new Uint8Array(reader.bitmap.used * reader.header.blockSize)
  for (let at = 0; at < data.length; at += window) await reader.read(data.subarray(at, at + window))
  await reader.end()
  return { header: reader.header, bitmap: reader.bitmap, data }
}

async function expectSame(decoded: Image, expected: Image): Promise<void> {
  expect(decoded.header).toEqual(expected.header)
  expect([...decoded.bitmap.runs()]).toEqual([...expected.bitmap.runs()])
  expect(decoded.data).toEqual(expected.data)
}

describe('a partclone image', () => {
  test('comes back as it went, whatever the pieces that it comes in', async () => {
    await fc.assert(fc.asyncProperty(image, fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 3000 }), async (image, length, window) => {
      const bytes = await encode(image, length)
      expect(isPartclone(bytes)).toBe(true)
      await expectSame(await decode(bytes, length, window), image)
    }), { numRuns: 150 })
  })

  test('is refused when it is cut anywhere, or when something follows', async () => {
    await fc.assert(fc.asyncProperty(image.filter(({ data }) => data.length < 2000), async (image) => {
      const bytes = await encode(image)
      for (let cut = 0; cut < bytes.length; cut += 1) await expect(decode(bytes.subarray(0, cut))).rejects.toEqual(corrupt)
      await expect(decode(new ByteWriter().raw(bytes).u8(0).finish())).rejects.toEqual(corrupt)
    }), { numRuns: 8 })
  })

  test('with checksums is refused when any bit of its blocks or its map is different', async () => {
    const checked = image0002.filter(({ header, data }) => header.checksum !== 'none' && data.length > 0)
    await fc.assert(fc.asyncProperty(checked, fc.nat(), fc.integer({ min: 0, max: 7 }), async (image, place, bit) => {
      const bytes = await encode(image)
      bytes[110 + (place % (bytes.length - 110))]! ^= 1 << bit
      await expect(decode(bytes)).rejects.toEqual(corrupt)
    }), { numRuns: 150 })
  })

  test('that is damaged is refused, or is an image all the same; nothing else is thrown', async () => {
    const edits = fc.array(fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) }), { minLength: 1, maxLength: 6 })
    await fc.assert(fc.asyncProperty(image, edits, async (image, edits) => {
      const bytes = await encode(image)
      for (const { at, value } of edits) bytes[at % bytes.length] = value
      const outcome: unknown = await decode(bytes).catch((error: unknown) => error)
      expect(outcome instanceof Error ? outcome : corruptError).toEqual(corrupt)
    }), { numRuns: 400 })
  })
})

/** As a reader who does not make room for all of it. */
async function drain(bytes: Uint8Array): Promise<PartcloneHeader> {
  const reader = await PartcloneReader.open(new ByteStream(pieces(bytes), 'image'), tools)
  const window = new Uint8Array(reader.header.blockSize)
  for (let block = 0; block < reader.bitmap.used; block += 1) await reader.read(window)
  await reader.end()
  return reader.header
}

describeDecoder('partclone image', {
  decode: drain,
  samples: fc.constantFrom(...await Promise.all(
    fc.sample(image.filter(({ data }) => data.length < 3000), { numRuns: 40, seed: 1 }).map((one) => encode(one)),
  )),
  refuses: isCorruptImage,
  // A block has 4 MiB at the most.
  room: 8 * 1024 * 1024,
  runs: 400,
})

describe('a header', () => {
  const header: PartcloneHeader = {
    version: 2, filesystem: 'EXTFS', deviceSize: 2 ** 40, blocks: 2 ** 28, usedBlocks: 7, blockSize: 4096,
    checksum: 'crc32', blocksPerChecksum: 256, reseed: true, bitmap: 'bit', creator: '0.3.23',
  }
  const decoded = (change: Partial<PartcloneHeader>) =>
    decodePartcloneHeader(encodePartcloneHeader({ ...header, ...change }, 7, tools.crc32), tools.crc32)

  test.each<[string, Partial<PartcloneHeader>]>([
    ['no blocks', { blocks: 0, usedBlocks: 0 }],
    ['more blocks than any disk has', { blocks: 2 ** 40 }],
    ['blocks that are no sectors', { blockSize: 1000 }],
    ['empty blocks', { blockSize: 0 }],
    ['blocks of a gigabyte', { blockSize: 2 ** 30 }],
    ['a device of nothing', { deviceSize: 0 }],
    ['a map that partclone cannot read itself', { bitmap: 'byte' }],
    ['the checksum of the older format', { checksum: 'crc32Of0001' }],
    ['checksums of no blocks', { blocksPerChecksum: 0 }],
  ])('with %s is refused', (_, change) => {
    expect(decoded({})).toEqual(header)
    expect(() => decoded(change)).toThrow(corrupt)
  })

  test('of another format, another byte order or another program is refused', () => {
    for (const [at, value] of [[33, 0x33], [34, 0xc0], [0, 0x50], [109, 0]] as const) {
      const bytes = encodePartcloneHeader(header, 7, tools.crc32)
      bytes[at] = value
      expect(() => decodePartcloneHeader(bytes, tools.crc32)).toThrow(corrupt)
    }
  })

  test('that promises a huge map costs no memory when there is none', async () => {
    const bytes = encodePartcloneHeader({ ...header, blocks: 2 ** 32, usedBlocks: 2 ** 32 }, 0, tools.crc32)
    const before = process.memoryUsage().arrayBuffers
    await expect(decode(bytes)).rejects.toBeInstanceOf(ClonaulaError)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)
  })
})

test('format 0001 with checksums of eight bytes is understood', async () => {
  const image = build({
    version: 1, filesystem: 'NTFS', blockSize: 512, checksum: 'crc32Of0001', blocksPerChecksum: 1, reseed: false, bitmap: 'byte', creator: '',
  }, [true, false, true, true], 3)
  const normal = await encode(image)
  const start = normal.length - 3 * 516
  const wide = new ByteWriter().raw(normal.subarray(0, start))
  for (let block = 0; block < 3; block += 1) wide.raw(normal.subarray(start + block * 516, start + (block + 1) * 516)).u32(0)
  await expectSame(await decode(wide.finish()), image)
  await expect(decode(wide.finish().subarray(0, -1))).rejects.toEqual(corrupt)
})

test('the CRC of format 0001 sees the first byte of each block, in pieces too', () => {
  const block = Uint8Array.from({ length: 1024 }, (_, at) => (at * 7) & 0xff)
  const whole = crcOf0001(512, tools.crc32)(block, 0xffffffff)
  const other = block.map((byte, at) => (at % 512 === 0 ? byte : 0))
  expect(crcOf0001(512, tools.crc32)(other, 0xffffffff)).toBe(whole)
  const next = crcOf0001(512, tools.crc32)
  expect([0, 100, 512, 600].reduce((crc, from, at, cuts) => next(block.subarray(from, cuts[at + 1] ?? 1024), crc), 0xffffffff)).toBe(whole)
})
