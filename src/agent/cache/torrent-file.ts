import type { RepositoryAccess } from '#shared/contract/repository-access.ts'
import type { TorrentOffer } from '#shared/contract/torrent.ts'
import type { Sha256Hex } from '#shared/domain/ids.ts'
import { decodeMetainfo } from '#shared/wire/bittorrent/metainfo.ts'
import { hexOf } from '#transfer/torrent/hash.ts'
import type { PackId } from '#image/store.ts'
import { torrentOf, type Torrent } from '#transfer/torrent/revision-torrent.ts'
import { packOf } from './torrent-places.ts'

/** Bytes that a torrent file may have. */
const MAX_FILE = 32 * 1024 * 1024
/** Milliseconds that it may take to come. */
const PATIENCE = 30_000

export interface ImageOfTorrent {
  manifest: Sha256Hex
  packs: readonly PackId[]
}

/** A torrent, or why there is none. */
export type TorrentAnswer = { torrent: Torrent } | { refusal: 'noFile' | 'wrongFile' }

/**
 * The torrent file that the console offers. It comes over plain HTTP: the infohash, which came over the agent's own connection,
 * says whether it is right.
 * @throws the signal's reason
 */
export async function fetchTorrent(
  offer: TorrentOffer, { token }: RepositoryAccess, image: ImageOfTorrent, signal: AbortSignal,
): Promise<TorrentAnswer> {
  const bytes = await fetchFile(offer.file, token, signal).catch(() => undefined)
  signal.throwIfAborted()
  if (!bytes) return { refusal: 'noFile' }
  const torrent = await readTorrent(bytes, offer, image).catch(() => undefined)
  return torrent ? { torrent } : { refusal: 'wrongFile' }
}

/** @throws Error, AbortError */
async function fetchFile(file: string, token: string, signal: AbortSignal): Promise<Uint8Array> {
  const response = await fetch(file, {
    headers: { authorization: `Bearer ${token}` }, redirect: 'error', signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
  })
  if (!response.ok) throw new Error(`${file}: ${response.status}`)
  return bodyOf(response)
}

/** @returns undefined for another one than was offered. @throws DecodeError · `image` it is of no image */
async function readTorrent(bytes: Uint8Array, { infoHash }: TorrentOffer, image: ImageOfTorrent): Promise<Torrent | undefined> {
  const torrent = await torrentOf(decodeMetainfo(bytes))
  return hexOf(torrent.infoHash) === infoHash && isOf(torrent, image) ? torrent : undefined
}

function isOf({ metainfo: { name, files } }: Torrent, { manifest, packs }: ImageOfTorrent): boolean {
  const there = new Set(files.map(packOf))
  return name === manifest && there.size === new Set(packs).size + 1 && packs.every((pack) => there.has(pack))
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    parts.push(part)
    length += part.length
    if (length > MAX_FILE) throw new Error('a torrent file that is too large')
  }
  return Buffer.concat(parts)
}
