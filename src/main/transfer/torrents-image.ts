import { readdir, rm, stat } from 'node:fs/promises'
import { isIPv4 } from 'node:net'
import { join } from 'node:path'
import { MAX_SWARM_MEMBERS } from '#shared/contract/torrent.ts'
import type { OperationId, Sha256Hex } from '#shared/domain/ids.ts'
import { readManifest, type LocalRepository } from '#image/index.ts'
import type { Throttle } from '#transfer/throttle.ts'
import { hexOf } from '#transfer/torrent/hash.ts'
import type { PeerPort } from '#transfer/torrent/peer-port.ts'
import { placesOf, revisionTorrent, type RevisionFiles, type Torrent } from '#transfer/torrent/revision-torrent.ts'
import { createSeed, type Seed } from '#transfer/torrent/seed.ts'

export type TorrentRepository = Pick<LocalRepository, 'manifest' | 'manifestPath' | 'packPath'>

export interface ImageSwarmParts {
  manifest: Sha256Hex
  repository: TorrentRepository
  /** Where torrents are kept. */
  folder: string
  /** What the seed sends goes through it. */
  throttle: Throttle
  /** Bytes of the image that are hashed: told while its torrent is made. */
  onHashing: (done: number, total: number) => void
  onDamage: (piece: number) => void
}

/** The console's part of the swarm of one image: its torrent, and the first seed. */
export class ImageSwarm {
  /** Operations that take the image, and the addresses of their computers. */
  readonly members = new Map<OperationId, string>()
  /** Rejects when it cannot be made: the repository lacks a pack, for one. */
  readonly torrent: Promise<Torrent>
  readonly #parts: ImageSwarmParts
  readonly #stop = new AbortController()
  #infoHash: string | undefined
  #seed: Seed | undefined

  constructor(parts: ImageSwarmParts) {
    this.#parts = parts
    this.torrent = this.#make()
    this.torrent.catch(() => undefined) // said to each who joins
  }

  /** Hexadecimal digits; undefined while it is being made. */
  get infoHash(): string | undefined {
    return this.#infoHash
  }

  /** Bytes that the seed has sent. */
  get sent(): number {
    return this.#seed?.figures.uploaded ?? 0
  }

  /** Of the computers that take the image, each once. */
  get addresses(): string[] {
    return [...new Set(this.members.values())].filter(isIPv4).slice(0, MAX_SWARM_MEMBERS)
  }

  /** Whether a computer that takes the image is at this address. */
  isMember(host: string): boolean {
    return [...this.members.values()].includes(host)
  }

  /** Seeds from now on, once there is a torrent, at the port that is open then; nothing happens where it does already. */
  async seed(open: () => PeerPort | undefined): Promise<void> {
    const torrent = await this.torrent
    const port = open()
    if (!port || this.#seed || this.#stop.signal.aborted) return
    const { manifest, throttle, onDamage } = this.#parts
    this.#seed = createSeed({
      torrent, port, onDamage, isMember: (host) => this.isMember(host),
      places: placesOf({ manifest, ...this.#paths }), limits: { upload: throttle },
    })
  }

  /** Ends the seed; it may begin again at another port. */
  async unseed(): Promise<void> {
    const seed = this.#seed
    this.#seed = undefined
    await seed?.close()
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.unseed()
  }

  /** Where the repository has an image's files. */
  get #paths(): Pick<RevisionFiles, 'manifestPath' | 'packPath'> {
    const { repository } = this.#parts
    return { manifestPath: (id) => repository.manifestPath(id), packPath: (id) => repository.packPath(id) }
  }

  async #make(): Promise<Torrent> {
    const { manifest, repository, folder, onHashing } = this.#parts
    await forgetGone(folder, repository)
    const { packs } = await readManifest(await repository.manifest(manifest))
    const torrent = await revisionTorrent(
      { manifest, packs, ...this.#paths },
      { cache: folder, signal: this.#stop.signal, onProgress: ({ done, total }) => onHashing(done, total) },
    )
    this.#infoHash = hexOf(torrent.infoHash)
    return torrent
  }
}

/** Takes away torrents of images that are not in the repository any more. */
async function forgetGone(folder: string, repository: TorrentRepository): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const manifest = /^([0-9a-f]{64})-/.exec(name)?.[1]
    const isHere = manifest !== undefined && await stat(repository.manifestPath(manifest)).then(() => true, () => false)
    if (!isHere) await rm(join(folder, name), { force: true })
  }
}
