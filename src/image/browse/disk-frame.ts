import { open } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { DISK_VOLUME, type DiskLayout } from '#shared/formats/manifest-facts.ts'
import { runLength } from '#shared/formats/manifest-runs.ts'
import { thisMachine } from '../disk/machine.ts'
import { sfdiskScript } from '../disk/sfdisk-script.ts'
import type { Extent } from '../extents.ts'
import { AttachedDisk } from '../job/attached-disk.ts'
import type { ReadDevice } from '../nbd/block-device.ts'
import { CommandError, runCommand } from '../run/run.ts'
import type { CallOptions } from '../store.ts'
import type { Overlay } from './overlay.ts'
import type { OpenRevision } from './revision.ts'

/** Bytes that are in memory at a time. */
const PIECE = 1024 * 1024

/**
 * Makes a sparse file as large as the image's disk, with its partition table and what the image has from outside of the
 * partitions: what lies around them.
 * @throws `corruptImage` also when sfdisk does not take the table · `noSpace`
 */
export async function writeDiskFrame(revision: OpenRevision, layout: DiskLayout, path: string, options: CallOptions = {}): Promise<void> {
  await using file = await open(path, 'wx+', 0o600)
  await file.truncate(layout.size)
  await writeTable(layout, path, options)
  const areas = bootAreas(revision)
  if (areas.length === 0) return
  const volume = revision.volume(DISK_VOLUME)
  for (const { offset, length } of areas) {
    for (let at = offset; at < offset + length; at += PIECE) {
      const bytes = Buffer.alloc(Math.min(PIECE, offset + length - at))
      await volume.read(bytes, at)
      const { buffer: there } = await file.read(Buffer.alloc(bytes.length), 0, bytes.length, at)
      if (!bytes.equals(there)) await file.write(bytes, 0, bytes.length, at) // empty gaps, which may be most of a disk, take no room
    }
  }
}

/** sfdisk takes every file for a disk with sectors of 512 bytes; for others a loop device says what they have. */
async function writeTable(layout: DiskLayout, path: string, { signal }: CallOptions): Promise<void> {
  if (layout.sectorSize === 512) return sfdisk(layout, path, { signal })
  await using disk = await AttachedDisk.attach(thisMachine(), path, layout.sectorSize)
  await sfdisk(layout, disk.device, { signal })
}

async function sfdisk(layout: DiskLayout, device: string, { signal }: CallOptions): Promise<void> {
  try {
    await runCommand(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '--wipe', 'never', device], { stdin: sfdiskScript(layout, device), signal })
  } catch (cause) {
    if (!(cause instanceof CommandError) || cause.exitCode === undefined) throw cause
    throw new ClonaulaError('corruptImage', `its partition table is none: ${cause.stderr.trim()}`, { place: 'partition table' }, { cause })
  }
}

/** What of volume 0 the image holds: boot code, and whatever else lies outside of the partitions. */
export function bootAreas({ manifest }: OpenRevision): Extent[] {
  const index = manifest.facts.volumes.findIndex(({ number }) => number === DISK_VOLUME)
  return manifest.runs[index]?.map((run) => ({ offset: run.offset, length: runLength(run, manifest.chunks) })) ?? []
}

/** Whether a frame was written to outside of the boot areas: its partition table is no longer the image's. */
export async function tableChanged(areas: readonly Extent[], before: ReadDevice, after: Overlay): Promise<boolean> {
  for (const { offset, length } of after.changes()) {
    for (let at = offset; at < offset + length; at += PIECE) {
      const size = Math.min(PIECE, offset + length - at)
      const [was, is] = [await outside(areas, before, at, size), await outside(areas, after, at, size)]
      if (!was.equals(is)) return true
    }
  }
  return false
}

/** The bytes of a device, with zeros for those of some areas. */
async function outside(areas: readonly Extent[], device: ReadDevice, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  await device.read(bytes, offset)
  for (const area of areas) {
    const end = Math.min(length, area.offset + area.length - offset)
    if (end > 0 && area.offset < offset + length) bytes.fill(0, Math.max(0, area.offset - offset), end)
  }
  return bytes
}
