/** The CACHE of a computer: a partition of its own disk that keeps images for later restores. */
import { z } from 'zod'
import { Disk, type Partition, type TableLabel } from './disk.ts'
import { Sha256Hex } from './ids.ts'
import { ImageName } from './image.ts'
import { strictList } from './strict-list.ts'

/** Label of the partition's filesystem, by which it is found. */
export const CACHE_LABEL = 'CACHE'
/** Number that the partition gets, where it is free. */
export const CACHE_PARTITION = 4
/** Type of the partition: Linux filesystem data, which has a name besides, `CACHE`; on an MBR the one that OpenGnsys gives its own. */
export const CACHE_TYPE: Record<Exclude<TableLabel, 'none'>, string> = { gpt: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', msdos: 'ca' }
/** The last number that it can have: logical partitions of an MBR are no place for it. */
export const LAST_CACHE_NUMBER: Record<Exclude<TableLabel, 'none'>, number> = { gpt: 128, msdos: 4 }
/** Images that a computer tells about; more than a disk has room for. */
export const MAX_CACHED_IMAGES = 500

/** Names an image as people know it; the manifest says which bytes are meant. */
export const CachedName = z.object({
  name: ImageName,
  revision: z.number().int().positive(),
})
export type CachedName = z.infer<typeof CachedName>

export const CachedImage = z.object({
  manifest: Sha256Hex,
  /** Absent when nobody said what it is called. */
  ...CachedName.partial().shape,
  /** Bytes of its packs and its manifest; packs that it shares with other images count for each of them. */
  bytes: z.number().int().nonnegative(),
  /** When it was brought or restored last, in milliseconds since the epoch by the computer's clock; each use has a later one. */
  usedAt: z.number().int().nonnegative(),
  /** It was captured into this CACHE and is in no repository yet. */
  unpublished: z.boolean().default(false),
})
export type CachedImage = z.infer<typeof CachedImage>

/** What the live agent says about the CACHE of its computer. Sizes in bytes. */
export const CacheFacts = z.object({
  disk: Disk.shape.number,
  partition: z.number().int().min(1).max(256),
  /** `/dev/sda4` */
  device: Disk.shape.device,
  /** What its filesystem can hold; the partition's size when it could not be mounted. */
  size: z.number().int().nonnegative(),
  /** What is free, and what can be freed without taking an image away. */
  free: z.number().int().nonnegative(),
  images: strictList(CachedImage, MAX_CACHED_IMAGES),
  /** Why it cannot be used, in English; absent when it can. */
  problem: z.string().max(400).optional(),
})
export type CacheFacts = z.infer<typeof CacheFacts>

/** Whether a partition is the CACHE of its disk: by its label, or, while it has no filesystem yet, by its name or type. */
export function isCache({ label, name, type, filesystem }: Pick<Partition, 'label' | 'name' | 'type' | 'filesystem'>): boolean {
  if (label === CACHE_LABEL) return filesystem === 'ext4'
  return filesystem === 'none' && (name === CACHE_LABEL || type === CACHE_TYPE.msdos)
}

/**
 * The number for a CACHE; `undefined` when none is free. Logical partitions of an MBR have numbers from 5 and take none of the four.
 * @param own the one that it has, and keeps if it can
 */
export function freeCacheNumber(label: Exclude<TableLabel, 'none'>, taken: readonly number[], own = CACHE_PARTITION): number | undefined {
  const last = LAST_CACHE_NUMBER[label]
  const wanted = [own, CACHE_PARTITION, ...Array.from({ length: last }, (_, at) => at + 1)]
  return wanted.find((number) => number <= last && !taken.includes(number))
}
