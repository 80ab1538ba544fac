import { ByteReader, ByteWriter, unzigzag, zigzag } from './bytes.ts'
import { BLOCK, type ChunkTable } from './chunk-table.ts'
import type { VolumeFacts } from './manifest-facts.ts'

/**
 * `count` chunks that lie one after another from `offset` of the volume: chunks `chunk`, `chunk + 1`, …,
 * or (`repeated`) the same chunk again and again, as where a disk is empty. All but the last are whole
 * blocks, so that the places of a volume are bounded by its size.
 */
export interface ChunkRun {
  /** Bytes from the start of the volume. */
  offset: number
  /** Index in the chunk table. */
  chunk: number
  count: number
  repeated: boolean
}

/** Bytes of the volume that a run covers. */
export function runLength(run: Omit<ChunkRun, 'offset'>, chunks: ChunkTable): number {
  return run.repeated ? run.count * chunks.length(run.chunk) : chunks.span(run.chunk, run.count)
}

/** The chunks of a run, each with its place in the volume. */
export function* placesOf(run: ChunkRun, chunks: ChunkTable): Generator<{ chunk: number; offset: number }> {
  let offset = run.offset
  for (let at = 0; at < run.count; at += 1) {
    const chunk = run.repeated ? run.chunk : run.chunk + at
    yield { chunk, offset }
    offset += chunks.length(chunk)
  }
}

/**
 * Per volume: how many runs, then for each: gap since the end of the run before · 2·count + repeated ·
 * zigzag of the chunk index, relative to the chunk after the last one used. All varints; gaps cannot be
 * negative, so that overlapping runs cannot be expressed.
 */
export function encodeRuns(volumes: readonly (readonly ChunkRun[])[], chunks: ChunkTable): Uint8Array {
  const writer = new ByteWriter()
  let expected = 0
  for (const runs of volumes) {
    writer.varint(runs.length)
    let end = 0
    for (const run of runs) {
      writer.varint(run.offset - end).varint(run.count * 2 + Number(run.repeated)).varint(zigzag(run.chunk - expected))
      end = run.offset + runLength(run, chunks)
      expected = nextChunk(run)
    }
  }
  return writer.finish()
}

/** @throws `corruptImage` also when runs leave the volume or the table, or do not add up to the volume's `used`. */
export function decodeRuns(bytes: Uint8Array, chunks: ChunkTable, volumes: readonly VolumeFacts[]): ChunkRun[][] {
  const reader = new ByteReader(bytes, 'manifest runs')
  let expected = 0
  const decoded = volumes.map((volume) => {
    const runs: ChunkRun[] = []
    let end = 0
    let used = 0
    for (let left = reader.varint(); left > 0; left -= 1) {
      const run = readRun(reader, end, expected)
      const last = run.repeated ? run.chunk : run.chunk + run.count - 1
      if (run.count === 0 || run.chunk < 0 || last >= chunks.count) throw reader.fail('no such chunk')
      if (run.count > 1 && !chunks.allWhole(run.chunk, run.repeated ? 1 : run.count - 1)) {
        throw reader.fail('part of a block inside a run')
      }
      const length = runLength(run, chunks)
      end = run.offset + length
      used += length
      if (end > volume.size) throw reader.fail('run beyond the end of its volume')
      runs.push(run)
      expected = nextChunk(run)
    }
    if (used !== volume.used) throw reader.fail('runs do not add up to their volume')
    return runs
  })
  reader.end()
  return decoded
}

function readRun(reader: ByteReader, end: number, expected: number): ChunkRun {
  const offset = end + reader.varint()
  const count = reader.varint()
  return { offset, count: Math.floor(count / 2), repeated: count % 2 === 1, chunk: expected + unzigzag(reader.varint()) }
}

function nextChunk(run: ChunkRun): number {
  return run.chunk + (run.repeated ? 1 : run.count)
}

/** Collects chunk after chunk of one volume, in order of offset, into as few runs as it can. */
export class RunBuilder {
  readonly runs: ChunkRun[] = []
  /** Where the next chunk has to lie to continue the last run; undefined after part of a block. */
  #end: number | undefined

  add(offset: number, chunk: number, length: number): void {
    const last = this.runs.at(-1)
    if (last && offset === this.#end && joins(last, chunk)) last.count += 1
    else this.runs.push({ offset, chunk, count: 1, repeated: false })
    this.#end = length % BLOCK === 0 ? offset + length : undefined
  }
}

/** Whether a chunk extends a run; the second chunk of a run decides whether it is a repetition. */
function joins(run: ChunkRun, chunk: number): boolean {
  if (run.count === 1 && chunk === run.chunk) run.repeated = true
  return chunk === (run.repeated ? run.chunk : run.chunk + run.count)
}
