/** A session over a network that loses, doubles and reorders at once, and one that somebody floods with noise: real sockets, on loopback. */
import { randomBytes, randomInt } from 'node:crypto'
import type { Socket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { MulticastSenderMessage } from '#shared/contract/multicast.ts'
import type { Segment } from '#shared/transfer/multicast/segments.ts'
import { HEADER_LENGTH, sessionOf, TAG_LENGTH } from '#shared/wire/multicast.ts'
import type { ChunkSource } from '#image/index.ts'
import type { ControlChannel } from '#transfer/control-channel.ts'
import { MulticastReceiver, type MulticastReceiverOptions } from '#transfer/multicast/receiver.ts'
import { MulticastSender, type MulticastNetwork } from '#transfer/multicast/sender.ts'
import { openReceivingSocket, openSendingSocket } from '#transfer/multicast/socket.ts'
import { Link } from '../../../src/agent/testing/link.ts'

const MIB = 1024 * 1024
const PIECE = MIB / 16
const HERE = '127.0.0.1'
const PACK = 'a'.repeat(64)
const original = randomBytes(4 * MIB)
const segments: Segment[] = [{ pack: PACK, offset: 0, length: original.length }]
const network: MulticastNetwork = {
  group: '239.194.7.13', port: 9040, mode: 'full-duplex', speed: 60, maxClients: 9, maxWait: 20, interface: HERE, loopback: true,
}
/** Where receivers listen that are behind the bad network. */
const BEHIND = 9042

const refuse = (): Promise<never> => Promise.reject(new Error('by unicast'))
const nowhere: ChunkSource = { manifest: refuse, packTail: refuse, packRange: refuse }
const source: ChunkSource = { ...nowhere, packRange: async (_pack, offset, length) => original.subarray(offset, offset + length) }

const sender = (expected: number): MulticastSender => new MulticastSender({ source, segments, network, expected })

/** @param port that it is told to listen on */
function receiver(to: MulticastSender, id: string, port = network.port, options: Partial<MulticastReceiverOptions> = {}): MulticastReceiver {
  const link = new Link()
  to.join(id, link.consoles)
  const elsewhere: ControlChannel<unknown> = {
    send: (message) => link.agents.send(message),
    listen: ({ message: hear, closed }) => link.agents.listen({
      closed,
      message: (raw) => {
        const message = MulticastSenderMessage.parse(raw)
        hear(message.type === 'offer' ? { ...message, port } : message)
      },
    }),
  }
  return new MulticastReceiver(elsewhere, { fallback: nowhere, interface: HERE, ...options })
}

/** Takes everything, piece by piece. @param before what each piece waits for */
async function taken({ source }: MulticastReceiver, before: (offset: number) => Promise<void> = async () => undefined): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for (let offset = 0; offset < original.length; offset += PIECE) {
    await before(offset)
    pieces.push(await source.packRange(PACK, offset, PIECE))
  }
  return Buffer.concat(pieces)
}

async function sockets(from: number, to: number): Promise<{ ear: Socket; mouth: Socket }> {
  const { group } = network
  const ear = await openReceivingSocket({ group, port: from, interface: HERE })
  const mouth = await openSendingSocket({ group, port: to, interface: HERE, ttl: 1, loopback: true })
  onTestFinished(() => {
    ear.close()
    mouth.close()
  })
  return { ear, mouth }
}

test('loss, doubles and datagrams that overtake each other, all at once, change no byte', async () => {
  const { ear, mouth } = await sockets(network.port, BEHIND)
  const delayed = new Set<NodeJS.Timeout>()
  const pass = (datagram: Buffer): void => {
    if (randomInt(100) < 70) return mouth.send(datagram)
    const timer = setTimeout(() => {
      delayed.delete(timer)
      mouth.send(datagram)
    }, randomInt(1, 60))
    delayed.add(timer)
  }
  ear.on('message', (datagram) => {
    if (randomInt(100) < 5) return
    pass(datagram)
    if (randomInt(100) < 10) pass(datagram)
  })
  onTestFinished(() => { for (const timer of delayed) clearTimeout(timer) })

  const one = sender(2)
  const receivers = ['first', 'second'].map((id) => receiver(one, id, BEHIND))
  const running = one.run()
  for (const bytes of await Promise.all(receivers.map((each) => taken(each)))) expect(bytes.equals(original)).toBe(true)
  for (const each of receivers) {
    each.leave('done')
    expect(each.figures).toMatchObject({ taken: original.length, fetched: 0, refused: 0 })
    expect(each.figures.repaired).toBeGreaterThan(20)
    expect(each.figures.repeated).toBeGreaterThan(20)
  }
  await running
})

/** Datagrams that are refused by their tag, and those that are not even of this session. */
const FUZZED = 100_000
/** How many of them may be on their way: a socket has no room for more. */
const AT_ONCE = 200

test('a hundred thousand datagrams of noise, and of damaged packets, change no byte of a transfer that goes on', async () => {
  const { ear, mouth } = await sockets(network.port, network.port)
  const one = sender(1)
  const other = receiver(one, 'only', network.port, { window: MIB })
  const seen = (): number => other.figures.foreign + other.figures.refused
  const running = one.run()
  const over = new AbortController()
  void other.ended.then(() => over.abort())

  const valid: Buffer[] = []
  ear.on('message', (datagram: Buffer) => { if (valid.length < 500 && datagram.length < 1500 && sessionOf(datagram) !== undefined) valid.push(datagram) })
  // A quarter of the stream fits into the window: the rest goes out only when the noise has been heard.
  const receiving = taken(other, async (offset) => {
    while (seen() < (FUZZED * offset) / original.length && !over.signal.aborted) await sleep(5)
  })
  await expect.poll(() => valid.length, { timeout: 20_000 }).toBe(500)
  ear.removeAllListeners('message')
  while (seen() < FUZZED && !over.signal.aborted) {
    const before = seen()
    for (let sent = 0; sent < AT_ONCE; sent += 1) mouth.send(sent % 2 === 0 ? noise(valid) : damaged(valid[randomInt(valid.length)]!))
    for (let waits = 0; seen() < before + AT_ONCE && waits < 50; waits += 1) await sleep(1)
  }
  expect((await receiving).equals(original)).toBe(true)
  expect(other.figures).toMatchObject({ taken: original.length, fetched: 0 })
  expect(other.figures.refused).toBeGreaterThan(FUZZED / 4)
  expect(other.figures.foreign).toBeGreaterThan(FUZZED / 10)
  await running
  expect(await other.ended).toEqual({ how: 'end' })
})

/** Bytes of any kind, some of which begin as a packet of this session does. */
function noise(valid: readonly Buffer[]): Buffer {
  const bytes = randomBytes(randomInt(1, 300))
  if (randomInt(2) === 0) bytes.set(valid[0]!.subarray(0, Math.min(randomInt(HEADER_LENGTH + 1), bytes.length)))
  return bytes
}

/** A packet of this session with its tag, and something wrong with it. */
function damaged(right: Buffer): Buffer {
  const wrong = Buffer.from(right)
  switch (randomInt(5)) {
    case 0: return wrong.subarray(0, randomInt(1, wrong.length))
    case 1: return Buffer.concat([wrong, randomBytes(randomInt(1, 50))])
    case 2: randomBytes(TAG_LENGTH).copy(wrong, wrong.length - TAG_LENGTH); break
    case 3: wrong.writeUInt32BE((wrong.readUInt32BE(8) + randomInt(1, 5000)) >>> 0, 8); break
    default: for (let flips = randomInt(1, 9); flips > 0; flips -= 1) wrong[randomInt(8, wrong.length)]! ^= 1 << randomInt(8)
  }
  return wrong.equals(right) ? damaged(right) : wrong
}
