/**
 * A client as a program of its own, to be killed: `node torrent-client.ts TORRENT FOLDER HOST PEER_PORT
 * [BYTES_PER_SECOND]`. It says how many pieces it found on the disk, and then how many it has.
 */
import { readFile } from 'node:fs/promises'
import { decodeMetainfo } from '#shared/wire/bittorrent/metainfo.ts'
import { downloadTorrent } from '#transfer/torrent/download.ts'
import { torrentOf } from '#transfer/torrent/revision-torrent.ts'
import { inFolder } from '#transfer/torrent/storage.ts'

const [file = '', folder = '', host = '', port = '', rate] = process.argv.slice(2)
const { downloaded } = await downloadTorrent({
  torrent: await torrentOf(decodeMetainfo(await readFile(file))), places: inFolder(folder), trackers: [], mode: 'peer', seedSeconds: 0,
  peers: [{ host: '127.77.0.1', port: Number(port) }], host, ...(rate === undefined ? {} : { limits: { download: Number(rate) } }),
  onProgress: ({ phase, pieces }) => { if (phase !== 'check') console.log(`pieces ${pieces}`) },
})
console.log(`downloaded ${downloaded}`)
