import type { Filesystem } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { CaptureMode } from '#shared/domain/image.ts'
import type { CaptureResult } from '../capture.ts'
import { Device } from '../device.ts'
import { localDisks } from '../disk/local-disks.ts'
import { thisMachine, type Machine } from '../disk/machine.ts'
import { partOf, planCapture, volumeOf, type CaptureIntent, type Part } from '../disk/plan-capture.ts'
import { AttachedDisk } from './attached-disk.ts'
import { capturePrepared, type Around, type PreparedCapture } from './capture-prepared.ts'
import { findPlace, type VolumePlace } from './place.ts'

/** A partition, or what stands for one, and how it is read. */
export interface SourcePart {
  /** Device or file; a partition of a disk in a file has the loop device's. */
  path: string
  filesystem: Filesystem
  label: string
  size: number
  part: Part
}

export interface CaptureJob extends Omit<PreparedCapture, 'volumes' | 'disk' | 'around'> {
  /** Partition, disk, loop device, or a plain file of a filesystem or of a disk. */
  path: string
  machine?: Machine | undefined
  /** What is going to be read, before anything is done. */
  onPlan?: ((parts: readonly SourcePart[]) => void) | undefined
}

interface SourcePlan extends Pick<PreparedCapture, 'volumes' | 'disk'> {
  parts: readonly SourcePart[]
}

/**
 * Captures what a person names, as `capturePrepared` does.
 * @throws `notFound` · `invalidRequest` · `noWriteAccess` a disk in a file, and not root · `noUsablePartition` · what `capturePrepared` throws
 */
export async function captureSource(job: CaptureJob): Promise<CaptureResult> {
  const machine = job.machine ?? thisMachine()
  const place = await findPlace(machine, job.path)
  if (place.kind === 'volume') return capturePlan(await planVolume(machine, place, job.mode), job)
  const intent: CaptureIntent = { source: { disk: 1 }, mode: job.mode }
  if (place.block) return capturePlan(await planPlace(machine, place.path, intent), job)
  await using disk = await AttachedDisk.attach(machine, place.path)
  const flush = () => machine.run(['blockdev', '--flushbufs', disk.device])
  return await capturePlan(await planPlace(machine, disk.device, intent), job, { path: place.path, flush })
}

async function capturePlan({ parts, ...plan }: SourcePlan, job: CaptureJob, around?: Around): Promise<CaptureResult> {
  job.onPlan?.(parts)
  return capturePrepared({ ...job, ...plan, around })
}

async function planPlace(machine: Machine, disk: string, intent: CaptureIntent): Promise<SourcePlan> {
  const { volumes, layout, parts } = planCapture(await localDisks(machine, [disk]), intent)
  return {
    volumes,
    disk: layout,
    parts: parts.map(({ partition: { filesystem, label, size }, device, part }) => ({ path: device, filesystem, label, size, part })),
  }
}

async function planVolume(machine: Machine, place: VolumePlace, mode: CaptureMode): Promise<SourcePlan> {
  const { path, size, partition, probe } = place
  if (partition) {
    return planPlace(machine, partition.disk, { source: { disk: 1, partition: partition.number }, mode })
  }
  await (await Device.open(path, { exclusive: true })).close() // a mounted one is in use before it is anything else
  if (probe.suspended) throw new ClonaulaError('hibernated', `${path} holds a hibernated Linux`, { target: path })
  const { filesystem, label, uuid } = probe
  const part = partOf(filesystem, mode)
  const volume = volumeOf({ number: 1, filesystem, label, filesystemUuid: uuid, size }, path, part)
  return { volumes: [volume], parts: [{ path, filesystem, label, size, part }] }
}
