import { setTimeout as sleep } from 'node:timers/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { TorrentLayout } from '#shared/transfer/torrent/layout.ts'
import { RateWindow } from '#shared/transfer/rate-window.ts'
import type { TorrentFile } from '#shared/wire/bittorrent/metainfo.ts'
import type { Swarm } from './swarm.ts'

/** Where pieces come from that no peer brings: the idea of BEP 19, over whatever way there is to the files. */
export interface PieceSource {
  /** Bytes of a file of the torrent. */
  read: (file: TorrentFile, offset: number, length: number, signal: AbortSignal) => Promise<Uint8Array>
  /** Milliseconds without a byte from peers after which it is asked; 0: at once. */
  after: number
}

export interface FillerOptions {
  swarm: Swarm
  layout: TorrentLayout
  files: readonly TorrentFile[]
  source: PieceSource
  signal?: AbortSignal | undefined
}

/** Pieces that are asked for at a time. */
const AT_ONCE = 2
const LOOK_EVERY = 500

/**
 * Takes the rest from elsewhere once peers have brought nothing for a while. What it brings is offered to peers like
 * everything else, and peers may go on bringing the rest of the rest.
 */
export class Filler {
  readonly #options: FillerOptions
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  readonly #rate = new RateWindow(performance.now())
  #movedAt = -Infinity
  #bytes = 0

  constructor(options: FillerOptions) {
    this.#options = options
    this.#signal = AbortSignal.any([this.#stop.signal, ...(options.signal ? [options.signal] : [])])
  }

  /** That came from elsewhere. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes per second. */
  get rate(): number {
    return this.#rate.at(performance.now())
  }

  /** Milliseconds since something came from elsewhere. */
  get idle(): number {
    return performance.now() - this.#movedAt
  }

  /** Returns when all is there, or it is stopped. @throws what the source throws, while peers bring nothing either */
  async run(): Promise<void> {
    const { swarm, source } = this.#options
    while (!swarm.complete && !this.#signal.aborted) {
      if (swarm.figures.idle >= source.after) await this.#fill()
      await sleep(LOOK_EVERY, undefined, { signal: this.#signal }).catch(() => undefined)
    }
  }

  stop(): void {
    this.#stop.abort()
  }

  async #fill(): Promise<void> {
    const { swarm, source } = this.#options
    const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => this.#work()))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed && !this.#signal.aborted && swarm.figures.idle >= source.after) throw failed.reason
  }

  async #work(): Promise<void> {
    const { swarm } = this.#options
    for (let piece = swarm.claim(); piece !== undefined; piece = swarm.claim()) {
      try {
        this.#signal.throwIfAborted()
        if (!(await swarm.supply(piece, await this.#fetch(piece)))) throw new ClonaulaError('corruptImage', `piece ${piece} is not what it was`)
      } catch (cause) {
        swarm.unclaim(piece)
        throw cause
      }
    }
  }

  async #fetch(piece: number): Promise<Uint8Array<ArrayBuffer>> {
    const { layout, files, source } = this.#options
    const bytes = new Uint8Array(layout.lengthOf(piece))
    let at = 0
    for (const { file, offset, length } of layout.segments({ piece, begin: 0, length: bytes.length })) {
      bytes.set(await source.read(files[file]!, offset, length, this.#signal), at)
      at += length
      this.#bytes += length
      this.#movedAt = performance.now()
      this.#rate.add(length, this.#movedAt)
    }
    return bytes
  }
}
