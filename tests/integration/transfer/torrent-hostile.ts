import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { TorrentLayout } from '#shared/transfer/torrent/layout.ts'
import { PeerMessageReader } from '#shared/wire/bittorrent/frames.ts'
import { encodeHandshake, encodePeerMessage, type BlockRequest, type PeerMessage } from '#shared/wire/bittorrent/peer-messages.ts'
import type { Torrent } from '#transfer/torrent/revision-torrent.ts'
import { receiveHandshake } from '#transfer/torrent/handshakes.ts'
import { Line } from '#transfer/torrent/line.ts'

/** A connection on which a test says what it likes. */
export interface RawPeer {
  socket: Socket
  say: (...messages: PeerMessage[]) => void
  /** Everything that it was told, handshakes aside. */
  heard: PeerMessage[]
  closed: Promise<unknown>
}

export async function rawPeer(socket: Socket, infoHash: Uint8Array, onMessage: (peer: RawPeer, message: PeerMessage) => void = () => undefined): Promise<RawPeer> {
  socket.on('error', () => undefined)
  const reader = new PeerMessageReader(1_000_000)
  const heard: PeerMessage[] = []
  const peer: RawPeer = {
    socket, heard, closed: once(socket, 'close').catch(() => undefined),
    say: (...messages) => { for (const message of messages) socket.write(encodePeerMessage(message)) },
  }
  socket.write(encodeHandshake({ infoHash, peerId: randomBytes(20), fast: true }))
  const line = Line.over(socket)
  await receiveHandshake(line, reader)
  const read = (chunk: Uint8Array): void => {
    for (const message of reader.messages(chunk)) {
      heard.push(message)
      onMessage(peer, message)
    }
  }
  read(new Uint8Array(0))
  line.listen(read)
  return peer
}

/** Calls a peer from an address. */
export async function callPeer(to: { host: string; port: number }, from: string, torrent: Torrent, onMessage?: (peer: RawPeer, message: PeerMessage) => void): Promise<RawPeer> {
  const socket = connect({ ...to, localAddress: from })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  return rawPeer(socket, torrent.infoHash, onMessage)
}

/** Listens as a seed that answers every request with what `answer` makes of it. @returns its port */
export async function hostileSeed(host: string, torrent: Torrent, answer: (request: BlockRequest) => PeerMessage[]): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const greeted = rawPeer(socket, torrent.infoHash, (peer, message) => {
      if (message.kind === 'interested') peer.say({ kind: 'unchoke' })
      if (message.kind === 'request') peer.say(...answer(message))
    })
    void greeted.then((peer) => peer.say({ kind: 'haveAll' }), () => socket.destroy())
  })
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const bound = server.address()
  return typeof bound === 'object' && bound ? bound.port : 0
}

/** The bytes that a request asks for, of a torrent that is in memory. */
export function blockOf(bytes: Uint8Array, torrent: Torrent, { piece, begin, length }: BlockRequest): Uint8Array {
  const at = piece * torrent.metainfo.pieceLength + begin
  return bytes.slice(at, Math.min(at + length, new TorrentLayout(torrent.metainfo).total))
}
