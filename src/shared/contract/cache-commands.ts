/** What a console may order a computer to do with its CACHE. */
import { z } from 'zod'
import { FullCacheRule } from '../domain/automatic-change.ts'
import { CachedName } from '../domain/cache.ts'
import { DiskTarget } from '../domain/disk.ts'
import { Sha256Hex } from '../domain/ids.ts'
import { CacheMethod } from '../domain/method.ts'
import { RepositoryAccess } from './repository-access.ts'

/** A deployment's command as it was asked for, or a part of one: for the log. */
export const OrderText = z.string().max(400)

/** How an image comes into a CACHE. */
export const CacheOptions = z.object({
  /** What the image is called, for those who look into the CACHE. */
  image: CachedName.optional(),
  /** What to do when other images are in the way. */
  whenFull: FullCacheRule.default('NONE'),
  /** Bytes per second that this computer may take; as many as come, unless said. */
  rate: z.number().int().positive().optional(),
  /** Of a deployment: its transfer and options, e.g. `TORRENT peer:60`. */
  protocol: OrderText.optional(),
})
export type CacheOptions = z.infer<typeof CacheOptions>

/** Brings an image into the CACHE, unless it is there. */
export const UpdateCacheCommand = z.object({
  kind: z.literal('updateCache'),
  order: OrderText.optional(),
  manifest: Sha256Hex,
  method: CacheMethod,
  repository: RepositoryAccess,
  ...CacheOptions.shape,
})
export type UpdateCacheCommand = z.infer<typeof UpdateCacheCommand>

/** Takes an image, and what it shares with no other, out of the CACHE. */
export const DeleteCachedCommand = z.object({ kind: z.literal('deleteCached'), manifest: Sha256Hex })
export type DeleteCachedCommand = z.infer<typeof DeleteCachedCommand>

/** Makes the CACHE at the end of a disk, in free space or in the place of the one that it has, and formats it. */
export const PrepareCacheCommand = z.object({
  kind: z.literal('prepareCache'),
  disk: DiskTarget.shape.disk,
  /** Bytes, rounded down to whole MiB; all of the free space, unless said. */
  size: z.number().int().positive().optional(),
})
export type PrepareCacheCommand = z.infer<typeof PrepareCacheCommand>

/** Empties the CACHE by making its filesystem anew. */
export const FormatCacheCommand = z.object({ kind: z.literal('formatCache') })
export type FormatCacheCommand = z.infer<typeof FormatCacheCommand>

/** Puts an image of the CACHE into a repository. */
export const PublishCachedCommand = z.object({ kind: z.literal('publishCached'), manifest: Sha256Hex, repository: RepositoryAccess })
export type PublishCachedCommand = z.infer<typeof PublishCachedCommand>

export const CACHE_COMMANDS = [
  UpdateCacheCommand, DeleteCachedCommand, PrepareCacheCommand, FormatCacheCommand, PublishCachedCommand,
] as const
export type CacheCommand = z.infer<(typeof CACHE_COMMANDS)[number]>
