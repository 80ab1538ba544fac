import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { DISK_VOLUME, type VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { runLength } from '#shared/formats/manifest-runs.ts'
import { Device } from './device.ts'

export interface RestoreTarget {
  /** Number of the volume in the manifest. */
  number: number
  /** Block device or plain file that is large enough; a block device is opened exclusively. */
  path: string
}

/** The devices that a restore writes to. */
export class Targets {
  /** Which volume of the manifest each target gets, by index. */
  readonly indexes: readonly number[]
  readonly devices: readonly Device[]

  private constructor(indexes: readonly number[], devices: readonly Device[]) {
    this.indexes = indexes
    this.devices = devices
  }

  /** Opens all of them, or none. @throws `image` · `partitionTooSmall` · `inUse` · `notFound` · `noWriteAccess` */
  static async open(manifest: Manifest, targets: readonly RestoreTarget[]): Promise<Targets> {
    const indexes = targets.map((target) => indexOf(manifest, target))
    const devices: Device[] = []
    try {
      for (const [at, target] of targets.entries()) {
        // Partitions of the disk are opened by themselves, so the disk around them cannot be claimed as a whole.
        const device = await Device.open(target.path, { write: true, exclusive: target.number !== DISK_VOLUME })
        devices.push(device)
        checkSize(manifest, indexes[at]!, device)
      }
      return new Targets(indexes, devices)
    } catch (cause) {
      await Promise.all(devices.map((device) => device.close()))
      throw cause
    }
  }

  /** Plain bytes that the volumes of these targets have in the image. */
  totalBytes(manifest: Manifest): number {
    return this.indexes.reduce((sum, index) => sum + manifest.facts.volumes[index]!.used, 0)
  }

  async write(target: number, bytes: Uint8Array, offset: number): Promise<void> {
    await this.devices[target]!.write(bytes, offset)
  }

  async flush(): Promise<void> {
    for (const device of this.devices) await device.flush()
  }

  async close(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.close()))
  }
}

function indexOf(manifest: Manifest, target: RestoreTarget): number {
  const index = manifest.facts.volumes.findIndex((volume) => volume.number === target.number)
  if (index < 0) throw new ClonaulaError('image', `the image has no partition ${target.number}`, { partition: target.number })
  return index
}

function checkSize(manifest: Manifest, index: number, device: Device): void {
  const needed = neededSize(manifest, index)
  if (device.size >= needed) return
  throw new ClonaulaError('partitionTooSmall', `${device.path} has ${device.size} bytes, the image needs ${needed}`,
    { device: device.path, size: device.size, needed })
}

/** Bytes that a target of a volume must have: what its filesystem needs, and in any case room for the last chunk. */
export function neededSize(manifest: Manifest, index: number): number {
  const facts: VolumeFacts = manifest.facts.volumes[index]!
  const last = manifest.runs[index]?.at(-1)
  return Math.max(facts.minimumSize, last ? last.offset + runLength(last, manifest.chunks) : 0)
}
