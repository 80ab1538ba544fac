import { DISK_VOLUME, type CaptureMode, type DiskLayout, type VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { RunBuilder, type ChunkRun } from '#shared/formats/manifest-runs.ts'
import { toHex } from '#shared/formats/digest.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Figures } from '#shared/domain/operation.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import type { Filesystem } from '#shared/domain/disk.ts'
import { packManifest, sha256 } from './codecs.ts'
import { ChunkIntake } from './chunk-intake.ts'
import { Device } from './device.ts'
import { endOf, mergeExtents, totalLength, type Extent } from './extents.ts'
import { Meter } from './meter.ts'
import { readChunks } from './read-chunks.ts'
import type { CallOptions, ChunkStore, ManifestId } from './store.ts'
import { checkSource } from './used-map/check-source.ts'
import { sectorMap, usedMap, type UsedMap } from './used-map/used-map.ts'

export interface CaptureVolume {
  /** Partition number; `DISK_VOLUME` (0) for boot areas of the disk itself, which then needs `areas`. */
  number: number
  /** Block device or plain file. */
  path: string
  filesystem: Filesystem
  label?: string
  /** The filesystem's identifier. */
  uuid?: string
  /** `used` falls back to `sector` where no tool knows the filesystem; the manifest says which it was. */
  mode: CaptureMode
  /** Exactly these bytes, whatever is in use; always `sector` mode. */
  areas?: readonly Extent[]
  /** When the caller knows better than the filesystem's own size; never less than the last byte in use. */
  minimumSize?: number
}

export interface CaptureOptions extends SlowOptions {
  volumes: readonly CaptureVolume[]
  disk?: DiskLayout | undefined
  /** Program and version. */
  creator: string
  /** The computer, in words. */
  source: string
  store: Pick<ChunkStore, 'locate' | 'putPack'>
}

export interface CaptureFigures extends Figures {
  /** Different chunks that the image refers to, and how many of them were new to the store. */
  chunks: number
  newChunks: number
  /** Plain bytes of the new chunks. */
  newBytes: number
}

export interface CaptureResult {
  /** To be given to `store.publish`; nothing refers to the stored packs until then. */
  manifest: Uint8Array
  id: ManifestId
  figures: CaptureFigures
}

/** A volume, and what of it will be read. */
interface PlannedVolume extends UsedMap {
  volume: CaptureVolume
  size: number
}

/**
 * Reads volumes, stores what the store lacks, and returns the manifest. Phases: `map`, `capture`.
 * @throws `dirtyFilesystem` · `hibernated` · `unknownFilesystem` · `filesystem` before anything is read ·
 *   `diskError` with the place · `inUse` · what the store throws
 */
export async function captureVolumes(options: CaptureOptions): Promise<CaptureResult> {
  const { signal, store, onProgress } = options
  const plans = await planVolumes(options)
  const intake = new ChunkIntake({ store, signal })
  const meter = new Meter('capture', plans.reduce((sum, plan) => sum + totalLength(plan.extents), 0), onProgress)
  const runs: ChunkRun[][] = []
  for (const plan of plans) runs.push(await captureVolume(plan, intake, meter, { signal }))
  const { packs, chunks, figures } = await intake.finish()
  meter.end()

  const manifest = await packManifest({
    facts: {
      creator: options.creator,
      created: new Date().toISOString(),
      source: options.source,
      ...(options.disk ? { disk: options.disk } : {}),
      volumes: plans.map(volumeFacts),
    },
    packs, chunks, runs,
  })
  return { manifest, id: toHex(sha256(manifest)), figures }
}

async function planVolumes(options: CaptureOptions): Promise<PlannedVolume[]> {
  const meter = new Meter('map', options.volumes.length, options.onProgress)
  const plans: PlannedVolume[] = []
  for (const volume of options.volumes) {
    options.signal?.throwIfAborted()
    plans.push(await planVolume(volume, { signal: options.signal }))
    meter.add(1)
  }
  meter.end()
  return plans
}

async function planVolume(volume: CaptureVolume, options: CallOptions): Promise<PlannedVolume> {
  const device = await openVolume(volume)
  const { size } = device
  await device.close() // the filesystem's tools want it for themselves
  if (volume.areas) return { volume, size, ...areasMap(volume.path, volume.areas, size) }
  if (volume.mode === 'sector') return { volume, size, ...sectorMap(size) }
  await checkSource(volume, options)
  return { volume, size, ...(await usedMap(volume, options)) }
}

function areasMap(path: string, areas: readonly Extent[], size: number): UsedMap {
  const extents = mergeExtents(areas)
  const end = endOf(extents)
  if (end > size) throw new ClonaulaError('outOfLimit', `${path}: an area ends at ${end}, the device at ${size}`)
  return { mode: 'sector', extents, minimumSize: end }
}

async function captureVolume(
  plan: PlannedVolume, intake: ChunkIntake, meter: Meter, options: CallOptions,
): Promise<ChunkRun[]> {
  const { volume, extents } = plan
  const device = await openVolume(volume)
  try {
    const runs = new RunBuilder()
    for await (const { offset, bytes } of readChunks(device, extents, options)) {
      runs.add(offset, await intake.add(bytes), bytes.length)
      meter.add(bytes.length)
    }
    return runs.runs
  } finally {
    await device.close()
  }
}

/** Exclusive, but for a whole disk: other partitions of it may well be in use (a cache, the live system's own medium). */
async function openVolume(volume: CaptureVolume): Promise<Device> {
  return Device.open(volume.path, { exclusive: volume.number !== DISK_VOLUME })
}

function volumeFacts({ volume, size, mode, extents, minimumSize }: PlannedVolume): VolumeFacts {
  return {
    number: volume.number,
    filesystem: volume.filesystem,
    label: volume.label ?? '',
    uuid: volume.uuid ?? '',
    mode,
    size,
    used: totalLength(extents),
    minimumSize: volume.minimumSize === undefined ? minimumSize : Math.max(volume.minimumSize, endOf(extents)),
  }
}
