/**
 * Somebody in a swarm who means harm: `torrent-stranger.ts TORRENT-FILE TRACKER OWN-ADDRESS`. Says that he has all of it, to the
 * tracker too, and sends everybody who asks what is right but for one bit of each block.
 */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { decodeMetainfo } from '#shared/wire/bittorrent/metainfo.ts'
import { PeerMessageReader } from '#shared/wire/bittorrent/frames.ts'
import { encodeHandshake, encodePeerMessage } from '#shared/wire/bittorrent/peer-messages.ts'
import { encodeAnnounce } from '#shared/wire/bittorrent/tracker.ts'
import { receiveHandshake } from '#transfer/torrent/handshakes.ts'
import { Line } from '#transfer/torrent/line.ts'
import { torrentOf } from '#transfer/torrent/revision-torrent.ts'

const [file = '', tracker = '', own = ''] = process.argv.slice(2)
const { infoHash } = await torrentOf(decodeMetainfo(await readFile(file)))
const peerId = randomBytes(20)

const server = createServer((socket) => {
  socket.on('error', () => undefined)
  const reader = new PeerMessageReader(1_000_000)
  socket.write(encodeHandshake({ infoHash, peerId, fast: true }))
  const line = Line.over(socket)
  void receiveHandshake(line, reader).then(() => {
    const hear = (chunk: Uint8Array): void => {
      for (const message of reader.messages(chunk)) {
        if (message.kind === 'interested') socket.write(encodePeerMessage({ kind: 'unchoke' }))
        if (message.kind !== 'request') continue
        socket.write(encodePeerMessage({ kind: 'piece', piece: message.piece, begin: message.begin, block: randomBytes(message.length) }))
        process.stdout.write('{"say":"lied"}\n')
      }
    }
    socket.write(encodePeerMessage({ kind: 'haveAll' }))
    hear(new Uint8Array(0))
    line.listen(hear)
  }, () => socket.destroy())
})
server.listen(0, own)
await once(server, 'listening')
const { port } = server.address() as { port: number }
const query = encodeAnnounce({ infoHash, peerId, port, uploaded: 0, downloaded: 0, left: 0, compact: true })
const answer = await fetch(`${tracker}?${query}`)
process.stdout.write(`${JSON.stringify({ say: 'announced', answer: (await answer.text()).slice(0, 200) })}\n`)
