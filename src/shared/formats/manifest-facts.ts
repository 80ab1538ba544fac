import { z } from 'zod'
import { Filesystem, Partition } from '../domain/disk.ts'
import { Sha256Hex } from '../domain/ids.ts'
import { strictList } from '../domain/strict-list.ts'

/**
 * `used`: only what the filesystem has in use (and the first MiB) is in the image.
 * `sector`: every sector, or exactly the areas that were asked for.
 */
export const VolumeMode = z.enum(['used', 'sector'])
export type VolumeMode = z.infer<typeof VolumeMode>

/** Places that a volume's `incomplete` names; what is beyond is counted and not named. */
export const MAX_UNREADABLE_RANGES = 1000

/** What of a source could not be read and is zeros in the image. */
export const Incomplete = z.object({
  /** All such bytes. */
  bytes: z.number().int().positive(),
  /** Where they are on the volume, in order; the first `MAX_UNREADABLE_RANGES` of them. */
  ranges: strictList(z.object({ offset: z.number().int().nonnegative(), length: z.number().int().positive() }), MAX_UNREADABLE_RANGES)
    .refine((ranges) => ranges.length > 0, 'no range'),
})
export type Incomplete = z.infer<typeof Incomplete>

/** Volume number of the disk itself: boot areas outside of every partition. */
export const DISK_VOLUME = 0

export const VolumeFacts = z.object({
  /** Partition number on its source disk; 0 for areas of the disk outside of its partitions. */
  number: z.number().int().min(DISK_VOLUME).max(256),
  filesystem: Filesystem,
  label: z.string().max(200),
  /** The filesystem's own identifier (blkid UUID). */
  uuid: z.string().max(64),
  mode: VolumeMode,
  /** Bytes of the source partition. */
  size: z.number().int().positive(),
  /** Bytes that the image holds of it (plain, repetitions counted). */
  used: z.number().int().nonnegative(),
  /** Bytes that a target partition must have. */
  minimumSize: z.number().int().nonnegative(),
  /** Only in the image of a medium that gave read errors, when going on was asked for. */
  incomplete: Incomplete.optional(),
})
export type VolumeFacts = z.infer<typeof VolumeFacts>

/**
 * GUIDs, MBR ids and types: words that become part of a script for sfdisk. Whoever captured an image wrote them, and a
 * line break or a comma would make further fields of them.
 */
const word = (length: number) => z.string().max(length).regex(/^[0-9A-Za-z-]*$/)

/** A partition as the source's table had it. Bytes. */
export const LayoutPartition = Partition.pick({
  number: true, start: true, size: true, name: true, attributes: true, bootable: true,
}).extend({ type: word(36), uuid: word(64) })
export type LayoutPartition = z.infer<typeof LayoutPartition>

/** The table of the source disk, for images of a whole disk. */
export const DiskLayout = z.object({
  label: z.enum(['gpt', 'msdos']),
  /** GPT disk GUID, or MBR disk id. */
  id: word(64),
  /** Bytes. */
  size: z.number().int().positive(),
  sectorSize: z.number().int().min(512).max(65_536),
  /** First and last sector that partitions may use. */
  firstLba: z.number().int().nonnegative(),
  lastLba: z.number().int().nonnegative(),
  partitions: strictList(LayoutPartition, 256),
})
export type DiskLayout = z.infer<typeof DiskLayout>

/** What a manifest says about its image, apart from the bytes. */
export const ManifestFacts = z.object({
  /** Program and version that made it. */
  creator: z.string().max(200),
  created: z.iso.datetime(),
  /** The computer that it was taken from, in words. */
  source: z.string().max(500),
  /** The manifest that this revision was made from; a differential image has one. */
  parent: Sha256Hex.optional(),
  disk: DiskLayout.optional(),
  volumes: strictList(VolumeFacts, 257).refine((volumes) => volumes.length > 0, 'no volume')
    .refine((volumes) => new Set(volumes.map((volume) => volume.number)).size === volumes.length, 'a number is used twice'),
})
export type ManifestFacts = z.infer<typeof ManifestFacts>

/** Bytes of the source that are missing from an image because they could not be read; 0 for a whole one. */
export function unreadableBytes({ volumes }: Pick<ManifestFacts, 'volumes'>): number {
  return volumes.reduce((sum, { incomplete }) => sum + (incomplete?.bytes ?? 0), 0)
}
