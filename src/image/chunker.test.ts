import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { BLOCK } from '#shared/formats/chunk-table.ts'
import { chunkEnd, MAX_BLOCKS } from './chunker.ts'

/** The same bytes on every run. */
function data(seed: string, blocks: number): Buffer {
  const block = (at: number) => Buffer.alloc(BLOCK, createHash('sha512').update(`${seed} ${at}`).digest())
  return Buffer.concat(Array.from({ length: blocks }, (_, at) => block(at)))
}

function cut(bytes: Uint8Array): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = chunkEnd(bytes, at, true)
    chunks.push(Buffer.from(bytes.subarray(at, end)))
    at = end
  }
  return chunks
}

describe('chunkEnd', () => {
  test('makes chunks of 2 to 128 blocks, 8 on average', () => {
    const chunks = cut(data('a', 8192))
    const blocks = chunks.slice(0, -1).map((chunk) => chunk.length / BLOCK)
    expect(Math.min(...blocks)).toBeGreaterThanOrEqual(2)
    expect(Math.max(...blocks)).toBeLessThanOrEqual(MAX_BLOCKS)
    const mean = blocks.reduce((sum, length) => sum + length, 0) / blocks.length
    expect(mean).toBeGreaterThan(7)
    expect(mean).toBeLessThan(9.5)
  })

  test('finds the same chunks after other data, but for the first ones', () => {
    const file = data('file', 2000)
    const alone = new Set(cut(file).map((chunk) => chunk.toString('latin1')))
    const shifted = cut(Buffer.concat([data('other', 333), file]))
    const same = shifted.filter((chunk) => alone.has(chunk.toString('latin1')))
    expect(Buffer.concat(same).length / file.length).toBeGreaterThan(0.97)
  })

  test('waits for more where more can decide', () => {
    const bytes = data('b', 300)
    const end = chunkEnd(bytes, 0, true)
    expect(chunkEnd(bytes.subarray(0, end - 1), 0, false)).toBe(-1)
    expect(chunkEnd(bytes.subarray(0, end), 0, false)).toBe(end)
    expect(chunkEnd(bytes.subarray(0, end - 1), 0, true)).toBe(end - 1)
    expect(chunkEnd(bytes, bytes.length, true)).toBe(-1)
  })

  test('gives empty space the longest chunks', () => {
    expect(chunkEnd(new Uint8Array(200 * BLOCK), 0, false)).toBe(MAX_BLOCKS * BLOCK)
  })
})
