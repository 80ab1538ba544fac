import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { CachedImage } from '#shared/domain/cache.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import type { DurableFiles } from '../repository/files.ts'

/** What is noted about an image of a CACHE. */
export const CacheEntry = CachedImage.extend({
  /** Its packs, so that nobody has to read its manifest to know what it shares. */
  packs: z.array(Sha256Hex),
})
export type CacheEntry = z.infer<typeof CacheEntry>

const IndexFile = z.object({ format: z.literal(1), images: z.array(CacheEntry) })

const indexPath = (root: string): string => join(root, 'cache.json')

/**
 * What `cache.json` notes. Nothing depends on it but names and the order of use: which images there are, the manifests say,
 * so one that is missing, damaged or of another version is as good as an empty one.
 */
export async function readCacheIndex(root: string): Promise<CacheEntry[]> {
  try {
    return IndexFile.parse(JSON.parse(await readFile(indexPath(root), 'utf8'))).images
  } catch {
    return []
  }
}

export async function writeCacheIndex(root: string, files: DurableFiles, images: readonly CacheEntry[]): Promise<void> {
  await files.publishText(indexPath(root), `${JSON.stringify({ format: 1, images })}\n`)
}
