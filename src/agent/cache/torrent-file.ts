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

/**
 * The torrent file that the console offers. It comes over plain HTTP: the infohash, which came over the agent's own connection,
 * says whether it is right.
 * @throws Error it does not come, or is not what it should be
 */
export async function fetchTorrent(
  { file, infoHash }: TorrentOffer, { token }: RepositoryAccess, image: ImageOfTorrent, signal: AbortSignal,
): Promise<Torrent> {
  const response = await fetch(file, {
    headers: { authorization: `Bearer ${token}` }, redirect: 'error', signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
  })
  if (!response.ok) throw new Error(`${file}: ${response.status}`)
  const torrent = await torrentOf(decodeMetainfo(await bodyOf(response)))
  if (hexOf(torrent.infoHash) !== infoHash) throw new Error(`${file} is not the torrent that was offered`)
  const packs = new Set(torrent.metainfo.files.map(packOf).filter((pack) => pack !== undefined))
  const isSame = packs.size === new Set(image.packs).size && image.packs.every((pack) => packs.has(pack))
  if (torrent.metainfo.name !== image.manifest || !isSame) throw new Error(`${file} is the torrent of another image`)
  return torrent
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
