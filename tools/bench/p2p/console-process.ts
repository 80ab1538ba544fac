/**
 * The console's side as a process of its own: `console-process.ts TORRENT_FILE [FOLDER]`. A tracker at the address that
 * the torrent names, and with a folder the first seed too. It says `listening`.
 */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { decodeMetainfo } from '#shared/wire/bittorrent/metainfo.ts'
import { PeerPort } from '#transfer/torrent/peer-port.ts'
import { torrentOf } from '#transfer/torrent/revision-torrent.ts'
import { createSeed } from '#transfer/torrent/seed.ts'
import { inFolder } from '#transfer/torrent/storage.ts'
import { trackerHandler } from '#transfer/torrent/tracker-handler.ts'

const [file = '', folder] = process.argv.slice(2)
const torrent = await torrentOf(decodeMetainfo(await readFile(file)))
const port = await PeerPort.open()
if (folder !== undefined) createSeed({ torrent, places: inFolder(join(folder, torrent.metainfo.name)), port })

const handle = trackerHandler({ allowed: () => true, seedPort: () => (folder === undefined ? undefined : port.port) })
const server = createServer((request, response) => {
  if (!handle(request, response)) response.writeHead(404).end()
})
server.listen(Number(new URL(torrent.metainfo.announce ?? '').port))
await once(server, 'listening')
console.log('listening')
