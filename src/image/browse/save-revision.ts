import type { Manifest } from '#shared/formats/manifest.ts'
import { DISK_VOLUME, type VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { placesOf, RunBuilder, runLength, type ChunkRun } from '#shared/formats/manifest-runs.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import type { CaptureFigures } from '../capture.ts'
import { ChunkIntake } from '../chunk-intake.ts'
import { packManifest } from '../codecs.ts'
import { alignExtents, endOf, mergeExtents, totalLength, type Extent } from '../extents.ts'
import { Meter } from '../meter.ts'
import { readChunks, type ReadChunk } from '../read-chunks.ts'
import type { ImageRef } from '../repository/refs.ts'
import { checkSource } from '../used-map/check-source.ts'
import { usedMap } from '../used-map/used-map.ts'
import type { CallOptions } from '../store.ts'
import type { Overlay } from './overlay.ts'
import type { OpenRevision } from './revision.ts'
import { keptChunks, toBeRead, type KeptChunk } from './volume-runs.ts'

/** A volume that was written to; nobody has it mounted any more. */
export interface EditedVolume {
  number: number
  overlay: Overlay
  /** The same as a plain file, for its filesystem's tools. */
  path: string
}

export interface SaveOptions extends SlowOptions {
  revision: OpenRevision
  volumes: readonly EditedVolume[]
  /** Program and version. */
  creator: string
  description: string
}

export interface SavedRevision {
  ref: ImageRef
  figures: CaptureFigures
}

/** An edited volume, and what has to be done for it. */
interface Plan {
  volume: EditedVolume
  facts: VolumeFacts
  kept: () => Iterable<KeptChunk>
  read: Extent[]
}

/**
 * Makes a revision, the next one of the same image, of what was written to another: only chunks that were written to, and
 * what came into use, are read and stored; all others are referred to. Phases: `map`, `capture`.
 * @throws `dirtyFilesystem` · `hibernated` · `unknownFilesystem` · `filesystem` · `noSpace` · `corruptImage` …; nothing is published then
 */
export async function saveRevision(options: SaveOptions): Promise<SavedRevision> {
  const { revision, volumes, signal, onProgress } = options
  const { repository, ref, manifest } = revision
  const mapping = new Meter('map', volumes.length, onProgress)
  const plans = new Map<number, Plan>()
  for (const volume of volumes) {
    plans.set(volume.number, await planVolume(manifest, volume, { signal }))
    mapping.add(1)
  }
  mapping.end()
  const intake = new ChunkIntake({ store: repository, signal })
  const meter = new Meter('capture', [...plans.values()].reduce((sum, { read }) => sum + totalLength(read), 0), onProgress)
  const runs: ChunkRun[][] = []
  for (const [index, { number }] of manifest.facts.volumes.entries()) {
    const plan = plans.get(number)
    runs.push(await (plan ? writeRuns(manifest, plan, intake, meter, { signal }) : copyRuns(manifest, index, intake)))
  }
  const { packs, chunks, figures } = await intake.finish()
  meter.end()
  const facts = {
    ...manifest.facts,
    creator: options.creator,
    created: new Date().toISOString(),
    parent: ref.manifest,
    volumes: manifest.facts.volumes.map((volume) => plans.get(volume.number)?.facts ?? volume),
  }
  const bytes = await packManifest({ facts, packs, chunks, runs })
  signal?.throwIfAborted()
  const id = await repository.publish(bytes)
  const saved = await repository.addRevision({ image: ref.image, parent: ref.revision, manifest: id, description: options.description })
  return { ref: saved, figures }
}

async function planVolume(manifest: Manifest, volume: EditedVolume, options: CallOptions): Promise<Plan> {
  const index = manifest.facts.volumes.findIndex(({ number }) => number === volume.number)
  const before = manifest.facts.volumes[index]!
  const changes = volume.overlay.changes()
  const { extents, minimumSize } = await coverage(manifest, index, volume, changes, options)
  const kept = () => keptChunks(manifest, index, extents, changes)
  const facts = { ...before, used: totalLength(extents), minimumSize: Math.max(minimumSize, endOf(extents)) }
  return { volume, facts, kept, read: toBeRead(extents, kept()) }
}

/** What of a volume is part of the image now: what is in use, or, where nobody can tell, what was part of it and what was written. */
async function coverage(
  manifest: Manifest, index: number, { path }: EditedVolume, changes: readonly Extent[], options: CallOptions,
): Promise<{ extents: Extent[]; minimumSize: number }> {
  const { number, filesystem, mode, size, minimumSize } = manifest.facts.volumes[index]!
  if (mode === 'used' && filesystem !== 'swap') {
    await checkSource({ path, filesystem }, options)
    return usedMap({ path, filesystem }, options)
  }
  const before = manifest.runs[index]!.map((run) => ({ offset: run.offset, length: runLength(run, manifest.chunks) }))
  // Around the boot areas lies the partition table, which is no part of them.
  const written = number === DISK_VOLUME ? [] : alignExtents(changes, size)
  return { extents: mergeExtents([...before, ...written]), minimumSize }
}

/** The chunks of an edited volume: those that are kept by their hashes, the others by their bytes, in order. */
async function writeRuns(
  manifest: Manifest, { volume, kept, read }: Plan, intake: ChunkIntake, meter: Meter, options: CallOptions,
): Promise<ChunkRun[]> {
  const runs = new RunBuilder()
  const chunks = readChunks(volume.overlay, read, options)
  const store = async ({ offset, bytes }: ReadChunk): Promise<void> => {
    runs.add(offset, await intake.add(bytes), bytes.length)
    meter.add(bytes.length)
  }
  let next = await chunks.next()
  for (const { chunk, offset, length } of kept()) {
    for (; !next.done && next.value.offset < offset; next = await chunks.next()) await store(next.value)
    runs.add(offset, await intake.refer(manifest.chunks.digest(chunk), length), length)
  }
  for (; !next.done; next = await chunks.next()) await store(next.value)
  return runs.runs
}

/** A volume that nobody touched, as it is. */
async function copyRuns(manifest: Manifest, index: number, intake: ChunkIntake): Promise<ChunkRun[]> {
  const runs = new RunBuilder()
  for (const run of manifest.runs[index]!) {
    for (const { chunk, offset } of placesOf(run, manifest.chunks)) {
      const length = manifest.chunks.length(chunk)
      runs.add(offset, await intake.refer(manifest.chunks.digest(chunk), length), length)
    }
  }
  return runs.runs
}
