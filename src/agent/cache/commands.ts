import type { CacheCommand, DeleteCachedCommand, UpdateCacheCommand } from '#shared/contract/cache-commands.ts'
import { assertNever, ClonaulaError } from '#shared/domain/errors.ts'
import { quoted } from '#shared/domain/deploy/command-words.ts'
import { Figures } from '#shared/domain/operation.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { localDisks } from '#image/disk/local-disks.ts'
import { refuseInUse } from '#image/disk/plan-restore.ts'
import type { OperationContext, OperationResult } from '../operation.ts'
import { CacheUpdate } from './cache-update.ts'
import { needCache } from './find-cache.ts'
import { makeFilesystem, unmountOwn } from './mounted-cache.ts'
import { openCache } from './open-cache.ts'
import { prepareCache } from './prepare-cache.ts'
import { publishCached } from './publish-cached.ts'

/** What the console orders to be done with the CACHE. */
export async function cacheCommand(command: CacheCommand, context: OperationContext): Promise<OperationResult> {
  switch (command.kind) {
    case 'updateCache':
      return { figures: await updateCache(command, context) }
    case 'publishCached':
      return publishCached(command, context)
    case 'deleteCached':
      await deleteCached(command, context)
      break
    case 'prepareCache':
      await prepareCache(command, context)
      break
    case 'formatCache':
      await formatCache(context)
      break
    default:
      return assertNever(command)
  }
  return { figures: Figures.parse({}) }
}

async function updateCache(command: UpdateCacheCommand, context: OperationContext): Promise<Figures> {
  const { order, image, manifest, method } = command
  context.log.step(1, `start: ${order ?? `updateCache REPO ${quoted(`/${image?.name ?? manifest.slice(0, 12)}`)} ${method}`}`)
  await using cache = await openCache(context)
  await using update = new CacheUpdate(command, cache, context)
  await update.bring()
  await update.finish()
  return Figures.parse({ bytesReceived: update.received, bytesSent: update.sent })
}

/** @throws `noCache` · `cache` · `notFound` */
async function deleteCached({ manifest }: DeleteCachedCommand, context: OperationContext): Promise<void> {
  const { log, texts, language } = context
  log.step(1, `start: deleteCached ${manifest.slice(0, 12)}`)
  await using cache = await openCache(context)
  const entry = cache.store.entry(manifest)
  if (!entry) throw new ClonaulaError('notFound', `image ${manifest} is not in the CACHE`, { what: `CACHE ${manifest.slice(0, 12)}` })
  const freed = await cache.store.remove([manifest])
  log.step(90, texts.cacheRemoved(entry.name ?? manifest.slice(0, 12), formatBytes(freed, language)))
}

/** Also of a CACHE that cannot be mounted any more. @throws `noCache` · `inUse` · `formatFailed` */
async function formatCache(context: OperationContext): Promise<void> {
  const { machine, only, log, texts } = context
  log.step(1, 'start: formatCache')
  await unmountOwn(needCache(await localDisks(machine, only)).device, context)
  const disks = await localDisks(machine, only)
  const { disk, partition, device } = needCache(disks)
  const local = disks.find((one) => one.disk.number === disk.number)
  if (local) refuseInUse(local, [partition.number], device)
  context.signal.throwIfAborted()
  log.step(50, texts.formattingCache(device))
  await makeFilesystem(device, machine.run)
  log.step(90, `formatCache OK ${device}`)
}
