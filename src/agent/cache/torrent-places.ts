import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import type { TorrentFile } from '#shared/wire/bittorrent/metainfo.ts'
import type { PackIntake } from '#image/cache/cache-store.ts'
import type { PackId } from '#image/store.ts'
import { fileError } from '#image/repository/files.ts'

export interface TorrentPlacesParts {
  manifest: Sha256Hex
  /** Packs of the image that the CACHE lacks. */
  missing: readonly PackId[]
  intake: Pick<PackIntake, 'incomingPath'>
  /** Where packs are that are there. */
  packPath: (id: PackId) => string
}

/** Where the files of an image's torrent are in a CACHE: packs that are there as they are, the others where they come in. */
export class CacheTorrentPlaces {
  readonly #parts: TorrentPlacesParts
  readonly #missing: ReadonlySet<PackId>
  readonly #accepting = new Set<PackId>()

  constructor(parts: TorrentPlacesParts) {
    this.#parts = parts
    this.#missing = new Set(parts.missing)
  }

  /** Puts the manifest where the torrent has it: in its own place it would say that all of the image is there. */
  async writeManifest(bytes: Uint8Array): Promise<void> {
    await writeFile(this.#manifestPath, bytes).catch((cause: unknown) => {
      throw fileError(this.#manifestPath, cause)
    })
  }

  async removeManifest(): Promise<void> {
    await rm(this.#manifestPath, { force: true })
  }

  /** From now on a pack may be moved to its place. */
  accepting(id: PackId): void {
    this.#accepting.add(id)
  }

  /** @throws `image` it is of no image */
  pathOf(file: TorrentFile): string {
    const id = packOf(file)
    if (id === undefined) return this.#manifestPath
    const { intake, packPath } = this.#parts
    const incoming = intake.incomingPath(id)
    const isMoved = this.#accepting.has(id) && !existsSync(incoming)
    return this.#missing.has(id) && !isMoved ? incoming : packPath(id)
  }

  get #manifestPath(): string {
    const { intake, manifest } = this.#parts
    return join(dirname(intake.incomingPath(manifest)), `${manifest}.manifest`)
  }
}

/** Which pack a file of a revision's torrent is; undefined: its manifest. @throws `image` it is neither */
export function packOf({ path }: TorrentFile): PackId | undefined {
  const name = /^(?:manifests\/(?<manifest>[0-9a-f]{64})\.manifest|packs\/[0-9a-f]{2}\/(?<pack>[0-9a-f]{64})\.pack)$/.exec(path.join('/'))
  if (!name) throw new ClonaulaError('image', `${path.join('/')} is of no image`, { problem: path.join('/').slice(0, 200) })
  return name.groups?.['pack'] === undefined ? undefined : Sha256Hex.parse(name.groups['pack'])
}
