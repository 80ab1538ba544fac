import { DISK_VOLUME, type DiskLayout, type Incomplete, type VolumeFacts, type VolumeMode } from '#shared/formats/manifest-facts.ts'
import { RunBuilder, type ChunkRun } from '#shared/formats/manifest-runs.ts'
import { toHex } from '#shared/formats/digest.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Figures } from '#shared/domain/operation.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import type { Filesystem } from '#shared/domain/disk.ts'
import { packManifest, sha256 } from './codecs.ts'
import { ChunkIntake } from './chunk-intake.ts'
import { Device, deviceSize } from './device.ts'
import { endOf, mergeExtents, totalLength, type Extent } from './extents.ts'
import { Fingerprint } from './fingerprint.ts'
import { Meter } from './meter.ts'
import type { Packing } from './packing.ts'
import { readChunks } from './read-chunks.ts'
import { SourceReader, type OnReadError } from './source-reader.ts'
import type { CallOptions, ChunkStore, ManifestId } from './store.ts'
import { checkSource } from './used-map/check-source.ts'
import { sectorMap, usedMap, type UsedMap } from './used-map/used-map.ts'

/**
 * Reads of a source that are under way at a time. One would leave the rest of a capture waiting where extents are small; more would leave
 * zstd and the repository waiting on a slow disk, because all of them share libuv's four threads.
 */
const READS = 2

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
  mode: VolumeMode
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
  /** What this revision was made from. */
  parent?: ManifestId | undefined
  store: Pick<ChunkStore, 'locate' | 'putPack'>
  /** `fail` unless said. */
  onReadError?: OnReadError | undefined
  /** Another than the usual one: to measure it. */
  packing?: Packing | undefined
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

/** A volume, and what of it will be read. It is held, so that nobody mounts it, from then until it is read. */
interface PlannedVolume extends UsedMap {
  volume: CaptureVolume
  device: Device
  fingerprint: Fingerprint
}

/** What became of a volume. */
interface ReadVolume {
  facts: VolumeFacts
  runs: ChunkRun[]
}

/**
 * Reads volumes, stores what the store lacks, and returns the manifest. Phases: `map`, `capture`.
 * @throws `dirtyFilesystem` · `hibernated` · `unknownFilesystem` · `filesystem` before anything is read ·
 *   `diskError` with the place · `inUse` · `sourceChanged` · what the store throws
 */
export async function captureVolumes(options: CaptureOptions): Promise<CaptureResult> {
  const plans: PlannedVolume[] = []
  try {
    await planVolumes(options, plans)
    return await capturePlanned(options, plans)
  } finally {
    await Promise.all(plans.map(({ device }) => device.close()))
  }
}

/** @param plans gets each volume as soon as it is held */
async function planVolumes(options: CaptureOptions, plans: PlannedVolume[]): Promise<void> {
  const meter = new Meter('map', options.volumes.length, options.onProgress)
  for (const volume of options.volumes) {
    options.signal?.throwIfAborted()
    plans.push(await planVolume(volume, { signal: options.signal }))
    meter.add(1)
  }
  meter.end()
}

async function planVolume(volume: CaptureVolume, options: CallOptions): Promise<PlannedVolume> {
  await (await openVolume(volume)).close() // not in use; the filesystem's tools want it for themselves
  if (!volume.areas && volume.mode === 'used') await checkSource(volume, options)
  const fingerprint = await Fingerprint.of(volume.path, { shared: volume.number === DISK_VOLUME })
  const map = await mapVolume(volume, options)
  return { volume, device: await openVolume(volume), fingerprint, ...map }
}

async function mapVolume(volume: CaptureVolume, options: CallOptions): Promise<UsedMap> {
  if (!volume.areas && volume.mode === 'used') return usedMap(volume, options)
  const size = await deviceSize(volume.path)
  return volume.areas ? areasMap(volume.path, volume.areas, size) : sectorMap(size)
}

function areasMap(path: string, areas: readonly Extent[], size: number): UsedMap {
  const extents = mergeExtents(areas)
  const end = endOf(extents)
  if (end > size) throw new ClonaulaError('outOfLimit', `${path}: an area ends at ${end}, the device at ${size}`)
  return { mode: 'sector', extents, minimumSize: end }
}

/** Exclusive, but for a whole disk: other partitions of it may well be in use (a cache, the live system's own medium). */
async function openVolume(volume: CaptureVolume): Promise<Device> {
  return Device.open(volume.path, { exclusive: volume.number !== DISK_VOLUME, direct: true })
}

async function capturePlanned(options: CaptureOptions, plans: readonly PlannedVolume[]): Promise<CaptureResult> {
  const { signal, store, onProgress, packing } = options
  const intake = new ChunkIntake({ store, signal, packing })
  const meter = new Meter('capture', plans.reduce((sum, plan) => sum + totalLength(plan.extents), 0), onProgress)
  const volumes: ReadVolume[] = []
  for (const plan of plans) {
    volumes.push(await readVolume(plan, { intake, meter, signal, packing, onReadError: options.onReadError }))
  }
  const { packs, chunks, figures } = await intake.finish()
  meter.end()

  const manifest = await packManifest({
    facts: {
      creator: options.creator,
      created: new Date().toISOString(),
      source: options.source,
      ...(options.parent ? { parent: options.parent } : {}),
      ...(options.disk ? { disk: options.disk } : {}),
      volumes: volumes.map(({ facts }) => facts),
    },
    packs, chunks, runs: volumes.map(({ runs }) => runs),
  })
  return { manifest, id: toHex(sha256(manifest)), figures }
}

interface Reading extends CallOptions {
  intake: ChunkIntake
  meter: Meter
  onReadError: OnReadError | undefined
  packing: Packing | undefined
}

async function readVolume(plan: PlannedVolume, { intake, meter, signal, packing, onReadError }: Reading): Promise<ReadVolume> {
  const runs = new RunBuilder()
  const reader = new SourceReader(plan.device, onReadError)
  for await (const { offset, bytes } of readChunks(reader, plan.extents, { signal, packing, ahead: READS })) {
    runs.add(offset, await intake.add(bytes), bytes.length)
    meter.add(bytes.length)
  }
  await plan.fingerprint.check()
  return { runs: runs.runs, facts: volumeFacts(plan, reader.incomplete) }
}

function volumeFacts(plan: PlannedVolume, incomplete: Incomplete | undefined): VolumeFacts {
  const { volume, device, mode, extents, minimumSize } = plan
  return {
    number: volume.number,
    filesystem: volume.filesystem,
    label: volume.label ?? '',
    uuid: volume.uuid ?? '',
    mode,
    size: device.size,
    used: totalLength(extents),
    minimumSize: volume.minimumSize === undefined ? minimumSize : Math.max(volume.minimumSize, endOf(extents)),
    ...(incomplete ? { incomplete } : {}),
  }
}
