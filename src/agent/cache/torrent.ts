import { setTimeout as sleep } from 'node:timers/promises'
import type { TorrentOffer } from '#shared/contract/torrent.ts'
import { formatBytes, formatSeconds } from '#shared/i18n/index.ts'
import { secondsOfSeeding } from '#shared/transfer/torrent/rules.ts'
import type { CacheStore } from '#image/cache/cache-store.ts'
import type { PackTransfer, TransferJob } from '#image/cache/pack-transfer.ts'
import { readManifest, type ChunkSource } from '#image/index.ts'
import { Meter } from '#image/meter.ts'
import type { Throttle } from '#transfer/throttle.ts'
import { downloadTorrent, type TorrentProgress } from '#transfer/torrent/download.ts'
import type { PieceSource } from '#transfer/torrent/filler.ts'
import type { Torrent } from '#transfer/torrent/revision-torrent.ts'
import type { OperationContext } from '../operation.ts'
import type { SwarmTrouble } from '../text/texts.ts'
import type { UpdateRequest } from './cache-update.ts'
import { PackAcceptance } from './pack-acceptance.ts'
import type { Sharing } from './sharing.ts'
import { fetchTorrent } from './torrent-file.ts'
import { Membership } from './torrent-membership.ts'
import { CacheTorrentPlaces, packOf } from './torrent-places.ts'

/** Milliseconds without a byte from the swarm after which the rest comes by unicast. */
const LONELY_AFTER = 20_000
/** Milliseconds between looks at who still needs something from here. */
const LOOK_EVERY = 500

export interface TorrentTransferParts {
  request: Pick<UpdateRequest, 'manifest' | 'repository'>
  /** The manifest's bytes, which are right. */
  manifest: () => Promise<Uint8Array>
  store: () => CacheStore
  source: ChunkSource
  /** Brings packs when there is no swarm. */
  unicast: PackTransfer
  /** What comes goes through it, from peers and from the console. */
  throttle: Throttle | undefined
  context: OperationContext
}

/** Where an image's swarm is, and what it is about. */
interface Found {
  offer: TorrentOffer
  membership: Membership
  torrent: Torrent
}

/** An exchange of data with others that is under way. */
interface Exchange {
  /** Settles when it is over. */
  ended: Promise<unknown>
  places: CacheTorrentPlaces
  progress: TorrentProgress | undefined
  /** When the P2P time is over; undefined while something is missing. */
  until: number | undefined
  pause: (() => Promise<() => void>) | undefined
}

/**
 * Takes an image from the swarm of the class, and gives it to the others meanwhile and afterwards. What the swarm does not bring
 * comes by unicast; all of it, when there is no swarm.
 */
export class TorrentTransfer implements Sharing {
  readonly #parts: TorrentTransferParts
  readonly #stop = new AbortController()
  #sent = 0
  #membership: Membership | undefined
  #exchange: Exchange | undefined

  constructor(parts: TorrentTransferParts) {
    this.#parts = parts
  }

  get sent(): number {
    return this.#sent
  }

  /** As every `PackTransfer`; it returns when the packs are accepted, and sharing goes on. */
  async bring(job: TransferJob): Promise<void> {
    const { unicast } = this.#parts
    // What is brought again was found damaged here: nobody else should get it from here.
    if (this.#membership) {
      await this.stop()
      return unicast(job)
    }
    const found = await this.#find(job)
    if (!found) return unicast(job)
    const acceptance = new PackAcceptance({ job, onBegin: (id) => this.#exchange?.places.accepting(id) })
    try {
      await Promise.race([this.#fetch(found, job, acceptance), acceptance.failure])
      await this.#acceptRest(acceptance)
    } catch (cause) {
      if (!acceptance.isDamaged) throw cause
      // SHA-1 let it pass, SHA-256 does not: nothing of this torrent is to be believed or given on.
      await this.stop()
      await unicast({ ...job, packs: acceptance.left })
    } finally {
      await acceptance.close()
    }
  }

  /** Runs what unmounts the CACHE for a while; who asks for something meanwhile waits. */
  async aside(work: () => Promise<void>): Promise<void> {
    const resume = await this.#exchange?.pause?.()
    try {
      await work()
    } finally {
      resume?.()
    }
  }

  /** Returns when nobody who is connected needs anything from here, or the P2P time is over. */
  async finish(): Promise<void> {
    const { log, texts, language, signal } = this.#parts.context
    let isSaid = false
    for (;;) {
      const [needy, seconds] = [this.#needy, this.#secondsLeft]
      if (needy === 0 || seconds <= 0 || signal.aborted) break
      if (!isSaid) log.step(90, texts.sharing(needy, formatSeconds(seconds)))
      isSaid = true
      this.#tellSharing(seconds)
      await sleep(LOOK_EVERY, undefined, { signal }).catch(() => undefined)
    }
    await this.stop()
    if (this.#sent > 0) log.step(90, texts.shared(formatBytes(this.#sent, language)))
  }

  /** Ends it at once. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#membership?.leave()
    const exchange = this.#exchange
    this.#exchange = undefined
    await exchange?.ended
    await exchange?.places.removeManifest()
  }

  /** Connected computers that lack something. */
  get #needy(): number {
    const { peers = 0, seeds = 0 } = this.#exchange?.progress ?? {}
    return peers - seeds
  }

  get #secondsLeft(): number {
    const until = this.#exchange?.until
    return until === undefined ? 0 : (until - performance.now()) / 1000
  }

  async #find({ signal }: TransferJob): Promise<Found | undefined> {
    const { request: { manifest, repository }, context } = this.#parts
    const stopped = AbortSignal.any([this.#stop.signal, ...(signal ? [signal] : [])])
    const membership = this.#membership = new Membership({
      openChannel: () => context.openChannel('torrent'),
      onHashing: (done, total) => context.onProgress({ phase: 'hash', done, total, rate: 0 }),
    })
    const leave = (): void => membership.leave()
    stopped.addEventListener('abort', leave)
    try {
      const answer = await membership.answer
      stopped.throwIfAborted()
      if ('refusal' in answer) return this.#alone(answer.refusal)
      const { packs } = await readManifest(await this.#parts.manifest())
      const file = await fetchTorrent(answer.offer, repository, { manifest, packs }, stopped)
      return 'refusal' in file ? this.#alone(file.refusal) : { offer: answer.offer, membership, torrent: file.torrent }
    } finally {
      stopped.removeEventListener('abort', leave)
    }
  }

  #alone(why: SwarmTrouble): undefined {
    const { log, texts } = this.#parts.context
    this.#membership?.leave()
    log.warn(texts.noSwarm(why))
  }

  async #fetch({ offer, membership, torrent }: Found, job: TransferJob, acceptance: PackAcceptance): Promise<void> {
    const { context, request, manifest, store, throttle } = this.#parts
    const { repository } = store()
    const places = new CacheTorrentPlaces({
      manifest: request.manifest, missing: job.packs.map(({ id }) => id), intake: job.intake, packPath: (id) => repository.packPath(id),
    })
    await places.writeManifest(await manifest())
    context.log.step(2, context.texts.swarm(offer.mode, formatSeconds(offer.seedSeconds)))
    const consoles = offer.trackers.map((tracker) => new URL(tracker).hostname)
    const { promise: complete, resolve } = Promise.withResolvers<void>()
    const exchange: Exchange = { ended: Promise.resolve(), places, progress: undefined, until: undefined, pause: undefined }
    this.#exchange = exchange
    const running = downloadTorrent({
      torrent, places: (file) => places.pathOf(file), trackers: offer.trackers, mode: offer.mode, seedSeconds: offer.seedSeconds,
      isMember: (host) => membership.isMember(host) || consoles.includes(host),
      elsewhere: this.#elsewhere(offer), signal: AbortSignal.any([this.#stop.signal, context.signal]),
      ...(throttle && { limits: { download: throttle } }),
      onProgress: (progress) => this.#note(exchange, progress, job),
      onFile: (file) => acceptance.add(packOf(file)),
      onComplete: () => {
        exchange.until = performance.now() + secondsOfSeeding(offer.mode, offer.seedSeconds) * 1000
        resolve()
      },
      onFiles: (pause) => { exchange.pause = pause },
      onBan: (host) => context.log.warn(context.texts.peerBanned(host)),
    })
    exchange.ended = running.catch(() => undefined)
    await Promise.race([complete, running])
  }

  #elsewhere({ mode }: TorrentOffer): PieceSource {
    const { source, throttle, manifest } = this.#parts
    return {
      after: mode === 'seeder' ? 0 : LONELY_AFTER,
      async read(file, offset, length, signal) {
        const pack = packOf(file)
        if (pack === undefined) return (await manifest()).subarray(offset, offset + length)
        await throttle?.pass(length, signal)
        return source.packRange(pack, offset, length, { signal })
      },
    }
  }

  #note(exchange: Exchange, progress: TorrentProgress, job: TransferJob): void {
    const { phase, done, total, rate, up, peers, seeds, downloaded, elsewhere, stall } = progress
    const before = exchange.progress
    exchange.progress = progress
    this.#sent = progress.uploaded
    if (phase === 'check') return this.#parts.context.onProgress({ phase, done, total, rate })
    const came = downloaded + elsewhere - (before?.downloaded ?? 0) - (before?.elsewhere ?? 0)
    if (came > 0) job.onReceived(came)
    if (phase === 'fetch') job.onNetwork?.({ received: rate, sent: up, peers, seeds, unicast: elsewhere }, stall)
  }

  #tellSharing(secondsLeft: number): void {
    const progress = this.#exchange?.progress
    if (!progress) return
    const { done, total, up: sent, peers, seeds } = progress
    this.#parts.context.onProgress({ phase: 'seed', done, total, rate: sent, secondsLeft, network: { received: 0, sent, peers, seeds } })
  }

  async #acceptRest(acceptance: PackAcceptance): Promise<void> {
    const meter = new Meter('verify', acceptance.left.reduce((sum, { size }) => sum + size, 0), this.#parts.context.onProgress)
    await acceptance.finish(({ size }) => meter.add(size))
  }
}
