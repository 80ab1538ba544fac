import type { RestoreCommand } from '#shared/contract/agent.ts'
import type { CacheMethod } from '#shared/domain/method.ts'
import { localDisks } from '#image/disk/local-disks.ts'
import type { OperationContext } from '../operation.ts'
import type { ImageSupply } from '../restore/image-supply.ts'
import { CacheUpdate } from './cache-update.ts'
import { needCache } from './find-cache.ts'
import { openCache } from './open-cache.ts'

/**
 * An image that is brought into the CACHE and restored from there. The CACHE is in use meanwhile: nobody restores over it.
 * @throws `noCache` · `cache`
 */
export async function openCacheSupply(method: CacheMethod, command: RestoreCommand, context: OperationContext): Promise<ImageSupply> {
  const { manifest, repository, cache: options } = command
  const cache = await openCache(context)
  try {
    const update = new CacheUpdate({ whenFull: 'NONE', ...options, manifest, method, repository }, cache, context)
    return {
      manifest: () => update.manifest(),
      prepare: () => update.bring(),
      aside: (work) => update.aside(() => cache.aside(async () => {
        await work()
        return needCache(await localDisks(context.machine, context.only)).device
      })),
      reading: (work) => update.reading(work),
      received: () => update.received,
      finish: () => update.finish(),
      sent: () => update.sent,
      async [Symbol.asyncDispose]() {
        await update[Symbol.asyncDispose]()
        await cache[Symbol.asyncDispose]()
      },
    }
  } catch (cause) {
    await cache[Symbol.asyncDispose]()
    throw cause
  }
}
