import type { CacheOptions } from '#shared/contract/cache-commands.ts'
import type { RepositoryAccess } from '#shared/contract/repository-access.ts'
import { ClonaulaError, isAbort } from '#shared/domain/errors.ts'
import { quoted } from '#shared/domain/deploy/command-words.ts'
import type { CacheMethod } from '#shared/domain/method.ts'
import type { Sha256Hex } from '#shared/domain/ids.ts'
import { PACK_TRAILER } from '#shared/formats/pack.ts'
import { formatBytes, formatRate, formatSeconds } from '#shared/i18n/index.ts'
import { readManifest, type ChunkSource } from '#image/index.ts'
import type { MissingPack } from '#image/cache/pack-transfer.ts'
import { planUpdate, type MakeRoom, type UpdatePlan, type WantedImage } from '#image/cache/plan-update.ts'
import { checkManifest, isManifest } from '#image/check-manifest.ts'
import { PARALLEL } from '#image/codecs.ts'
import { Meter } from '#image/meter.ts'
import { prefetch } from '#image/prefetch.ts'
import type { OperationContext } from '../operation.ts'
import type { MountedCache } from './mounted-cache.ts'
import { transferFor, type Transfer, type Way } from './transfer-for.ts'
import { TransferReport } from './transfer-report.ts'

export interface UpdateRequest extends CacheOptions {
  manifest: Sha256Hex
  method: CacheMethod
  repository: RepositoryAccess
}

/** What is needed of a CACHE that is in use. */
type OpenCache = Pick<MountedCache, 'device' | 'store' | 'format'>

/** Times that a manifest may come damaged before it is said to be. */
const ATTEMPTS = 3
/** Times that an image may be found damaged in the CACHE, and fetched again, during one operation. */
const MAX_MENDS = 3

/** One image on its way into the CACHE, and its use from there. */
export class CacheUpdate implements AsyncDisposable {
  readonly #request: UpdateRequest
  readonly #cache: OpenCache
  readonly #context: OperationContext
  readonly #source: ChunkSource
  readonly #transfer: Transfer
  #manifest: Uint8Array | undefined
  /** Whether the manifest is in the CACHE, and right. */
  #kept = false
  #received = 0

  constructor(request: UpdateRequest, cache: OpenCache, context: OperationContext) {
    this.#request = request
    this.#cache = cache
    this.#context = context
    this.#source = context.openRepository(request.repository)
    this.#transfer = transferFor(request, { source: this.#source, manifest: () => this.manifest(), store: () => cache.store, context })
  }

  /** Bytes that came over the network. */
  get received(): number {
    return this.#received
  }

  /** Bytes that went to other computers. */
  get sent(): number {
    return this.#transfer.sharing?.sent ?? 0
  }

  /** The manifest, from the CACHE or else from the repository. @throws `notFound` · `corruptImage` · `repositoryUnreachable` */
  async manifest(): Promise<Uint8Array> {
    if (this.#manifest !== undefined) return this.#manifest
    const kept = await this.#cache.store.manifest(this.#request.manifest)
    this.#kept = kept !== undefined
    this.#manifest = kept ?? await this.#fetchManifest()
    return this.#manifest
  }

  /**
   * Sees to it that all of the image is in the CACHE, with as little transfer as it takes.
   * @throws `notFound` · `noSpace` · `image` the repository lacks packs of it · `updateCache` the transfer failed · `corruptImage`
   */
  async bring(): Promise<void> {
    await this.#bringBy(this.#transfer)
  }

  async #bringBy(way: Way): Promise<void> {
    const { log, texts } = this.#context
    const { image, manifest: id, repository, protocol } = this.#request
    const name = image?.name ?? id.slice(0, 12)
    log.step(2, `updateCache REPO ${quoted(`/${name}`)} ${(way.method === this.#request.method && protocol) || way.method}`)
    const manifest = await this.manifest()
    const { packs } = await readManifest(manifest)
    const missing = await this.#missing(packs)
    const wanted = await this.#wanted(manifest, packs, missing)
    log.step(2, `REPO=${repository.url} IMAGE=${name} SIZE=${Math.ceil(wanted.bytes / 1024)} (KB)`)
    const plan = await this.#plan(wanted)
    if (plan.transfer) {
      await this.#fill(await this.#makeRoom(plan.makeRoom, packs, missing), way)
      await this.#cache.store.add(manifest, image)
      this.#kept = true
    } else {
      log.step(2, texts.alreadyCached)
      way.decline?.()
      await this.#cache.store.used(id, image)
    }
    log.step(50, 'updateCache OK')
  }

  /**
   * Runs what reads the image from the CACHE. When that finds it damaged, what is damaged is fetched again, and `work` is
   * called once more.
   */
  async reading<T>(work: (source: ChunkSource) => Promise<T>): Promise<T> {
    for (let mends = 0; ; mends += 1) {
      try {
        return await work(this.#cache.store.repository)
      } catch (cause) {
        if (mends === MAX_MENDS || !this.#mayBeDamage(cause) || !await this.#mend()) throw cause
      }
    }
  }

  /** Runs what unmounts the CACHE for a while. */
  async aside(work: () => Promise<void>): Promise<void> {
    const { sharing } = this.#transfer
    await (sharing ? sharing.aside(work) : work())
  }

  /** The operation has done its part: what it owes to others is done too, and then nothing of the CACHE is in use. */
  async finish(): Promise<void> {
    await this.#transfer.sharing?.finish()
  }

  /** It has failed, or has finished: nothing of the CACHE is in use after this. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#transfer.sharing?.stop()
  }

  #mayBeDamage(cause: unknown): boolean {
    if (!(cause instanceof ClonaulaError)) return false
    return cause.result === 'corruptImage' || String(cause.params['path'] ?? '').startsWith(this.#cache.store.root)
  }

  /** @returns whether anything was damaged */
  async #mend(): Promise<boolean> {
    const { log, texts, signal } = this.#context
    const { packs } = await readManifest(await this.manifest())
    log.warn(texts.checkingCache)
    const damaged = await this.#cache.store.damaged(packs, { signal })
    if (damaged.length === 0) return false
    log.warn(texts.cacheDamaged(damaged.length, packs.length))
    await this.#cache.store.discard(damaged)
    await this.#bringBy(this.#transfer.mending)
    return true
  }

  async #fetchManifest(): Promise<Uint8Array> {
    const { manifest: id } = this.#request
    for (let attempt = 1; ; attempt += 1) {
      const bytes = await this.#source.manifest(id, { signal: this.#context.signal })
      this.#received += bytes.length
      if (await isManifest(id, bytes)) return bytes
      if (attempt === ATTEMPTS) await checkManifest(id, bytes)
    }
  }

  /** The packs that the CACHE lacks, with the size that the repository says. @throws `image` it lacks them too */
  async #missing(packs: readonly Sha256Hex[]): Promise<MissingPack[]> {
    const { signal } = this.#context
    const missing: MissingPack[] = []
    const sizes = prefetch(await this.#cache.store.missing(packs), PARALLEL * 2, async (id) => {
      const { size } = await this.#source.packTail(id, PACK_TRAILER, { signal }).catch((cause: unknown) => {
        throw transferError(cause)
      })
      return { id, size }
    })
    for await (const pack of sizes) missing.push(pack)
    return missing
  }

  async #wanted(manifest: Uint8Array, packs: readonly Sha256Hex[], missing: readonly MissingPack[]): Promise<WantedImage> {
    const { store } = this.#cache
    const sizes = new Map([...await store.sizes(), ...missing.map(({ id, size }) => [id, size] as const)])
    const incoming = await Promise.all(missing.map(({ id }) => store.incoming(id)))
    return {
      manifest: this.#request.manifest,
      packs,
      bytes: packs.reduce((sum, pack) => sum + (sizes.get(pack) ?? 0), manifest.length),
      missing: missing.reduce((sum, { size }, at) => sum + Math.max(0, size - (incoming[at] ?? 0)), this.#kept ? 0 : manifest.length),
    }
  }

  async #plan(image: WantedImage): Promise<UpdatePlan> {
    const { store } = this.#cache
    return planUpdate({
      cache: { ...await store.space(), leftovers: await store.leftovers(image.packs) },
      image, others: store.others(image.manifest), sizes: await store.sizes(), whenFull: this.#request.whenFull,
    })
  }

  /** @returns the packs that are missing then */
  async #makeRoom(room: MakeRoom, packs: readonly Sha256Hex[], missing: readonly MissingPack[]): Promise<readonly MissingPack[]> {
    const { log, texts, language } = this.#context
    if (room.by === 'nothing') return missing
    if (room.by === 'format') {
      log.step(2, texts.formattingCache(this.#cache.device))
      await this.#cache.format()
      return this.#missing(packs)
    }
    const { store } = this.#cache
    const cleared = await store.clear(packs)
    if (cleared > 0) log.step(2, texts.cacheCleared(formatBytes(cleared, language)))
    for (const id of room.by === 'remove' ? room.images : []) {
      const name = store.entry(id)?.name ?? id.slice(0, 12)
      log.step(2, texts.cacheRemoved(name, formatBytes(await store.remove([id], packs), language)))
    }
    return missing
  }

  async #fill(packs: readonly MissingPack[], way: Way): Promise<void> {
    const { log, texts, signal, language } = this.#context
    const started = performance.now()
    const before = this.#received
    await this.#bringPacks(packs, way)
    signal.throwIfAborted()
    const bytes = this.#received - before
    const milliseconds = performance.now() - started
    log.step(2, texts.cacheReceived({
      received: formatBytes(bytes, language), rate: formatRate((bytes * 1000) / milliseconds, language), time: formatSeconds(milliseconds / 1000),
    }))
  }

  async #bringPacks(packs: readonly MissingPack[], { bring }: Way): Promise<void> {
    const { log, texts, signal, onProgress } = this.#context
    const { store } = this.#cache
    const total = packs.reduce((sum, { size }) => sum + size, 0)
    const report = new TransferReport(onProgress)
    const meter = new Meter('transfer', total, (progress) => report.moved(progress))
    for (const { id } of packs) meter.add(await store.incoming(id))
    await bring({
      packs, intake: store, signal,
      onReceived: (bytes) => {
        this.#received += bytes
        meter.add(bytes)
      },
      onNetwork: (network, stalled) => report.seen(network, stalled),
      onDamaged: (pack) => log.warn(texts.receivedDamaged(pack.slice(0, 12))),
    }).catch((cause: unknown) => {
      throw transferError(cause)
    })
    meter.end()
  }
}

/** What keeps its own code: there is no room, the bytes are wrong, the disk fails. Everything else is a transfer that failed. */
function transferError(cause: unknown): unknown {
  if (isAbort(cause)) return cause
  if (!(cause instanceof ClonaulaError)) return new ClonaulaError('updateCache', String(cause), { problem: String(cause) }, { cause })
  const { result, message, params } = cause
  if (['noSpace', 'corruptImage', 'diskError', 'noWriteAccess'].includes(result)) return cause
  if (result === 'notFound') return new ClonaulaError('image', message, { ...params, problem: message }, { cause })
  return new ClonaulaError('updateCache', message, { ...params, problem: message }, { cause })
}
