import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PeerMessageReader } from '#shared/wire/bittorrent/frames.ts'
import { encodePeerMessages, type PeerMessage } from '#shared/wire/bittorrent/peer-messages.ts'
import { Lease } from './buffer-pool.ts'
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
  vi.useRealTimers()
  near.destroy()
  far.destroy()
})

function peerOf(socket: Socket): Peer {
  return new Peer({
    line: Line.over(socket), host: '127.0.0.1', outgoing: true, pieceCount: 1, reader: new PeerMessageReader(),
    handshake: { infoHash: new Uint8Array(20), peerId: new Uint8Array(20), fast: true },
  })
}

/** Returns what the other side hears, when there is so much of it. */
async function heard(length: number): Promise<Buffer> {
  let all = Buffer.alloc(0)
  for (far.resume(); all.length < length; ) all = Buffer.concat([all, ...await once(far, 'data') as [Buffer]])
  return all
}

test('what is only mentioned goes in front of what is said next, or alone after a while', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const peer = peerOf(near)
  const news: PeerMessage[] = [{ kind: 'have', piece: 1 }, { kind: 'have', piece: 2 }]
  for (const message of news) peer.mention(message)
  await turn()
  expect(near.bytesWritten).toBe(0)
  peer.send({ kind: 'interested' })
  const together = encodePeerMessages([...news, { kind: 'interested' }])
  expect(await heard(together.length)).toEqual(Buffer.from(together))
  peer.mention({ kind: 'have', piece: 3 })
  const alone = encodePeerMessages([{ kind: 'have', piece: 3 }])
  vi.advanceTimersByTime(50)
  expect(await heard(alone.length)).toEqual(Buffer.from(alone))
})

test('memory of blocks is given back once they have gone, and not when they are cut off', async () => {
  const peer = peerOf(near)
  const block = new Uint8Array(16_384).fill(7)
  let back = 0
  const send = (): void => peer.sendBlocks([{ piece: 0, begin: 0, length: block.length }], Lease.of(block, block.length, () => { back += 1 }))
  send()
  const message = encodePeerMessages([{ kind: 'piece', piece: 0, begin: 0, block }])
  expect(await heard(message.length)).toEqual(Buffer.from(message))
  await turn()
  expect(back).toBe(1)
  send()
  peer.close()
  await once(near, 'close')
  send()
  await turn()
  expect(back).toBe(1)
})

test('whoever does not read what it asks for is given up, before that fills the memory', async () => {
  const peer = peerOf(near)
  let most = 0
  for (let sent = 0; sent < 100 && !peer.closed; sent += 1) {
    peer.send(...Array.from({ length: 10_000 }, () => ({ kind: 'reject' as const, piece: 0, begin: 0, length: 16 })))
    most = Math.max(most, near.writableLength)
    await turn()
  }
  expect(peer.closed).toBe(true)
  expect(most).toBeLessThan(8 * 1024 * 1024)
})
