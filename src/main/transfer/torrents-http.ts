/** What computers ask about swarms over HTTP: torrent files, with an operation's token, and the tracker. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { encodeMetainfo } from '#shared/wire/bittorrent/metainfo.ts'
import { trackerHandler } from '#transfer/torrent/tracker-handler.ts'
import type { HttpHandler } from '../pxe/index.ts'
import type { RepositoryAccess } from '../repository/access.ts'
import type { Torrents } from './torrents.ts'

export interface TorrentRoutesParts {
  torrents: Pick<Torrents, 'find' | 'port'>
  authorize: RepositoryAccess['authorize']
}

/**
 * `GET …/<infohash>.torrent` for who may read images (401, 403), and the tracker (`…/announce`, `…/scrape`), for anybody who
 * knows the infohash of a swarm that there is: clients that are not ours have no token.
 */
export function torrentRoutes({ torrents, authorize }: TorrentRoutesParts): HttpHandler {
  const track = trackerHandler({
    allowed: (infoHash) => torrents.find(infoHash) !== undefined,
    seedPort: () => torrents.port(),
  })

  async function sendFile(request: IncomingMessage, response: ServerResponse, infoHash: string): Promise<void> {
    const rights = authorize(request)
    if (!rights?.read) return refuse(response, rights ? 403 : 401)
    const torrent = await torrents.find(infoHash)
    if (!torrent) return refuse(response, 404)
    const bytes = encodeMetainfo(torrent.metainfo)
    response.writeHead(200, { 'Content-Type': 'application/x-bittorrent', 'Content-Length': bytes.length }).end(bytes)
  }

  return async (request, response) => {
    if (track(request, response)) return
    const infoHash = /\/([0-9a-f]{40})\.torrent$/.exec(request.url ?? '')?.[1]
    if (request.method !== 'GET' || infoHash === undefined) refuse(response, 404)
    else await sendFile(request, response, infoHash)
  }
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'Content-Length': 0 }).end()
}
