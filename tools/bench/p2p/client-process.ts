/**
 * One of our clients as a process of its own: `client-process.ts TORRENT_FILE FOLDER`. It says when it has all, and
 * goes on sending.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeMetainfo } from '#shared/wire/bittorrent/metainfo.ts'
import { downloadTorrent } from '#transfer/torrent/download.ts'
import { torrentOf } from '#transfer/torrent/revision-torrent.ts'
import { inFolder } from '#transfer/torrent/storage.ts'

const [file = '', folder = ''] = process.argv.slice(2)
const torrent = await torrentOf(decodeMetainfo(await readFile(file)))
await downloadTorrent({
  torrent, places: inFolder(join(folder, torrent.metainfo.name)), trackers: [torrent.metainfo.announce ?? ''], mode: 'peer', seedSeconds: 86_400,
  onComplete: () => console.log(`complete ${Date.now()}`),
})
