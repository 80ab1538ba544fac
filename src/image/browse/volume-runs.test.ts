import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BLOCK, ChunkTable } from '#shared/formats/chunk-table.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { RunBuilder } from '#shared/formats/manifest-runs.ts'
import { sha256 } from '../codecs.ts'
import { mergeExtents, type Extent } from '../extents.ts'
import { keptChunks, toBeRead } from './volume-runs.ts'

/** A manifest with one volume whose chunks lie at these places, in blocks. */
function manifestOf(chunks: readonly { gap: number; length: number }[]): Pick<Manifest, 'chunks' | 'runs'> {
  const runs = new RunBuilder()
  let at = 0
  chunks.forEach(({ gap, length }, chunk) => {
    at += gap
    runs.add(at * BLOCK, chunk, length * BLOCK)
    at += length
  })
  const digests = Buffer.concat(chunks.map((_, chunk) => sha256(Buffer.of(chunk))))
  return { runs: [runs.runs], chunks: new ChunkTable(digests, Uint32Array.from(chunks, ({ length }) => length * BLOCK)) }
}

const chunks = fc.array(fc.record({ gap: fc.nat(3), length: fc.integer({ min: 1, max: 6 }) }), { maxLength: 15 })
const extents = fc.array(fc.tuple(fc.nat(90), fc.integer({ min: 1, max: 20 })), { maxLength: 8 })
  .map((all) => mergeExtents(all.map(([at, length]) => ({ offset: at * BLOCK, length: length * BLOCK }))))

function blocks(all: readonly Extent[]): Set<number> {
  const found = new Set<number>()
  for (const { offset, length } of all) for (let at = offset; at < offset + length; at += BLOCK) found.add(at / BLOCK)
  return found
}

describe('a volume that was written to', () => {
  test('keeps a chunk exactly when all of it is in use and nothing of it was written to', () => {
    fc.assert(fc.property(chunks, extents, extents, (layout, used, changes) => {
      const manifest = manifestOf(layout)
      const [inUse, changed] = [blocks(used), blocks(changes)]
      let at = 0
      const expected: number[] = []
      layout.forEach(({ gap, length }, chunk) => {
        at += gap
        const own = Array.from({ length }, (_, block) => at + block)
        if (own.every((block) => inUse.has(block) && !changed.has(block))) expected.push(chunk)
        at += length
      })
      expect(Array.from(keptChunks(manifest, 0, used, changes), ({ chunk }) => chunk)).toEqual(expected)
    }), { numRuns: 500 })
  })

  test('is read where nothing is kept: both together are what is in use, once', () => {
    fc.assert(fc.property(chunks, extents, extents, (layout, used, changes) => {
      const kept = [...keptChunks(manifestOf(layout), 0, used, changes)]
      const read = toBeRead(used, kept)
      const both = [...kept, ...read]
      expect(blocks(both)).toEqual(blocks(used))
      expect(both.reduce((sum, { length }) => sum + length, 0)).toBe(used.reduce((sum, { length }) => sum + length, 0))
      expect(read).toEqual(read.toSorted((a, b) => a.offset - b.offset))
    }), { numRuns: 500 })
  })
})
