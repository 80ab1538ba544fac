import type { PublishCachedCommand } from '#shared/contract/cache-commands.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { Figures } from '#shared/domain/operation.ts'
import { PACK_TRAILER } from '#shared/formats/pack.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { readManifest, type ChunkStore, type PackId } from '#image/index.ts'
import type { CacheStore } from '#image/cache/cache-store.ts'
import { PARALLEL } from '#image/codecs.ts'
import { Meter } from '#image/meter.ts'
import { prefetch } from '#image/prefetch.ts'
import type { OperationContext, OperationResult } from '../operation.ts'
import { openCache } from './open-cache.ts'

/**
 * Puts an image of the CACHE into a repository, which gets the packs that it lacks.
 * @throws `noCache` · `cache` · `notFound` · `corruptImage` it was damaged in the CACHE · what the repository says
 */
export async function publishCached({ manifest: id, repository }: PublishCachedCommand, context: OperationContext): Promise<OperationResult> {
  const { log, signal, texts, language } = context
  log.step(1, `start: publishCached ${id.slice(0, 12)}`)
  await using cache = await openCache(context)
  const { store } = cache
  const manifest = await store.manifest(id)
  if (manifest === undefined) throw new ClonaulaError('notFound', `image ${id} is not in the CACHE`, { what: `CACHE ${id.slice(0, 12)}` })
  const remote = context.openRepository(repository)
  const { packs } = await readManifest(manifest)
  const lacking = await lackingPacks(packs, remote, signal)
  log.step(2, `publishCached CACHE → REPO ${repository.url}`)
  const bytesSent = await upload(lacking, store, remote, context)
  const published = await remote.publish(manifest, { signal })
  await store.published(id)
  log.step(90, texts.sent(formatBytes(bytesSent, language), lacking.length, packs.length))
  return { figures: Figures.parse({ bytesSent }), manifest: published }
}

async function lackingPacks(packs: readonly PackId[], remote: ChunkStore, signal: AbortSignal): Promise<PackId[]> {
  const lacking: PackId[] = []
  const asked = prefetch(packs, PARALLEL * 2, async (id) => {
    const here = await remote.packTail(id, PACK_TRAILER, { signal }).then(() => true, (cause: unknown) => {
      if (cause instanceof ClonaulaError && cause.result === 'notFound') return false
      throw cause
    })
    return { id, here }
  })
  for await (const { id, here } of asked) if (!here) lacking.push(id)
  return lacking
}

/** @returns bytes of the packs */
async function upload(packs: readonly PackId[], store: CacheStore, remote: ChunkStore, { signal, onProgress }: OperationContext): Promise<number> {
  const sizes = await store.sizes()
  const total = packs.reduce((sum, id) => sum + (sizes.get(id) ?? 0), 0)
  const meter = new Meter('transfer', total, onProgress)
  for (const id of packs) {
    signal.throwIfAborted()
    const size = sizes.get(id) ?? 0
    // The repository checks every hash before it takes a pack.
    await remote.putPack({ id, size, parts: [await store.repository.packRange(id, 0, size)] }, { signal })
    meter.add(size)
  }
  meter.end()
  return total
}
