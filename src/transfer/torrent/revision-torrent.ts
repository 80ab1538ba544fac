import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { SlowOptions } from '#shared/domain/progress.ts'
import { TorrentLayout, choosePieceLength } from '#shared/transfer/torrent/layout.ts'
import {
  SHA1_LENGTH, decodeMetainfo, encodeMetainfo, makeMetainfo, totalLength, type Metainfo, type TorrentFile,
} from '#shared/wire/bittorrent/metainfo.ts'
import { Meter } from '#image/meter.ts'
import { fileError } from '#image/repository/files.ts'
import type { ManifestId, PackId } from '#image/store.ts'
import { sha1, hexOf } from './hash.ts'
import { TorrentStorage, type TorrentPlaces } from './storage.ts'

/** Pieces that are read and hashed at the same time: as many as libuv has threads. */
const HASHED_AT_ONCE = 4

export interface Torrent {
  metainfo: Metainfo
  infoHash: Uint8Array
}

/** Where a repository (or a CACHE) has the files of a revision. */
export interface RevisionFiles {
  manifest: ManifestId
  packs: readonly PackId[]
  manifestPath: (id: ManifestId) => string
  packPath: (id: PackId) => string
}

export interface RevisionTorrentOptions extends SlowOptions {
  /** A folder for torrents that were made: the hashes of a revision are computed once. */
  cache?: string
}

/** The torrent of a metainfo that came from somewhere; who knows the infohash from somebody he trusts compares it. */
export async function torrentOf(metainfo: Metainfo): Promise<Torrent> {
  return { metainfo, infoHash: await sha1(Uint8Array.from(metainfo.info)) }
}

/**
 * The torrent of a revision: its manifest and its packs, below the names that they have in a repository. The packs are
 * in the order of their ids, the name is the manifest's id and the pieces have the length that `choosePieceLength`
 * says, so that every console makes the same torrent of the same revision.
 * @throws ClonaulaError `notFound` for a file that is not there
 */
export async function revisionTorrent(files: RevisionFiles, { cache, ...slow }: RevisionTorrentOptions = {}): Promise<Torrent> {
  const list = await listFiles(files)
  const known = cache === undefined ? undefined : await cached(cache, files.manifest, list)
  if (known) return known
  const pieceLength = choosePieceLength(totalLength({ files: list }))
  const pieces = await hashPieces(list, pieceLength, placesOf(files), slow)
  const torrent = await torrentOf(makeMetainfo({ name: files.manifest, files: list, pieceLength, pieces }))
  if (cache !== undefined) await keep(cache, torrent)
  return torrent
}

/** Where each file of such a torrent is. */
export function placesOf({ manifest, manifestPath, packPath }: Omit<RevisionFiles, 'packs'>): TorrentPlaces {
  return ({ path: [folder, ...names] }) => {
    if (folder === 'manifests') return manifestPath(manifest)
    return packPath((names.at(-1) ?? '').replace(/\.pack$/, ''))
  }
}

async function listFiles({ manifest, packs, manifestPath, packPath }: RevisionFiles): Promise<TorrentFile[]> {
  const listed: TorrentFile[] = [{ path: ['manifests', `${manifest}.manifest`], length: await sizeOf(manifestPath(manifest)) }]
  for (const id of [...new Set(packs)].toSorted((a, b) => (a < b ? -1 : 1))) {
    listed.push({ path: ['packs', id.slice(0, 2), `${id}.pack`], length: await sizeOf(packPath(id)) })
  }
  return listed
}

async function sizeOf(path: string): Promise<number> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw fileError(path, cause)
  })
  return size
}

async function hashPieces(
  files: readonly TorrentFile[], pieceLength: number, places: TorrentPlaces, { signal, onProgress }: SlowOptions,
): Promise<Uint8Array> {
  const count = Math.ceil(totalLength({ files }) / pieceLength)
  const pieces = new Uint8Array(count * SHA1_LENGTH)
  const layout = new TorrentLayout({ name: '', files, pieceLength, pieces })
  const storage = new TorrentStorage(layout, files, places)
  const meter = new Meter('hash', layout.total, onProgress)
  let next = 0
  try {
    await Promise.all(Array.from({ length: HASHED_AT_ONCE }, async () => {
      const memory = Buffer.allocUnsafeSlow(pieceLength)
      while (next < count) {
        signal?.throwIfAborted()
        const piece = next++
        const bytes = memory.subarray(0, layout.lengthOf(piece))
        await storage.read({ piece, begin: 0, length: bytes.length }, bytes)
        pieces.set(await sha1(bytes), piece * SHA1_LENGTH)
        meter.add(bytes.length)
      }
    }))
  } finally {
    await storage.close()
  }
  meter.end()
  return pieces
}

/**
 * Its name says what must be in it: `<manifest>-<infohash>.torrent`. Nothing else is taken for a torrent that was made.
 */
async function cached(folder: string, manifest: ManifestId, files: readonly TorrentFile[]): Promise<Torrent | undefined> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(`${manifest}-`)) continue
    try {
      const torrent = await torrentOf(decodeMetainfo(await readFile(join(folder, name))))
      if (name === fileName(torrent) && JSON.stringify(torrent.metainfo.files) === JSON.stringify(files)) return torrent
    } catch {
      // It is made anew.
    }
    await rm(join(folder, name), { force: true })
  }
  return undefined
}

async function keep(folder: string, torrent: Torrent): Promise<void> {
  const draft = join(folder, `${randomUUID()}.tmp`)
  await mkdir(folder, { recursive: true })
  await writeFile(draft, encodeMetainfo(torrent.metainfo))
  await rename(draft, join(folder, fileName(torrent)))
}

function fileName({ metainfo, infoHash }: Torrent): string {
  return `${metainfo.name}-${hexOf(infoHash)}.torrent`
}
