import type { Filesystem } from '#shared/domain/disk.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { DiskLayout } from '#shared/formats/manifest-facts.ts'
import { captureVolumes, type CaptureOptions, type CaptureResult, type CaptureVolume } from '../capture.ts'
import { Device } from '../device.ts'
import { localDisks } from '../disk/local-disks.ts'
import { thisMachine, type Machine } from '../disk/machine.ts'
import { partOf, planCapture, volumeOf, type CaptureIntent, type Part } from '../disk/plan-capture.ts'
import type { SourceNote } from '../filesystem/notes.ts'
import { prepareSource, type PreparedSource } from '../filesystem/prepare-source.ts'
import { Fingerprint } from '../fingerprint.ts'
import { AttachedDisk } from './attached-disk.ts'
import { findPlace, type VolumePlace } from './place.ts'

/**
 * `filesystem`: cleaned and shrunk first, then what is in use · `used`: what is in use, as it is · `sector`: everything.
 * What has no filesystem that is known is taken sector by sector in any of them.
 */
export type SourceMode = 'filesystem' | 'used' | 'sector'
export const SOURCE_MODES = ['filesystem', 'used', 'sector'] as const satisfies readonly SourceMode[]

/** A partition, or what stands for one, and how it is read. */
export interface SourcePart {
  /** Device or file; a partition of a disk in a file has the loop device's. */
  path: string
  filesystem: Filesystem
  label: string
  size: number
  part: Part
}

export interface CaptureJob
  extends SlowOptions, Pick<CaptureOptions, 'creator' | 'source' | 'store' | 'parent' | 'onReadError'>, PrepareChoice {
  /** Partition, disk, loop device, or a plain file of a filesystem or of a disk. */
  path: string
  machine?: Machine | undefined
  /** What is going to be read, before anything is done. */
  onPlan?: ((parts: readonly SourcePart[]) => void) | undefined
  onNote?: ((note: SourceNote) => void) | undefined
}

interface PrepareChoice {
  mode: SourceMode
  /** Take page files and the like away first; only in mode `filesystem`. */
  clean: boolean
  /** Shrink filesystems while they are read; only in mode `filesystem`. */
  shrink: boolean
}

interface SourcePlan {
  volumes: readonly CaptureVolume[]
  layout?: DiskLayout | undefined
  parts: readonly SourcePart[]
}

/**
 * Captures what a person names. Sources are brought back to what they were, whatever happens. Phases: those of
 * `prepareSource` and `captureVolumes`.
 * @throws `notFound` · `invalidRequest` · `noWriteAccess` a disk in a file, and not root · `noUsablePartition` · what `prepareSource` and
 *   `captureVolumes` throw
 */
export async function captureSource(job: CaptureJob): Promise<CaptureResult> {
  const machine = job.machine ?? thisMachine()
  const place = await findPlace(machine, job.path)
  if (place.kind === 'volume') return capturePlan(await planVolume(machine, place, job.mode), job)
  const intent: CaptureIntent = { source: { disk: 1 }, mode: engineMode(job.mode) }
  if (place.block) return capturePlan(await planPlace(machine, place.path, intent), job)
  await using disk = await AttachedDisk.attach(machine, place.path)
  const flush = () => machine.run(['blockdev', '--flushbufs', disk.device])
  return await capturePlan(await planPlace(machine, disk.device, intent), job, { path: place.path, flush })
}

const engineMode = (mode: SourceMode): CaptureIntent['mode'] => (mode === 'sector' ? 'sector' : 'used')

async function planPlace(machine: Machine, disk: string, intent: CaptureIntent): Promise<SourcePlan> {
  const { volumes, layout, parts } = planCapture(await localDisks(machine, [disk]), intent)
  return {
    volumes, layout,
    parts: parts.map(({ partition: { filesystem, label, size }, device, part }) => ({ path: device, filesystem, label, size, part })),
  }
}

async function planVolume(machine: Machine, place: VolumePlace, mode: SourceMode): Promise<SourcePlan> {
  const { path, size, partition, probe } = place
  if (partition) {
    return planPlace(machine, partition.disk, { source: { disk: 1, partition: partition.number }, mode: engineMode(mode) })
  }
  await (await Device.open(path, { exclusive: true })).close() // a mounted one is in use before it is anything else
  if (probe.suspended) throw new ClonaulaError('hibernated', `${path} holds a hibernated Linux`, { target: path })
  const { filesystem, label, uuid } = probe
  const part = partOf(filesystem, engineMode(mode))
  const volume = volumeOf({ number: 1, filesystem, label, filesystemUuid: uuid, size }, path, part)
  return { volumes: [volume], parts: [{ path, filesystem, label, size, part }] }
}

/** A file around the volumes, which has to stay as it is while they are read. */
interface Around {
  path: string
  flush: () => Promise<unknown>
}

async function capturePlan(plan: SourcePlan, job: CaptureJob, around?: Around): Promise<CaptureResult> {
  job.onPlan?.(plan.parts)
  const prepared: PreparedSource[] = []
  try {
    const volumes: CaptureVolume[] = []
    for (const volume of plan.volumes) volumes.push(await prepareVolume(volume, job, prepared))
    await around?.flush()
    const file = around && await Fingerprint.of(around.path)
    const result = await captureVolumes({ ...job, volumes, disk: plan.layout })
    await file?.check()
    return result
  } finally {
    await releaseAll(prepared)
  }
}

/** @param prepared gets what has to be released */
async function prepareVolume(volume: CaptureVolume, job: CaptureJob, prepared: PreparedSource[]): Promise<CaptureVolume> {
  if (job.mode !== 'filesystem' || volume.mode !== 'used') return volume
  const source = await prepareSource(volume, job)
  prepared.push(source)
  return source.minimumSize === undefined ? volume : { ...volume, minimumSize: source.minimumSize }
}

/** All of them, also when one cannot be: a source that kept its small size matters more than why the capture ended. */
async function releaseAll(prepared: readonly PreparedSource[]): Promise<void> {
  const failures: unknown[] = []
  for (const source of prepared.toReversed()) {
    await source.release().catch((cause: unknown) => failures.push(cause))
  }
  if (failures.length > 0) throw failures[0]
}
