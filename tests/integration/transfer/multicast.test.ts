/** Real senders and receivers, each a process in a network namespace of its own; needs root, nftables and iproute2. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Segment } from '#shared/transfer/multicast/segments.ts'
import type { MulticastNetwork } from '#transfer/multicast/sender.ts'
import { fillPackFolder } from '../../../tools/bench/multicast/pack-folder.ts'
import type { ReceiverTask } from '../../../tools/bench/multicast/receiver-process.ts'
import { Room, type RoomMember, type RoomOptions } from '../../../tools/bench/multicast/room.ts'
import type { SenderSays } from '../../../tools/bench/multicast/sender-process.ts'
import { Speaker, startReceiver, startSender } from '../../../tools/bench/multicast/session.ts'

const MB = 1_000_000
/** Mbit/s of a session, unless said otherwise, and how much more a measurement may see: what may be caught up, and what is said to receivers. */
const SPEED = 100
const MORE = 1.1
const GROUP = '239.194.7.7'
const PORT = 9000
const CONTROL = 7000

let folder = ''
let segments: Segment[] = []
let room: Room | undefined

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clonaula-multicast-'))
  segments = await fillPackFolder(folder, 40 * MB)
})
afterEach(() => room?.remove())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function enter(options: RoomOptions): Promise<Room> {
  room = await Room.create(options)
  return room
}

/** Mbit/s that a sender has put on the wire, by its card's counter; repairs, and what it said to each receiver, are in it. */
async function measured(inside: Room, sender: Speaker<SenderSays>, before: number): Promise<{ seconds: number; rate: number }> {
  const [start, end] = [await sender.heard('start'), await sender.heard('end')]
  const seconds = (end.at - start.at) / 1000
  return { seconds, rate: (await inside.sent('sender') - before) / 125_000 / seconds }
}

/** The first megabytes of what there is. */
function stream(bytes: number): Segment[] {
  const parts: Segment[] = []
  for (const { pack, offset, length } of segments) {
    if (bytes <= 0) break
    parts.push({ pack, offset, length: Math.min(length, bytes) })
    bytes -= length
  }
  return parts
}

interface SessionOptions {
  bytes: number
  expected: number
  network?: Partial<MulticastNetwork>
  from?: RoomMember
}

async function session(inside: Room, { bytes, expected, network = {}, from = 'sender' }: SessionOptions) {
  const parts = stream(bytes)
  const address = Room.address(from)
  const properties: MulticastNetwork = {
    group: GROUP, port: PORT, mode: 'full-duplex', speed: SPEED, maxClients: 50, maxWait: 30, interface: address, ...network,
  }
  const sender = await startSender(inside, { folder, segments: parts, network: properties, expected, control: CONTROL }, { member: from })
  return {
    sender,
    receiver: (index: number, options: Partial<ReceiverTask> = {}) => startReceiver(inside, index, {
      folder, segments: parts, sender: { host: address, port: CONTROL }, interface: Room.address(index), check: true, ...options,
    }),
  }
}

describe('multicast on a network', () => {
  test.each([[0, 0], [1, 10], [5, 100], [20, 500]])('at %d percent of loss (%d repaired at least) brings every byte to everybody, and keeps to its speed', async (loss, repaired) => {
    const inside = await enter({ receivers: 3, loss })
    const before = await inside.sent('sender')
    const { sender, receiver } = await session(inside, { bytes: 8 * MB, expected: 3 })
    const receivers = [receiver(0), receiver(1), receiver(2)]
    for (const done of await Promise.all(receivers.map((one) => one.heard('done')))) {
      expect(done).toMatchObject({ wrong: 0, figures: { taken: 8 * MB, fetched: 0, refused: 0, total: 8 * MB, have: 8 * MB } })
      expect(done.figures.repaired).toBeGreaterThanOrEqual(repaired)
    }
    const { figures } = await sender.heard('end')
    expect(figures.sent).toBe(figures.units)
    expect((await measured(inside, sender, before)).rate).toBeLessThan(SPEED * MORE)
    expect(sender.said.filter(({ say }) => say === 'dropped')).toEqual([])
  })

  test('goes on when receivers are killed, or freeze', async () => {
    const { sender, receiver } = await session(await enter({ receivers: 3 }), { bytes: 40 * MB, expected: 3 })
    const [healthy, killed, frozen] = [receiver(0), receiver(1), receiver(2)]
    await sender.heard('start')
    await killed.kill()
    frozen.process.kill('SIGSTOP')
    expect(await healthy.heard('done')).toMatchObject({ wrong: 0, figures: { fetched: 0 } })
    await sender.heard('end')
    expect(sender.said.filter(({ say }) => say === 'dropped')).toEqual([expect.objectContaining({ reason: 'silent' })])
  })

  test('serves a receiver alone that is ten times slower, and does not make the others wait for it', async () => {
    const { sender, receiver } = await session(await enter({ receivers: 3 }), { bytes: 40 * MB, expected: 3 })
    const slow = receiver(2, { disk: 0.7 * MB, window: 4 * MB })
    const healthy = [receiver(0), receiver(1)]
    for (const done of await Promise.all(healthy.map((one) => one.heard('done')))) expect(done).toMatchObject({ wrong: 0, figures: { fetched: 0 } })
    expect(await slow.heard('over')).toMatchObject({ end: { how: 'dropped', reason: 'slow' } })
    expect(sender.said).toContainEqual(expect.objectContaining({ say: 'dropped', reason: 'slow' }))
    expect(slow.said.some(({ say }) => say === 'done')).toBe(false)
    const done = await slow.heard('done')
    expect(done.wrong).toBe(0)
    expect(done.figures.fetched).toBeGreaterThan(10 * MB)
  })

  test('takes nothing from a stranger who repeats, damages and forges datagrams', async () => {
    const inside = await enter({ receivers: 2 })
    const stranger = new Speaker<{ say: 'listening' } | { say: 'heard'; count: number }>(inside.spawn('stranger', [
      process.execPath, join(import.meta.dirname, 'multicast-stranger.ts'), GROUP, String(PORT), Room.address('stranger'),
    ]))
    await stranger.heard('listening')
    const { receiver } = await session(inside, { bytes: 8 * MB, expected: 2 })
    for (const done of await Promise.all([receiver(0), receiver(1)].map((one) => one.heard('done')))) {
      expect(done).toMatchObject({ wrong: 0, figures: { taken: 8 * MB, fetched: 0 } })
      expect(done.figures.repeated).toBeGreaterThan(50)
      expect(done.figures.refused).toBeGreaterThan(50)
    }
    stranger.process.stdin?.end()
    expect((await stranger.heard('heard')).count).toBeGreaterThan(100)
  })

  test('keeps two sessions on one address and port apart', async () => {
    const inside = await enter({ receivers: 2 })
    const one = await session(inside, { bytes: 8 * MB, expected: 1 })
    const other = await session(inside, { bytes: 8 * MB, expected: 1, from: 'stranger' })
    const receivers = [one.receiver(0), other.receiver(1)]
    for (const done of await Promise.all(receivers.map((receiver) => receiver.heard('done')))) {
      expect(done).toMatchObject({ wrong: 0, figures: { taken: 8 * MB, fetched: 0, refused: 0 } })
      expect(done.figures.foreign).toBeGreaterThan(20)
    }
  })

  test('goes on by unicast when the sender dies', async () => {
    const { sender, receiver } = await session(await enter({ receivers: 2 }), { bytes: 40 * MB, expected: 2 })
    const receivers = [receiver(0), receiver(1)]
    await sender.heard('start')
    await sender.kill()
    for (const one of receivers) {
      expect(await one.heard('over')).toMatchObject({ end: { how: 'disconnected' } })
      const done = await one.heard('done')
      expect(done.wrong).toBe(0)
      expect(done.figures.taken + done.figures.fetched).toBe(40 * MB)
      expect(done.figures.fetched).toBeGreaterThan(0)
    }
  })

  test('keeps to half of the speed where that is set, and receivers on a half-duplex medium say much less', async () => {
    const inside = await enter({ receivers: 1 })
    const said: number[] = []
    for (const mode of ['full-duplex', 'half-duplex'] as const) {
      const [before, silent] = [await inside.sent('sender'), await inside.sent(0)]
      const { sender, receiver } = await session(inside, { bytes: 14 * MB, expected: 1, network: { mode, speed: SPEED / 2 } })
      expect(await receiver(0).heard('done')).toMatchObject({ wrong: 0, figures: { fetched: 0 } })
      const { seconds, rate } = await measured(inside, sender, before)
      expect(rate).toBeLessThan((SPEED / 2) * MORE)
      said.push((await inside.sent(0) - silent) / seconds)
    }
    const [full = 0, half = 0] = said
    expect(half).toBeLessThan(full / 2)
  })

  test('gives up a sender that falls silent', async () => {
    const { sender, receiver } = await session(await enter({ receivers: 1 }), { bytes: 40 * MB, expected: 1 })
    const one = receiver(0, { stallAfter: 1500 })
    await sender.heard('start')
    sender.process.kill('SIGSTOP')
    expect(await one.heard('over')).toMatchObject({ end: { how: 'left', reason: 'stalled' } })
    expect(await one.heard('done')).toMatchObject({ wrong: 0 })
  })

  test('goes on where it was when its sender stood still for longer than a receiver may be silent', async () => {
    const { sender, receiver } = await session(await enter({ receivers: 2 }), { bytes: 20 * MB, expected: 2 })
    const receivers = [receiver(0), receiver(1)]
    await sender.heard('start')
    sender.process.kill('SIGSTOP')
    await sleep(7500)
    sender.process.kill('SIGCONT')
    for (const one of receivers) expect(await one.heard('done')).toMatchObject({ wrong: 0, figures: { taken: 20 * MB, fetched: 0 } })
    await sender.heard('end')
    expect(sender.said.filter(({ say }) => say === 'dropped')).toEqual([])
  })

  test('lets a receiver in that comes late, which gets the beginning by unicast', async () => {
    const { sender, receiver } = await session(await enter({ receivers: 2 }), { bytes: 40 * MB, expected: 1 })
    const early = receiver(0)
    await sender.heard('start')
    const late = receiver(1)
    expect(await early.heard('done')).toMatchObject({ wrong: 0, figures: { fetched: 0 } })
    const done = await late.heard('done')
    expect(done.wrong).toBe(0)
    expect(done.figures.taken).toBeGreaterThan(0)
    expect(done.figures.fetched).toBeGreaterThan(0)
  })

  test('says again and again that it is in the group, and never that it leaves: a switch forgets where nobody asks', async () => {
    const inside = await enter({ receivers: 2 })
    const { receiver } = await session(inside, { bytes: 8 * MB, expected: 2 })
    const said = await inside.countMemberships(0)
    const renewing = receiver(0, { renewEvery: 200 })
    await renewing.heard('ready')
    const { joins } = await said()
    await expect.poll(async () => (await said()).joins, { timeout: 15_000 }).toBeGreaterThan(joins + 3)
    expect((await said()).leaves).toBe(0)
    for (const done of await Promise.all([renewing, receiver(1)].map((one) => one.heard('done')))) {
      expect(done).toMatchObject({ wrong: 0, figures: { fetched: 0 } })
    }
  })

  test('does without a receiver that multicast does not reach', async () => {
    const inside = await enter({ receivers: 2 })
    await inside.setLoss(1, 100)
    const { sender, receiver } = await session(inside, { bytes: 8 * MB, expected: 2 })
    const [healthy, deaf] = [receiver(0), receiver(1, { deafAfter: 1500 })]
    expect(await deaf.heard('over')).toMatchObject({ end: { how: 'left', reason: 'deaf' } })
    expect(await deaf.heard('done')).toMatchObject({ wrong: 0, figures: { taken: 0, fetched: 8 * MB } })
    expect(await healthy.heard('done')).toMatchObject({ wrong: 0, figures: { fetched: 0 } })
    expect(await sender.heard('start')).toMatchObject({ receivers: 1 })
  })

  test('reaches receivers behind a router that passes the group on, because datagrams may pass some', async () => {
    const inside = await enter({ receivers: 2, routed: GROUP })
    const { receiver } = await session(inside, { bytes: 8 * MB, expected: 2 })
    for (const done of await Promise.all([receiver(0), receiver(1)].map((one) => one.heard('done')))) {
      expect(done).toMatchObject({ wrong: 0, figures: { taken: 8 * MB, fetched: 0 } })
    }
    const near = await session(inside, { bytes: 8 * MB, expected: 1, network: { ttl: 1 }, from: 'stranger' })
    const beyond = near.receiver(0, { deafAfter: 1500 })
    expect(await beyond.heard('over')).toMatchObject({ end: { how: 'left', reason: 'deaf' } })
  })

  test('starts without those that do not come', async () => {
    const { sender, receiver } = await session(await enter({ receivers: 1 }), { bytes: 1 * MB, expected: 5, network: { maxWait: 12 } })
    expect(await receiver(0).heard('done')).toMatchObject({ wrong: 0, figures: { fetched: 0 } })
    expect(await sender.heard('start')).toMatchObject({ receivers: 1 })
  })
})
