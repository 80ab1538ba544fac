import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { TorrentLayout } from '#shared/transfer/torrent/layout.ts'
import { PiecePicker } from '#shared/transfer/torrent/piece-picker.ts'
import { Bitfield } from '#shared/wire/bittorrent/bitfield.ts'
import { PeerMessageReader } from '#shared/wire/bittorrent/frames.ts'
import { BLOCK_LENGTH } from '#shared/wire/bittorrent/peer-messages.ts'
import { BufferPool } from './buffer-pool.ts'
import { Downloads } from './downloads.ts'
import { Line } from './line.ts'
import { Peer } from './peer.ts'
import { TorrentStorage, inFolder } from './storage.ts'

const PIECE = 256 * 1024

/** Peers that have all of one piece and send us what is asked of them. Nobody listens to what we say. */
async function seeds(...hosts: string[]): Promise<Peer[]> {
  const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  onTestFinished(() => void server.close())
  return Promise.all(hosts.map(async (host) => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    onTestFinished(() => void socket.destroy())
    const peer = new Peer({
      line: Line.over(socket), host, outgoing: true, pieceCount: 1, reader: new PeerMessageReader(),
      handshake: { infoHash: new Uint8Array(20), peerId: new Uint8Array(20), fast: true },
    })
    peer.has.set(0)
    peer.choked = false
    peer.interested = true
    return peer
  }))
}

test('a piece that is begun anew, to come from one peer alone, is hashed as it is then', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clonaula-downloads-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const right = randomBytes(PIECE)
  const files = [{ path: ['file'], length: PIECE }]
  const layout = new TorrentLayout({ name: 'image', files, pieceLength: PIECE, pieces: createHash('sha1').update(right).digest() })
  const storage = new TorrentStorage(layout, files, inFolder(folder))
  onTestFinished(() => storage.close())
  const picker = new PiecePicker<Peer>({ pieceCount: 1, blockCount: () => PIECE / BLOCK_LENGTH, have: new Bitfield(1), maxOpen: 4, random: () => 0 })
  const culprits: string[] = []
  const written = Promise.withResolvers<void>()
  const downloads = new Downloads({
    layout, storage, picker, pool: new BufferPool(PIECE, PIECE),
    onPiece: () => written.resolve(), onCulprit: (host) => culprits.push(host), onFailure: (cause) => written.reject(cause),
  })
  const [honest, liar] = await seeds('10.0.0.1', '10.0.0.2') as [Peer, Peer]
  const send = (peer: Peer, bytes: Uint8Array): void => {
    downloads.ask(peer, 0)
    for (const { index } of peer.requests.values()) {
      downloads.receive(peer, 0, index * BLOCK_LENGTH, bytes.subarray(index * BLOCK_LENGTH, (index + 1) * BLOCK_LENGTH))
    }
  }
  picker.failed(0)
  send(honest, right)
  downloads.release(honest)

  const wrong = Buffer.from(right)
  wrong[5]! ^= 1
  for (let turn = 0; turn < 2; turn += 1) send(liar, wrong)
  expect(culprits).toEqual(['10.0.0.2'])
  await expect(access(join(folder, 'file'))).rejects.toMatchObject({ code: 'ENOENT' })

  for (let turn = 0; turn < 2; turn += 1) send(honest, right)
  await written.promise
  expect(Buffer.compare(await readFile(join(folder, 'file')), right)).toBe(0)
})
