import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Figures } from '#shared/domain/operation.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import { equalBytes } from '#shared/formats/bytes.ts'
import { toHex } from '#shared/formats/digest.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { PARALLEL, readManifest, sha256 } from './codecs.ts'
import { planFetches, type Fetch, type WantedChunk } from './fetch-plan.ts'
import { Meter } from './meter.ts'
import { decodeBlob } from './pack-reader.ts'
import { Places } from './places.ts'
import { prefetch } from './prefetch.ts'
import type { ChunkSource, PackId } from './store.ts'
import { Targets, type RestoreTarget } from './targets.ts'
import { verifyTargets } from './verify-targets.ts'

export type { RestoreTarget } from './targets.ts'

export interface RestoreOptions extends SlowOptions {
  /** The manifest's bytes, e.g. from `source.manifest(id)`. */
  manifest: Uint8Array
  volumes: readonly RestoreTarget[]
  source: ChunkSource
  /** Read back what was written and compare its hashes. */
  verify?: boolean
}

/**
 * Writes volumes; returns only when all is written and flushed, and verified if that was asked for. Every
 * chunk's hash is checked before a byte of it is written. Phases: `plan`, `restore`, `flush`, `verify`.
 * @throws `corruptImage` with the pack and the chunk · `image` no such volume · `partitionTooSmall`, `inUse`, `notFound`
 *   before anything is written · `diskError` with the place · what the source throws
 */
export async function restoreVolumes(options: RestoreOptions): Promise<Figures> {
  const { signal, onProgress, source } = options
  const manifest = await readManifest(options.manifest)
  const targets = await Targets.open(manifest, options.volumes)
  try {
    const planning = new Meter('plan', 0, onProgress)
    const places = new Places(manifest, targets.indexes)
    const plan = await planFetches(source, manifest, places, { signal })
    planning.end()

    const writing = new Restore({ ...options, manifest, targets, places })
    const figures = await writing.run(plan.fetches)
    const flushing = new Meter('flush', 0, onProgress)
    await targets.flush()
    flushing.end()
    const bytesRead = options.verify ? await verifyTargets(manifest, targets, options) : 0
    return { ...figures, bytesRead, bytesReceived: figures.bytesReceived + plan.received }
  } finally {
    await targets.close()
  }
}

interface RestoreParts extends Omit<RestoreOptions, 'manifest'> {
  manifest: Manifest
  targets: Targets
  places: Places
}

/** Fetches blobs in the order of the packs, checks them, and writes their chunks to all their places. */
class Restore {
  readonly #parts: RestoreParts
  readonly #meter: Meter
  readonly #figures: Figures = { bytesRead: 0, bytesReceived: 0, bytesSent: 0, bytesWritten: 0 }

  constructor(parts: RestoreParts) {
    this.#parts = parts
    this.#meter = new Meter('restore', parts.targets.totalBytes(parts.manifest), parts.onProgress)
  }

  async run(fetches: readonly Fetch[]): Promise<Figures> {
    const { signal } = this.#parts
    for await (const blobs of prefetch(fetches, PARALLEL + 1, (fetch) => this.#fetch(fetch))) {
      for (const { chunks, plain } of blobs) {
        signal?.throwIfAborted()
        await this.#write(chunks, plain)
      }
    }
    this.#meter.end()
    return this.#figures
  }

  /** Gets a range and gives back its wanted chunks, decoded and checked. */
  async #fetch(fetch: Fetch): Promise<{ chunks: WantedChunk[]; plain: Uint8Array }[]> {
    const { source, signal } = this.#parts
    signal?.throwIfAborted()
    const bytes = await source.packRange(fetch.pack, fetch.offset, fetch.length, { signal })
    this.#figures.bytesReceived += bytes.length
    const decoded = []
    for (const { blob, chunks } of fetch.blobs) {
      const start = blob.offset - fetch.offset
      const plain = await decodeBlob(fetch.pack, blob, bytes.subarray(start, start + blob.stored))
      this.#check(fetch.pack, chunks, plain)
      decoded.push({ chunks, plain })
    }
    return decoded
  }

  #check(pack: PackId, chunks: readonly WantedChunk[], plain: Uint8Array): void {
    for (const { chunk, start, length } of chunks) {
      const expected = this.#parts.manifest.chunks.digest(chunk)
      if (equalBytes(sha256(plain.subarray(start, start + length)), expected)) continue
      throw new ClonaulaError('corruptImage', `pack ${pack}: chunk ${toHex(expected)} is damaged`,
        { pack, chunk: toHex(expected) })
    }
  }

  async #write(chunks: readonly WantedChunk[], plain: Uint8Array): Promise<void> {
    const { places, targets } = this.#parts
    for (const { volume, offset, start, length } of joinWrites(places, chunks)) {
      await targets.write(volume, plain.subarray(start, start + length), offset)
      this.#figures.bytesWritten += length
      this.#meter.add(length)
    }
  }
}

interface Write {
  volume: number
  /** On the volume. */
  offset: number
  /** In the blob. */
  start: number
  length: number
}

/** The writes for some chunks of a blob; those that are neighbours both in the blob and on the volume are one. */
function joinWrites(places: Places, chunks: readonly WantedChunk[]): Write[] {
  const writes: Write[] = []
  for (const { chunk, start, length } of chunks) {
    places.visit(chunk, (volume, offset) => {
      const last = writes.at(-1)
      const follows = last?.volume === volume && last.start + last.length === start && last.offset + last.length === offset
      if (last && follows) last.length += length
      else writes.push({ volume, offset, start, length })
    })
  }
  return writes
}
