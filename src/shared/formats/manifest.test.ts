import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { describeCodec, describeDecoder, isCorruptImage } from '../../../tests/support/codec-suite.ts'
import { ByteWriter, malformed } from './bytes.ts'
import { BLOCK, ChunkTable } from './chunk-table.ts'
import { toHex } from './digest.ts'
import { decodeManifest, encodeManifest, replacePacks, type Manifest, type ManifestTools } from './manifest.ts'
import { decodeRuns, encodeRuns, MAX_PLACES, MAX_RUNS, placesOf, RunBuilder, RunTable, type ChunkRun, type RunList } from './manifest-runs.ts'
import type { VolumeFacts } from './manifest-facts.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
const corrupt = expect.objectContaining({ name: 'ClonaulaError', code: 33 })
const tools: ManifestTools = {
  sha256,
  compress: promisify(zstdCompress),
  decompress: (stored, maxOutputLength) => promisify(zstdDecompress)(stored, { maxOutputLength })
    .catch(() => Promise.reject(malformed('test', 'not zstd'))),
}

function volume(number: number, size: number, used: number): VolumeFacts {
  return { number, filesystem: 'ext4', label: 'système', uuid: 'u', mode: 'used', size, used, minimumSize: size }
}

/** A run of the first chunk, which is a block, in its place among others of that kind. */
const oneBlock = (at: number): ChunkRun => ({ offset: at * BLOCK, chunk: 0, count: 1, repeated: false })

interface Piece { gap: number; pick: number; short: boolean }
const piece: fc.Arbitrary<Piece> = fc.record({ gap: fc.nat(3), pick: fc.nat(20), short: fc.boolean() })

/** A manifest as a capture makes it: pieces of data with gaps between them; equal picks are equal chunks. */
function build(volumes: readonly (readonly Piece[])[]): Manifest {
  const numbers = new Map<string, number>()
  const lengths: number[] = []
  const facts: VolumeFacts[] = []
  const runs = volumes.map((pieces, at) => {
    const builder = new RunBuilder()
    let offset = 0
    let used = 0
    for (const { gap, pick, short } of pieces) {
      const key = `${pick} ${short}`
      const chunk = numbers.get(key) ?? numbers.size
      const length = short ? pick + 1 : ((pick % 5) + 1) * BLOCK
      if (chunk === numbers.size) {
        numbers.set(key, chunk)
        lengths.push(length)
      }
      offset += gap * BLOCK
      builder.add(offset, chunk, length)
      offset += length
      used += length
    }
    facts.push(volume(at + 1, offset + 1, used))
    return builder.runs
  })
  const digests = new ByteWriter()
  for (const key of numbers.keys()) digests.raw(sha256(Buffer.from(key)))
  return {
    facts: { creator: 'test', created: '2025-11-23T10:00:00.000Z', source: 'Aula 3, nº 7', volumes: facts },
    packs: [...numbers.keys()].slice(0, 3).map((key) => toHex(sha256(Buffer.from(`pack ${key}`)))),
    chunks: new ChunkTable(digests.finish(), Uint32Array.from(lengths)),
    runs,
  }
}

const manifests = fc.array(fc.array(piece, { maxLength: 60 }), { minLength: 1, maxLength: 3 }).map(build)
const sample = build([
  [{ gap: 0, pick: 1, short: false }, { gap: 0, pick: 2, short: false }, { gap: 2, pick: 1, short: false }],
  [{ gap: 1, pick: 3, short: true }],
])

describe('a manifest', () => {
  test('comes back', async () => {
    await fc.assert(fc.asyncProperty(manifests, async (manifest) => {
      const bytes = await encodeManifest(manifest, tools)
      const decoded = await decodeManifest(bytes, tools)
      expect(decoded.facts).toEqual(manifest.facts)
      expect(decoded.packs).toEqual(manifest.packs)
      expect(runsOf(decoded)).toEqual(runsOf(manifest))
      expect(Buffer.compare(decoded.chunks.digests, manifest.chunks.digests)).toBe(0)
      expect(decoded.chunks.lengths).toEqual(manifest.chunks.lengths)
      expect(await encodeManifest(decoded, tools)).toEqual(bytes)
    }))
  })

  test('may have other packs, and is the same in everything else', async () => {
    await fc.assert(fc.asyncProperty(manifests, fc.array(fc.nat(1000), { maxLength: 5 }), async (manifest, names) => {
      const packs = names.map((name) => toHex(sha256(Buffer.from(`other ${name}`))))
      const bytes = replacePacks(await encodeManifest(manifest, tools), packs, sha256)
      expect(bytes).toEqual(await encodeManifest({ ...manifest, packs }, tools))
    }))
  })

  test('may be made without compression', async () => {
    const bytes = await encodeManifest(sample, { sha256 })
    expect(runsOf(await decodeManifest(bytes, tools))).toEqual(runsOf(sample))
  })

  test('is refused when it is cut at any byte', async () => {
    const bytes = await encodeManifest(sample, tools)
    for (let length = 0; length < bytes.length; length += 1) {
      await expect(decodeManifest(bytes.subarray(0, length), tools)).rejects.toEqual(corrupt)
    }
  })

  test('is refused when any byte of it is different', async () => {
    const bytes = await encodeManifest(sample, tools)
    for (let place = 0; place < bytes.length; place += 1) {
      const damaged = bytes.slice()
      damaged[place]! ^= 0x40
      await expect(decodeManifest(damaged, tools)).rejects.toEqual(corrupt)
    }
  })

  test('that claims a section of gigabytes is refused at once', async () => {
    const bytes = await encodeManifest(sample, { sha256 })
    const body = bytes.slice(0, -32)
    body.set([1, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], 8 + 9 * 4)
    const decompress = vi.fn<typeof tools.decompress>()
    await expect(decodeManifest(new ByteWriter().raw(body).raw(sha256(body)).finish(), { ...tools, decompress })).rejects.toEqual(corrupt)
    expect(decompress).not.toHaveBeenCalled()
  })

  test('that claims more lengths than it has chunks is refused before they are decompressed', async () => {
    const bytes = await encodeManifest(sample, { sha256 })
    const body = bytes.slice(0, -32)
    body.set([1, 1, 0, 0, 0, sample.chunks.count * 3 + 1, 0, 0, 0], 8 + 9 * 3)
    const decompress = vi.fn<typeof tools.decompress>()
    await expect(decodeManifest(new ByteWriter().raw(body).raw(sha256(body)).finish(), { ...tools, decompress })).rejects.toEqual(corrupt)
    expect(decompress).not.toHaveBeenCalled()
  })

  test('of as many runs as there may be is small, and so is what becomes of it', async () => {
    const size = MAX_RUNS * BLOCK
    const runs = new RunTable(MAX_RUNS)
    for (let at = 0; at < MAX_RUNS; at += 1) runs.set(at, oneBlock(at))
    const chunks = new ChunkTable(sha256(Buffer.from('one')), Uint32Array.of(BLOCK))
    const bytes = await encodeManifest({ ...sample, facts: { ...sample.facts, volumes: [volume(1, size, size)] }, chunks, runs: [runs] }, tools)
    expect(bytes.length).toBeLessThan(16 * 1024)
    const before = process.memoryUsage()
    const decoded = await decodeManifest(bytes, tools)
    const after = process.memoryUsage()
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(128 * 1024 * 1024)
    expect(decoded.runs[0]!.at(-1)).toEqual(oneBlock(MAX_RUNS - 1))
  })
})

/** As arrays, which can be compared. */
function runsOf({ runs }: { runs: readonly RunList[] }): ChunkRun[][] {
  return runs.map((volume) => [...volume])
}

/** What a restore relies on. */
function expectBounds(manifest: Manifest): void {
  expect(manifest.runs).toHaveLength(manifest.facts.volumes.length)
  manifest.facts.volumes.forEach((facts, at) => {
    let end = 0
    let used = 0
    for (const run of manifest.runs[at]!) {
      expect(run.offset).toBeGreaterThanOrEqual(end)
      for (const { chunk, offset } of placesOf(run, manifest.chunks)) {
        expect(chunk).toBeLessThan(manifest.chunks.count)
        end = offset + manifest.chunks.length(chunk)
        used += manifest.chunks.length(chunk)
      }
    }
    expect(end).toBeLessThanOrEqual(facts.size)
    expect(used).toBe(facts.used)
  })
}

/** What a manifest's bytes are when only its hash is right. */
function rehashed(body: Uint8Array): Uint8Array {
  return new ByteWriter().raw(body).raw(sha256(body)).finish()
}

describeDecoder('manifest that lies under a right hash', {
  decode: async (body) => decodeManifest(rehashed(body), tools),
  samples: fc.constantFrom(
    ...await Promise.all([encodeManifest(sample, { sha256 }), encodeManifest(sample, tools)]),
  ).map((bytes) => bytes.subarray(0, -32)),
  refuses: isCorruptImage,
  checkSound: expectBounds,
  // zlib's own, for sections that claim some megabytes of plain bytes.
  room: 8 * 1024 * 1024,
})

describe('runs', () => {
  const table = new ChunkTable(new Uint8Array(3 * 32), Uint32Array.from([BLOCK, 2 * BLOCK, 100]))

  test('are as few as they can be: consecutive chunks, and repetitions of one', () => {
    const builder = new RunBuilder()
    for (let at = 0; at < 1000; at += 1) builder.add(at * BLOCK, 0, BLOCK)
    builder.add(1000 * BLOCK, 1, 2 * BLOCK)
    builder.add(1002 * BLOCK, 2, 100)
    builder.add(1002 * BLOCK + 100, 0, BLOCK)
    expect(builder.runs).toEqual([
      { offset: 0, chunk: 0, count: 1000, repeated: true },
      { offset: 1000 * BLOCK, chunk: 1, count: 2, repeated: false },
      { offset: 1002 * BLOCK + 100, chunk: 0, count: 1, repeated: false },
    ])
  })

  const encode = (...runs: [gap: number, count: number, delta: number][]) => {
    const writer = new ByteWriter().varint(runs.length)
    for (const run of runs) for (const value of run) writer.varint(value)
    return writer.finish()
  }

  describeCodec('runs', {
    encode: (runs: ChunkRun[]) => encodeRuns([runs], table),
    decode: (bytes) => [...decodeRuns(bytes, table, [volume(1, 100 * BLOCK, 9 * BLOCK + 100)])[0]!],
    values: fc.tuple(fc.shuffledSubarray([0, 0, 0, 1, 1, 1, 2], { minLength: 7 }), fc.array(fc.nat(3), { minLength: 7, maxLength: 7 }))
      .map(([chunks, gaps]) => {
        const builder = new RunBuilder()
        let offset = 0
        for (const [at, chunk] of chunks.entries()) {
          offset += gaps[at]! * BLOCK
          builder.add(offset, chunk, table.length(chunk))
          offset += table.length(chunk)
        }
        return builder.runs
      }),
    refuses: isCorruptImage,
  })

  test.each<[string, Uint8Array, number]>([
    ['no such chunk', encode([0, 2, 6]), BLOCK],
    ['a chunk before the first', encode([0, 2, 1]), BLOCK],
    ['more chunks than there are', encode([0, 8, 0]), BLOCK],
    ['a repetition without end', encode([0, 2 ** 52 + 1, 0]), BLOCK],
    ['an offset beyond the volume', encode([2 ** 52, 2, 0]), BLOCK],
    ['no chunks at all', encode([0, 0, 0]), 0],
    ['part of a block, repeated', encode([0, 5, 4]), 200],
    ['a sum that is not the volume\'s', encode([0, 2, 0]), BLOCK + 1],
    ['2^50 runs', new ByteWriter().varint(2 ** 50).finish(), 0],
    ['more runs than there are bytes for', new ByteWriter().varint(2).raw(Uint8Array.of(0, 2, 0, 0, 2)).finish(), BLOCK],
  ])('with %s are refused', (_, bytes, used) => {
    expect(() => decodeRuns(bytes, table, [volume(1, 100 * BLOCK, used)])).toThrow(corrupt)
  })

  test('of more places than an image may have are refused, written too', () => {
    const used = (MAX_PLACES + 1) * BLOCK
    const refusal = `more than ${MAX_PLACES} places of chunks`
    expect(() => decodeRuns(encode([0, 2 * (MAX_PLACES + 1) + 1, 0]), table, [volume(1, used, used)])).toThrow(refusal)
    expect(() => encodeRuns([[{ offset: 0, chunk: 0, count: MAX_PLACES + 1, repeated: true }]], table))
      .toThrow(expect.objectContaining({ code: 19, message: `manifest runs: ${refusal}` }))
  })

  test('that are more than an image may have are refused before there is room made for them', () => {
    const bytes = new ByteWriter().varint(MAX_RUNS + 1).raw(new Uint8Array((MAX_RUNS + 1) * 3)).finish()
    const before = process.memoryUsage().arrayBuffers
    expect(() => decodeRuns(bytes, table, [volume(1, BLOCK, 0)])).toThrow(`more than ${MAX_RUNS} runs`)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024)
  })

  test('decode what the table allows', () => {
    const expected: ChunkRun[][] = [[{ offset: BLOCK, chunk: 0, count: 2, repeated: false }]]
    expect(runsOf({ runs: decodeRuns(encode([BLOCK, 4, 0]), table, [volume(1, 100 * BLOCK, 3 * BLOCK)]) })).toEqual(expected)
  })
})

test('two volumes with one number are refused', async () => {
  const facts = { ...sample.facts, volumes: sample.facts.volumes.map((one) => ({ ...one, number: 1 })) }
  await expect(encodeManifest({ ...sample, facts }, tools)).rejects.toThrow('number')
})
