import { Socket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { MAX_RANGES, MulticastReceiverMessage, MulticastSenderMessage } from '#shared/contract/multicast.ts'
import { segmentsOf } from '#shared/transfer/multicast/parts.ts'
import type { Segment } from '#shared/transfer/multicast/segments.ts'
import type { ChunkSource } from '#image/store.ts'
import type { ChannelListener, ControlChannel } from '../control-channel.ts'
import { Descriptor } from './descriptor.ts'
import { MulticastReceiver } from './receiver.ts'
import { MulticastSender } from './sender.ts'

const A = 'a'.repeat(64)
const bytes = Uint8Array.from({ length: 100 }, (_, index) => index)
const source: ChunkSource = {
  manifest: async () => bytes,
  packTail: async () => ({ size: 100, bytes }),
  packRange: async (_id, offset, length) => bytes.slice(offset, offset + length),
}
const network = {
  group: '239.194.7.9', port: 9000, mode: 'full-duplex' as const, speed: 100, maxClients: 2, maxWait: 7, loopback: true, interface: '127.0.0.1',
}

/** One end of a channel, whose other end is the test. */
class TestChannel<Message> implements ControlChannel<Message> {
  readonly sent: Message[] = []
  listener: ChannelListener | undefined
  send(message: Message): void { this.sent.push(message) }
  listen(listener: ChannelListener): void { this.listener = listener }
}

function sender(segments: Segment[], dropped: string[] = []): MulticastSender {
  return new MulticastSender({ source, segments, network, expected: 2, onDropped: (id, reason) => dropped.push(`${id} ${reason}`) })
}

function joined(to: MulticastSender, id: string): TestChannel<MulticastSenderMessage> {
  const channel = new TestChannel<MulticastSenderMessage>()
  to.join(id, channel)
  channel.listener?.message({ type: 'join' })
  return channel
}

function receiver() {
  const channel = new TestChannel<MulticastReceiverMessage>()
  return { channel, receiver: new MulticastReceiver(channel, { fallback: source }) }
}

describe('a sender', () => {
  test('offers its stream in messages that fit their schema, whatever its size', () => {
    const segments = Array.from({ length: MAX_RANGES * 2 + 5 }, (_, index) => ({ pack: index % 3000 < 1500 ? A : 'b'.repeat(64), offset: index * 10, length: 5 }))
    const { sent } = joined(sender(segments), 'one')
    expect(sent[0]).toMatchObject({ type: 'offer', bytes: segments.length * 5, parts: 3, late: false, reportEvery: 50, group: network.group })
    expect(sent).toHaveLength(4)
    const got = sent.flatMap((message) => {
      const parsed = MulticastSenderMessage.parse(message)
      return parsed.type === 'segments' ? parsed.packs : []
    }).flatMap(({ pack, ranges }) => Array.from({ length: ranges.length / 2 }, (_, index) => ({ pack, offset: ranges[index * 2], length: ranges[index * 2 + 1] })))
    expect(got).toEqual(segments)
    expect(Math.max(...sent.map((message) => JSON.stringify(message).length))).toBeLessThan(512 * 1024)
  })

  test('says a long list of segments a few messages at a time, and no more of it to who is gone', async () => {
    const segments = Array.from({ length: MAX_RANGES * 33 }, (_, index) => ({ pack: A, offset: index * 10, length: 5 }))
    const one = sender(segments)
    const [stays, goes] = [joined(one, 'stays'), joined(one, 'goes')]
    expect([stays.sent.length, goes.sent.length]).toEqual([17, 17])
    goes.listener?.closed()
    await expect.poll(() => stays.sent.length, { timeout: 3000 }).toBe(34)
    expect(goes.sent).toHaveLength(17)
    expect(stays.sent.flatMap((message) => message.type === 'segments' ? segmentsOf(message.packs) : [])).toEqual(segments)
  })

  test('has a key of its own for each session', () => {
    const keys = [1, 2].map(() => joined(sender([{ pack: A, offset: 0, length: 9 }]), 'one').sent[0])
    expect(keys[0]).toMatchObject({ key: expect.stringMatching(/^[\w-]{43}$/) })
    expect(keys[0]).not.toMatchObject({ key: (keys[1] as { key: string }).key })
  })

  test('refuses more receivers than it may have, and those that speak otherwise', () => {
    const dropped: string[] = []
    const one = sender([{ pack: A, offset: 0, length: 9 }], dropped)
    const first = joined(one, 'first')
    joined(one, 'second')
    expect(joined(one, 'third').sent).toEqual([{ type: 'dropped', reason: 'full' }])
    first.listener?.message({ type: 'report', missing: [1] })
    expect(first.sent.at(-1)).toEqual({ type: 'dropped', reason: 'protocol' })
    expect(dropped).toEqual(['third full', 'first protocol'])
    expect(one.figures.receivers.map(({ id }) => id)).toEqual(['second'])
  })

  test('answers once who asks twice', () => {
    const dropped: string[] = []
    const channel = joined(sender([{ pack: A, offset: 0, length: 9 }], dropped), 'one')
    channel.listener?.message({ type: 'join' })
    expect(channel.sent.map(({ type }) => type)).toEqual(['offer', 'segments'])
    expect(dropped).toEqual([])
  })

  test.each(['the descriptor', 'Node'])('says that it cannot send by %s before its receivers take themselves for deaf', async (way) => {
    const fail = () => { throw new Error('ENETUNREACH') }
    if (way === 'Node') vi.spyOn(Descriptor, 'of').mockReturnValue(undefined)
    vi.spyOn(Descriptor.prototype, 'write').mockImplementation(fail)
    vi.spyOn(Socket.prototype, 'send').mockImplementation((...args: unknown[]) => {
      const done = args.at(-1)
      if (typeof done === 'function') done(new Error('ENETUNREACH'))
    })
    const one = sender([{ pack: A, offset: 0, length: 9 }])
    const { sent } = joined(one, 'one')
    const begun = performance.now()
    await expect(one.run()).rejects.toMatchObject({ result: 'multicastSender' })
    expect(performance.now() - begun).toBeLessThan(6000)
    expect(sent.at(-1)).toEqual({ type: 'failed', message: 'nothing can be sent: ENETUNREACH' })
    vi.restoreAllMocks()
  })

  test('has something to send', () => {
    expect(() => sender([])).toThrow(RangeError)
  })
})

describe('a receiver', () => {
  const offer = { type: 'offer', session: 1, key: 'k'.repeat(43), group: network.group, port: 9000, bytes: 50, parts: 1, late: false, reportEvery: 50 }

  test.each([
    ['what it does not understand', [{ type: 'offer' }], { how: 'failed' }],
    ['two offers', [offer, offer], { how: 'failed', message: 'a second offer' }],
    ['a table of contents of another length', [offer, { type: 'segments', packs: [{ pack: A, ranges: [0, 49] }] }], { how: 'failed' }],
    ['one that overlaps', [offer, { type: 'segments', packs: [{ pack: A, ranges: [0, 30, 20, 20] }] }], { how: 'failed' }],
    ['that it is dropped', [{ type: 'dropped', reason: 'full' }], { how: 'dropped', reason: 'full' }],
    ['that the sender failed', [{ type: 'failed', message: 'disk' }], { how: 'failed', message: 'disk' }],
  ])('goes on by unicast when it hears %s', async (_what, messages, end) => {
    const { channel, receiver: one } = receiver()
    const range = one.source.packRange(A, 10, 5)
    for (const message of messages) channel.listener?.message(message)
    expect(await one.ended).toMatchObject(end)
    expect(await range).toEqual(bytes.slice(10, 15))
    expect(one.source.fetched).toBe(5)
  })

  test('goes on by unicast when the channel closes, and when it leaves', async () => {
    const lost = receiver()
    lost.channel.listener?.closed()
    expect(await lost.receiver.ended).toEqual({ how: 'disconnected' })
    const left = receiver()
    left.receiver.leave('cancelled')
    left.receiver.leave('done')
    expect(left.channel.sent).toEqual([{ type: 'join' }, { type: 'leave', reason: 'cancelled' }])
    expect(await left.receiver.source.packRange(A, 0, 3)).toEqual(bytes.slice(0, 3))
  })

  test('leaves when nothing answers it', async () => {
    const channel = new TestChannel<MulticastReceiverMessage>()
    const one = new MulticastReceiver(channel, { fallback: source, answerWithin: 20 })
    expect(await one.ended).toEqual({ how: 'left', reason: 'unanswered' })
    expect(channel.sent.at(-1)).toEqual({ type: 'leave', reason: 'unanswered' })
  })

  test('asks until somebody answers, if it is to: there may be no connection', async () => {
    const channel = new TestChannel<MulticastReceiverMessage>()
    const one = new MulticastReceiver(channel, { fallback: source, answerWithin: 20, remindEvery: 30 })
    await expect.poll(() => channel.sent.length).toBeGreaterThan(2)
    channel.listener?.message({ type: 'gathering', joined: 1, expected: 2 })
    const asked = [...channel.sent]
    expect(new Set(asked.map(({ type }) => type))).toEqual(new Set(['join']))
    await sleep(100)
    expect([one.isOver, channel.sent]).toEqual([false, asked])
    one.leave('cancelled')
    expect(one.isOver).toBe(true)
  })

  test('waits longer for an answer when it has much to say: the console reads only so much of it a second', async () => {
    const channel = new TestChannel<MulticastReceiverMessage>()
    const wants = Array.from({ length: MAX_RANGES + 1 }, (_, index) => ({ pack: A, offset: index * 10, length: 5 }))
    const one = new MulticastReceiver(channel, { fallback: source, wants, answerWithin: 20 })
    expect(await Promise.race([one.ended, sleep(300, 'joined')])).toBe('joined')
    expect(await one.ended).toEqual({ how: 'left', reason: 'unanswered' })
  })

  test('waits while the others gather, and leaves when no datagram of what it is offered then reaches it', async () => {
    const channel = new TestChannel<MulticastReceiverMessage>()
    const gathering: number[] = []
    const one = new MulticastReceiver(channel, {
      fallback: source, answerWithin: 20, deafAfter: 20, interface: '127.0.0.1', onGathering: (...counts) => gathering.push(...counts),
    })
    channel.listener?.message({ type: 'gathering', joined: 1, expected: 3 })
    expect(await Promise.race([one.ended, sleep(100, 'gathering')])).toBe('gathering')
    channel.listener?.message(offer)
    channel.listener?.message({ type: 'segments', packs: [{ pack: A, ranges: [0, 50] }] })
    expect(await one.ended).toEqual({ how: 'left', reason: 'deaf' })
    expect(gathering).toEqual([1, 3])
  })

  test('says what it lacks before it joins, in messages that fit their schema', () => {
    const channel = new TestChannel<MulticastReceiverMessage>()
    const wants = Array.from({ length: MAX_RANGES + 1 }, (_, index) => ({ pack: index < 7 ? A : 'b'.repeat(64), offset: index * 10, length: 5 }))
    new MulticastReceiver(channel, { fallback: source, wants }).leave('cancelled')
    const [first, second, ...others] = channel.sent.map((message) => MulticastReceiverMessage.parse(message))
    expect([first, second].flatMap((message) => message?.type === 'wants' ? segmentsOf(message.packs) : [])).toEqual(wants)
    expect(others).toEqual([{ type: 'join' }, { type: 'leave', reason: 'cancelled' }])
  })

  test('always has manifests and the ends of packs from the fallback', async () => {
    const { receiver: one } = receiver()
    expect(await one.source.manifest(A)).toBe(bytes)
    expect(await one.source.packTail(A, 9)).toMatchObject({ size: 100 })
    one.leave('cancelled')
  })
})
