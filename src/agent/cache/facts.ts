import { MAX_CACHED_IMAGES, type CachedImage, type CacheFacts } from '#shared/domain/cache.ts'
import { toErrorRecord } from '#shared/domain/errors.ts'
import { cacheSpace, CacheStore } from '#image/cache/cache-store.ts'
import type { LocalDisk } from '#image/disk/local-disks.ts'
import { findCache } from './find-cache.ts'
import { lookingAt, type MountOptions } from './mounted-cache.ts'

/** What the console is told about the CACHE; `undefined` where there is none. Never throws: one that cannot be used is told too. */
export async function cacheFacts(disks: readonly LocalDisk[], options: MountOptions): Promise<CacheFacts | undefined> {
  const found = findCache(disks)
  if (found === undefined) return undefined
  const place = { disk: found.disk.number, partition: found.partition.number, device: found.device }
  try {
    return await lookingAt(found.device, options, async (folder, mounted) => {
      const { size, free } = await cacheSpace(mounted)
      const { images, leftovers } = await CacheStore.look(folder)
      return { ...place, size, free: free + leftovers, images: lastUsed(images) }
    })
  } catch (error) {
    return { ...place, size: found.partition.size, free: 0, images: [], problem: toErrorRecord(error).message.slice(0, 400) }
  }
}

/** As many as may be told, in the order of their use. */
function lastUsed(images: readonly CachedImage[]): CachedImage[] {
  return images.toSorted((a, b) => b.usedAt - a.usedAt).slice(0, MAX_CACHED_IMAGES)
}
