import { ClonaulaError } from '../domain/errors.ts'
import { ByteReader, ByteWriter, unzigzag, zigzag } from './bytes.ts'
import { BLOCK, type ChunkTable } from './chunk-table.ts'
import type { VolumeFacts } from './manifest-facts.ts'

/** Runs that an image may have, all volumes together: 64 MiB of them in memory. A disk in a million pieces has a quarter. */
export const MAX_RUNS = 4 * 1024 * 1024
/** Places of chunks that an image may have, repetitions counted: what walks through all of them comes to an end. */
export const MAX_PLACES = 64 * 1024 * 1024
/** The fewest bytes that a run is written in. */
const LEAST_RUN = 3

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

/** The runs of a volume, ordered by offset and without overlaps: an array of them, or `RunTable`. */
export interface RunList extends Iterable<ChunkRun> {
  readonly length: number
  at(index: number): ChunkRun | undefined
  map<T>(make: (run: ChunkRun) => T): T[]
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
 * @throws `outOfLimit` more runs or places than an image may have
 */
export function encodeRuns(volumes: readonly RunList[], chunks: ChunkTable): Uint8Array {
  const writer = new ByteWriter()
  const budget = new Budget((problem) => new ClonaulaError('outOfLimit', `manifest runs: ${problem}`, { problem }))
  let expected = 0
  for (const runs of volumes) {
    budget.spendRuns(runs.length)
    writer.varint(runs.length)
    let end = 0
    for (const run of runs) {
      budget.spendPlaces(run.count)
      writer.varint(run.offset - end).varint(run.count * 2 + Number(run.repeated)).varint(zigzag(run.chunk - expected))
      end = run.offset + runLength(run, chunks)
      expected = nextChunk(run)
    }
  }
  return writer.finish()
}

/**
 * @throws `corruptImage` also when runs leave the volume or the table, do not add up to the volume's `used`, or are more than an
 *   image may have: before there is room made for them
 */
export function decodeRuns(bytes: Uint8Array, chunks: ChunkTable, volumes: readonly VolumeFacts[]): RunTable[] {
  const reader = new ByteReader(bytes, 'manifest runs')
  const budget = new Budget((problem) => reader.fail(problem))
  let expected = 0
  const decoded = volumes.map((volume) => {
    const count = reader.varint()
    if (count > reader.remaining / LEAST_RUN) throw reader.fail('ends too early')
    budget.spendRuns(count)
    const runs = new RunTable(count)
    let end = 0
    let used = 0
    for (let at = 0; at < count; at += 1) {
      const run = readRun(reader, end, expected)
      const last = run.repeated ? run.chunk : run.chunk + run.count - 1
      if (run.count === 0 || run.chunk < 0 || last >= chunks.count) throw reader.fail('no such chunk')
      if (run.count > 1 && !chunks.allWhole(run.chunk, run.repeated ? 1 : run.count - 1)) {
        throw reader.fail('part of a block inside a run')
      }
      budget.spendPlaces(run.count)
      const length = runLength(run, chunks)
      end = run.offset + length
      used += length
      if (end > volume.size) throw reader.fail('run beyond the end of its volume')
      runs.set(at, run)
      expected = nextChunk(run)
    }
    if (used !== volume.used) throw reader.fail('runs do not add up to their volume')
    return runs
  })
  reader.end()
  return decoded
}

/** How many runs and places an image may still have. */
class Budget {
  readonly #refusal: (problem: string) => Error
  #runs = MAX_RUNS
  #places = MAX_PLACES

  constructor(refusal: (problem: string) => Error) {
    this.#refusal = refusal
  }

  spendRuns(count: number): void {
    this.#runs -= count
    if (this.#runs < 0) throw this.#refusal(`more than ${MAX_RUNS} runs`)
  }

  spendPlaces(count: number): void {
    this.#places -= count
    if (this.#places < 0) throw this.#refusal(`more than ${MAX_PLACES} places of chunks`)
  }
}

function readRun(reader: ByteReader, end: number, expected: number): ChunkRun {
  const offset = end + reader.varint()
  const count = reader.varint()
  return { offset, count: Math.floor(count / 2), repeated: count % 2 === 1, chunk: expected + unzigzag(reader.varint()) }
}

function nextChunk(run: ChunkRun): number {
  return run.chunk + (run.repeated ? 1 : run.count)
}

/**
 * Runs in flat arrays, 16 bytes each: as objects they would take five times that of a client's memory, and whoever may publish
 * a manifest could have his console make millions of them out of a few hundred compressed bytes.
 */
export class RunTable implements RunList {
  readonly #offsets: Float64Array
  readonly #chunks: Uint32Array
  /** 2·count + repeated. */
  readonly #counts: Uint32Array
  readonly length: number

  /** @param length runs, each of which has to be `set` */
  constructor(length: number) {
    this.length = length
    this.#offsets = new Float64Array(length)
    this.#chunks = new Uint32Array(length)
    this.#counts = new Uint32Array(length)
  }

  set(index: number, { offset, chunk, count, repeated }: ChunkRun): void {
    this.#offsets[index] = offset
    this.#chunks[index] = chunk
    this.#counts[index] = count * 2 + Number(repeated)
  }

  at(index: number): ChunkRun | undefined {
    const at = index < 0 ? this.length + index : index
    const counts = this.#counts[at]
    if (counts === undefined) return undefined
    return { offset: this.#offsets[at]!, chunk: this.#chunks[at]!, count: counts >>> 1, repeated: (counts & 1) === 1 }
  }

  map<T>(make: (run: ChunkRun) => T): T[] {
    return Array.from(this, make)
  }

  *[Symbol.iterator](): Generator<ChunkRun> {
    for (let at = 0; at < this.length; at += 1) yield this.at(at)!
  }
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
