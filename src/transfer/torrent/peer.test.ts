import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PeerMessageReader } from '#shared/wire/bittorrent/frames.ts'
import { Line } from './line.ts'
import { Peer } from './peer.ts'

let near: Socket
let far: Socket
beforeEach(async () => {
  const server = createServer({ pauseOnConnect: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [came] = await once(server, 'connection') as [Socket]
  far = came
  far.on('error', () => undefined)
  server.close()
})
afterEach(() => {
  near.destroy()
  far.destroy()
})

test('whoever does not read what it asks for is given up, before that fills the memory', async () => {
  const peer = new Peer({
    line: Line.over(near), host: '127.0.0.1', outgoing: true, pieceCount: 1, reader: new PeerMessageReader(),
    handshake: { infoHash: new Uint8Array(20), peerId: new Uint8Array(20), fast: true },
  })
  let most = 0
  for (let sent = 0; sent < 100 && !peer.closed; sent += 1) {
    peer.send(...Array.from({ length: 10_000 }, () => ({ kind: 'reject' as const, piece: 0, begin: 0, length: 16 })))
    most = Math.max(most, near.writableLength)
    await turn()
  }
  expect(peer.closed).toBe(true)
  expect(most).toBeLessThan(8 * 1024 * 1024)
})
