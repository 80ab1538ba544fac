import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Sha256Hex } from '#shared/domain/ids.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { DISK_VOLUME, type VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { runLength } from '#shared/formats/manifest-runs.ts'
import { Device } from '../device.ts'
import type { Extent } from '../extents.ts'
import { SparingDevice } from './sparing.ts'
import type { TargetDevice } from './target-device.ts'
import { TargetVolume } from './target-volume.ts'

export interface RestoreTarget {
  /** Number of the volume in the manifest. */
  number: number
  /** Block device or plain file that is large enough; a block device is opened exclusively. */
  path: string
  /** What of it stays as it is, though the image has something there. For a volume without a head: the disk itself. */
  spare?: readonly Extent[] | undefined
}

/** How a target is opened; another way in tests. */
export type OpenTarget = (target: RestoreTarget) => Promise<TargetDevice>

/** Partitions of the disk are opened by themselves, so the disk around them cannot be claimed as a whole. */
const openDevice: OpenTarget = ({ path, number }) => Device.open(path, { write: true, exclusive: number !== DISK_VOLUME })

/** The targets of a restore. */
export class Targets {
  readonly #manifest: Manifest
  /** Which volume of the manifest each target gets, by index. */
  readonly indexes: readonly number[]
  readonly volumes: readonly TargetVolume[]

  private constructor(manifest: Manifest, indexes: readonly number[], volumes: readonly TargetVolume[]) {
    this.#manifest = manifest
    this.indexes = indexes
    this.volumes = volumes
  }

  /** Opens all of them, or none. @throws `image` · `partitionTooSmall` · `inUse` · `notFound` · `noWriteAccess` */
  static async open(
    manifest: Manifest, id: Sha256Hex, targets: readonly RestoreTarget[], open: OpenTarget = openDevice,
  ): Promise<Targets> {
    const indexes = targets.map((target) => indexOf(manifest, target))
    const volumes: TargetVolume[] = []
    try {
      for (const [position, target] of targets.entries()) {
        const opened = await open(target)
        const device = target.spare?.length ? new SparingDevice(opened, target.spare) : opened
        const index = indexes[position]!
        volumes.push(new TargetVolume({ position, facts: manifest.facts.volumes[index]!, device, manifest: id }))
        checkSize(manifest, index, device)
      }
      return new Targets(manifest, indexes, volumes)
    } catch (cause) {
      await Promise.all(volumes.map(({ device }) => device.close()))
      throw cause
    }
  }

  /** Plain bytes that the volumes of these targets have in the image. */
  get totalBytes(): number {
    return this.volumes.reduce((sum, { facts }) => sum + facts.used, 0)
  }

  /** What of a target its volume covers. */
  used(position: number): Extent[] {
    const { chunks, runs } = this.#manifest
    return runs[this.indexes[position]!]!.map((run) => ({ offset: run.offset, length: runLength(run, chunks) }))
  }

  async close(): Promise<void> {
    await Promise.all(this.volumes.map(({ device }) => device.close()))
  }
}

function indexOf(manifest: Manifest, target: RestoreTarget): number {
  const index = manifest.facts.volumes.findIndex((volume) => volume.number === target.number)
  if (index < 0) throw new ClonaulaError('image', `the image has no partition ${target.number}`, { partition: target.number })
  return index
}

function checkSize(manifest: Manifest, index: number, device: TargetDevice): void {
  const needed = neededSize(manifest, index)
  if (device.size >= needed) return
  throw new ClonaulaError('partitionTooSmall', `${device.path} has ${device.size} bytes, the image needs ${needed}`,
    { device: device.path, target: device.path, available: device.size, needed })
}

/** Bytes that a target of a volume must have: what its filesystem needs, and in any case room for the last chunk. */
export function neededSize(manifest: Manifest, index: number): number {
  const facts: VolumeFacts = manifest.facts.volumes[index]!
  const last = manifest.runs[index]?.at(-1)
  return Math.max(facts.minimumSize, last ? last.offset + runLength(last, manifest.chunks) : 0)
}
