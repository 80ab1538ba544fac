import { describe, expect, test } from 'vitest'
import { StreamMap, type Segment } from '#shared/transfer/multicast/segments.ts'
import { UNIT } from '#shared/wire/multicast.ts'
import type { ChunkSource } from '#image/store.ts'
import { HybridSource } from './hybrid-source.ts'
import { receiveSegments } from './receive-segments.ts'
import { UnitReader } from './unit-reader.ts'

const A = 'a'.repeat(64)
const B = 'b'.repeat(64)
const packs = new Map([A, B].map((id, at) => [id, Uint8Array.from({ length: 5_000_000 }, (_, index) => (index * 31 + at) >>> 2)]))
const segments: Segment[] = [{ pack: A, offset: 100, length: 4_000_000 }, { pack: B, offset: 7, length: 3 }, { pack: B, offset: 99, length: 2_345_678 }]
const stream = Buffer.concat(segments.map(({ pack, offset, length }) => packs.get(pack)!.subarray(offset, offset + length)))

function source(): ChunkSource & { calls: number } {
  return {
    calls: 0,
    manifest: () => Promise.reject(new Error('none')),
    packTail: (id, length) => Promise.resolve({ size: 5_000_000, bytes: packs.get(id)!.slice(-length) }),
    packRange(id, offset, length) {
      this.calls += 1
      return Promise.resolve(packs.get(id)!.slice(offset, offset + length))
    },
  }
}

describe('UnitReader', () => {
  test('reads the stream over the borders of packs and blocks, to its end', async () => {
    const reader = new UnitReader(source(), new StreamMap(segments), new AbortController().signal)
    const into = new Uint8Array(44 * UNIT)
    for (let unit = 0; unit * UNIT < stream.length; unit += 44) {
      expect(reader.read(unit, 44, into) ?? await reader.load(unit, 44)).toSatisfy((got) => got === undefined || got > 0)
      const length = reader.read(unit, 44, into)!
      expect(stream.compare(into, 0, length, unit * UNIT, unit * UNIT + length)).toBe(0)
    }
  })

  test('reads ahead, and each block once', async () => {
    const files = source()
    const reader = new UnitReader(files, new StreamMap([segments[0]!]), new AbortController().signal)
    await Promise.all([reader.load(0, 1), reader.load(5, 1)])
    expect(files.calls).toBe(1)
    reader.read(0, 1, new Uint8Array(UNIT))
    expect(files.calls).toBe(4)
    reader.read(1, 1, new Uint8Array(UNIT))
    expect(files.calls).toBe(4)
  })

  test('fails with its source, and tries again when asked again', async () => {
    const files = source()
    let isBroken = true
    const moody: ChunkSource = { ...files, packRange: (...range) => isBroken ? Promise.reject(new Error('disk')) : files.packRange(...range) }
    const reader = new UnitReader(moody, new StreamMap(segments), new AbortController().signal)
    await expect(reader.load(0, 1)).rejects.toThrow('disk')
    isBroken = false
    await reader.load(0, 1)
    expect(reader.read(0, 1, new Uint8Array(UNIT))).toBe(UNIT)
  })
})

describe('receiving into a sink', () => {
  test('writes every byte at its place, from the session or by unicast', async () => {
    const odd = new HybridSource(source(), (pack, offset, length) =>
      Promise.resolve(offset % 3 === 0 ? packs.get(pack)!.slice(offset, offset + length) : undefined))
    const written = new Map([[A, Buffer.alloc(5_000_000)], [B, Buffer.alloc(5_000_000)]])
    const samples: number[] = []
    await receiveSegments(odd, segments, {
      write: async (pack, offset, bytes) => written.get(pack)!.set(bytes, offset),
    }, { onProgress: ({ done }) => samples.push(done) })
    const got = Buffer.concat(segments.map(({ pack, offset, length }) => written.get(pack)!.subarray(offset, offset + length)))
    expect(got.equals(stream)).toBe(true)
    expect(odd.taken + odd.fetched).toBe(stream.length)
    expect(odd.taken).toBeGreaterThan(0)
    expect(odd.fetched).toBeGreaterThan(0)
    expect(samples.at(-1)).toBe(stream.length)
  })

  test('stops when it is told to', async () => {
    const stop = new AbortController()
    const sink = { write: () => Promise.resolve(stop.abort()) }
    await expect(receiveSegments(source(), segments, sink, { signal: stop.signal })).rejects.toThrow('aborted')
  })
})
