import type { SlowOptions } from '#shared/domain/progress.ts'
import { toHex } from '#shared/formats/digest.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { PARALLEL, readManifest, sha256 } from './codecs.ts'
import { planFetches, stillWanted, type Fetch, type FetchPlan } from './fetch-plan.ts'
import { Meter } from './meter.ts'
import { Places } from './places.ts'
import { prefetch } from './prefetch.ts'
import { CheckedFetch } from './restore/checked-fetch.ts'
import { Checkpoints, type CheckpointInterval } from './restore/checkpoints.ts'
import { ChunkWriter } from './restore/chunk-writer.ts'
import { discardUnused } from './restore/discard.ts'
import { OpenPlaces } from './restore/open-places.ts'
import type { RecordState } from './restore/record.ts'
import { noResult, type RestoreResult } from './restore/result.ts'
import { scanTargets, type Scan } from './restore/scan-targets.ts'
import type { TargetVolume } from './restore/target-volume.ts'
import { withoutSpared } from './restore/sparing.ts'
import { Targets, type OpenTarget, type RestoreTarget } from './restore/targets.ts'
import { verifyTargets } from './restore/verify-targets.ts'
import type { ChunkSource } from './store.ts'

/** Ranges of packs that are fetched, decoded and checked while one is written. */
const AHEAD = PARALLEL + 2

export type { RestoreTarget } from './restore/targets.ts'

/**
 * How a restore gets the ranges that it lacks. `wanted`: all that it may ask for, in the order in which it will. `fetch` asks a source for
 * them, from the one at `from` on and then for those before it, and writes what comes. It may be called again, with another source, for
 * what is still missing.
 */
export type FetchPhase = (wanted: readonly PackRange[], fetch: (source: ChunkSource, from?: number) => Promise<void>) => Promise<void>

/** Some bytes of a pack. */
export type PackRange = Pick<Fetch, 'pack' | 'offset' | 'length'>

export interface RestoreOptions extends SlowOptions {
  /** The manifest's bytes, e.g. from `source.manifest(id)`. */
  manifest: Uint8Array
  volumes: readonly RestoreTarget[]
  source: ChunkSource
  /** By way of what ranges of packs come; of `source`, unless said. */
  fetching?: FetchPhase | undefined
  /** Hash what the targets hold, unless a sample says that it is something else, and fetch and write only what differs. */
  delta?: boolean | undefined
  /** Read back what was written and compare its hashes, before anything can be taken for a filesystem. */
  verify?: boolean | undefined
  /** Tell the devices what the image does not use (TRIM); those that take no such thing are named in the result. */
  discard?: boolean | undefined
  /** How often the records are renewed by which a restore that was killed goes on. */
  checkpoints?: CheckpointInterval | undefined
  /** Called when what a target held begins to be replaced. */
  onBegin?: ((target: BegunTarget) => void) | undefined
  /** How targets are opened; as devices and files by default. */
  openTarget?: OpenTarget | undefined
}

export interface BegunTarget {
  path: string
  /** Whether an earlier restore of it goes on. */
  resumed: boolean
}

/**
 * Writes volumes; returns only when all is written and flushed, and verified if that was asked for. Every chunk's hash is
 * checked before a byte of it is written. A target looks like nothing until all of it is there; when this process is killed, or the power
 * fails, the same call goes on from what was recorded on the targets. Phases: `scan`, `plan`, `restore`, `flush`, `verify`.
 * @throws `corruptImage` with the pack and the chunk · `image` no such volume · `partitionTooSmall`, `inUse`, `notFound`,
 *   `noWriteAccess` before anything is written · `diskError` with the place · what the source throws
 */
export async function restoreVolumes(options: RestoreOptions): Promise<RestoreResult> {
  const manifest = withoutSpared(await readManifest(options.manifest), options.volumes)
  const targets = await Targets.open(manifest, toHex(sha256(options.manifest)), options.volumes, options.openTarget)
  try {
    return await new Restore(options, manifest, targets).run()
  } finally {
    await targets.close()
  }
}

/** One restore, from what is there to what shall be there. */
class Restore {
  readonly #options: RestoreOptions
  readonly #manifest: Manifest
  readonly #targets: Targets
  readonly #open: OpenPlaces
  readonly #result = noResult()

  constructor(options: RestoreOptions, manifest: Manifest, targets: Targets) {
    this.#options = options
    this.#manifest = manifest
    this.#targets = targets
    this.#open = new OpenPlaces(new Places(manifest, targets.indexes))
  }

  async run(): Promise<RestoreResult> {
    const { read, compared } = await scanTargets(this.#manifest, await this.#resume(), this.#open, this.#options)
    this.#result.bytesRead += read
    const plan = await this.#plan()
    // What there is nothing to do for is not touched.
    const volumes = this.#targets.volumes.filter((volume) => volume.begun || this.#open.inVolume(volume.position))
    for (const volume of volumes) await this.#begin(volume, compared.includes(volume))
    if (this.#options.discard) await this.#discard()
    await this.#write(volumes, plan)
    await this.#finish(volumes)
    return this.#result
  }

  /** Takes up what an earlier restore left. @returns what has to be read because some of it may be right */
  async #resume(): Promise<readonly Scan[]> {
    const { volumes } = this.#targets
    const states = new Map<TargetVolume, RecordState | undefined>()
    for (const volume of volumes) states.set(volume, await volume.resume(this.#open))
    const resumed = volumes.some(({ begun }) => begun)
    this.#result.resumed = resumed
    // Beside a volume that is resumed, one without a record may well be finished already.
    const partial = (volume: TargetVolume): boolean => states.get(volume) === 'partial' || (resumed && states.get(volume) === undefined)
    return volumes.map((volume) => ({ volume, whole: partial(volume) })).filter(({ whole }) => whole || this.#options.delta)
  }

  async #begin(volume: TargetVolume, partial: boolean): Promise<void> {
    this.#options.signal?.throwIfAborted()
    this.#options.onBegin?.({ path: volume.device.path, resumed: volume.begun })
    await volume.begin(partial, this.#targets.used(volume.position))
  }

  async #plan(): Promise<FetchPlan> {
    const meter = new Meter('plan', 0, this.#options.onProgress)
    const plan = await planFetches(this.#options.source, this.#manifest, this.#open, { signal: this.#options.signal })
    this.#result.bytesReceived += plan.received
    meter.end()
    return plan
  }

  async #discard(): Promise<void> {
    for (const volume of this.#targets.volumes) {
      if (volume.headLength === 0) continue // the disk itself: the rest of it is not its own
      const discarded = await discardUnused(volume, this.#targets.used(volume.position), this.#options)
      if (discarded === undefined) this.#result.undiscarded.push(volume.device.path)
      else this.#result.bytesDiscarded += discarded
    }
  }

  async #write(volumes: readonly TargetVolume[], plan: FetchPlan): Promise<void> {
    const meter = new Meter('restore', this.#targets.totalBytes, this.#options.onProgress)
    this.#result.bytesKept = this.#targets.totalBytes - this.#openBytes()
    meter.add(this.#result.bytesKept)
    const checkpoints = new Checkpoints(volumes, this.#open, this.#options.checkpoints)
    const writer = new ChunkWriter({ manifest: this.#manifest, volumes: this.#targets.volumes, open: this.#open, checkpoints, meter })
    try {
      await writer.copy(this.#options)
      await this.#fetchAll([...stillWanted(plan.fetches, this.#open)], writer)
      await checkpoints.settle()
    } catch (cause) {
      await checkpoints.last()
      throw cause
    }
    meter.end()
    this.#result.bytesWritten += writer.written
    this.#result.bytesRead += writer.read
  }

  #openBytes(): number {
    let bytes = 0
    for (const { position } of this.#targets.volumes) {
      for (const { place, chunk } of this.#open.places.inOrder(position)) {
        if (this.#open.isOpen(place)) bytes += this.#manifest.chunks.length(chunk)
      }
    }
    return bytes
  }

  /** Fetches blobs in the order of the packs. */
  async #fetchAll(fetches: readonly Fetch[], writer: ChunkWriter): Promise<void> {
    const { fetching, source } = this.#options
    const fetch = (from: ChunkSource, first = 0): Promise<void> =>
      this.#fetchFrom(from, [...fetches.slice(first), ...fetches.slice(0, first)], writer)
    await (fetching ? fetching(fetches, fetch) : fetch(source))
  }

  /** Has the chunks of blobs written, of those that are still missing when their turn comes. */
  async #fetchFrom(source: ChunkSource, fetches: readonly Fetch[], writer: ChunkWriter): Promise<void> {
    const { signal } = this.#options
    const fetcher = new CheckedFetch({ source, manifest: this.#manifest, signal })
    try {
      for await (const fetched of prefetch(stillWanted(fetches, this.#open), AHEAD, (fetch) => fetcher.get(fetch))) {
        using checked = fetched
        signal?.throwIfAborted()
        await writer.write(checked.chunks, checked.plain)
      }
    } finally {
      this.#result.bytesReceived += fetcher.received
    }
  }

  /** Flushes, verifies, and only then lets the targets look like what they are. */
  async #finish(volumes: readonly TargetVolume[]): Promise<void> {
    const { onProgress, verify } = this.#options
    const flushing = new Meter('flush', 0, onProgress)
    for (const volume of volumes) await volume.writeHead()
    flushing.end()
    if (verify) this.#result.bytesRead += await verifyTargets(this.#manifest, this.#targets, this.#open.places, this.#options)
    for (const volume of volumes) await volume.finish()
    if (verify) for (const volume of volumes) await volume.verifySector()
  }
}
