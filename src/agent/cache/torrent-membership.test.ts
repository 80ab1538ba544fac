import { afterEach, expect, test, vi } from 'vitest'
import type { ChannelListener, ControlChannel } from '#transfer/control-channel.ts'
import { Membership } from './torrent-membership.ts'

const OFFER = {
  type: 'offer', infoHash: 'ab'.repeat(20), file: 'http://10.0.0.1:7400/torrent/x.torrent', trackers: ['http://10.0.0.1:7400/torrent/announce'],
  mode: 'peer', seedSeconds: 60,
} as const

interface Line { sent: unknown[]; listener: ChannelListener | undefined }

let member: Membership | undefined
afterEach(() => {
  member?.leave()
  vi.useRealTimers()
})

/** A member whose channels, one after the other, the test is at the other end of. */
function joined(patience = 30_000) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearInterval', 'clearTimeout', 'performance'] })
  const lines: Line[] = []
  const hashed: number[] = []
  member = new Membership({
    patience, onHashing: (done) => hashed.push(done),
    openChannel(): ControlChannel<unknown> {
      const line: Line = { sent: [], listener: undefined }
      lines.push(line)
      return { send: (message) => line.sent.push(message), listen: (listener) => { line.listener = listener } }
    },
  })
  return { member, lines, hashed }
}

test('asks until it is answered, and hears how far the torrent is', async () => {
  const { member: asking, lines, hashed } = joined()
  await vi.advanceTimersByTimeAsync(11_000)
  expect(lines[0]?.sent).toEqual([{ type: 'join' }, { type: 'join' }, { type: 'join' }])
  lines[0]?.listener?.message({ type: 'hashing', done: 5, total: 10 })
  await vi.advanceTimersByTimeAsync(11_000)
  expect([lines[0]?.sent.length, hashed]).toEqual([3, [5]])
  lines[0]?.listener?.message(OFFER)
  expect(await asking.answer).toEqual({ offer: OFFER })
})

test('knows who else takes the image, as the console said it last, before and after the answer', async () => {
  const { member: asking, lines } = joined()
  const say = (message: unknown): void => lines[0]?.listener?.message(message)
  say({ type: 'members', addresses: ['10.0.0.2'] })
  expect([asking.isMember('10.0.0.2'), asking.isMember('10.0.0.3')]).toEqual([true, false])
  say(OFFER)
  say({ type: 'members', addresses: ['10.0.0.3', '10.0.0.4'] })
  expect([asking.isMember('10.0.0.2'), asking.isMember('10.0.0.3'), asking.isMember('10.0.0.4')]).toEqual([false, true, true])
  expect(await asking.answer).toEqual({ offer: OFFER })
})

test('says that it is there again on each new connection', async () => {
  const { member: asking, lines } = joined()
  lines[0]?.listener?.message(OFFER)
  await asking.answer
  for (const at of [0, 1]) {
    lines[at]?.listener?.closed()
    await vi.advanceTimersByTimeAsync(1500)
    expect(lines[at + 1]?.sent).toEqual([{ type: 'join' }])
  }
  asking.leave()
  lines[2]?.listener?.closed()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(lines).toHaveLength(3)
})

test.each([
  ['refuses', { type: 'unavailable', reason: 'portClosed' }, 'portClosed'],
  ['refuses for what nobody has words for', { type: 'unavailable', reason: 'no port' }, 'misunderstood'],
  ['says something else', { type: 'offer' }, 'misunderstood'],
  ['says nothing', undefined, 'unanswered'],
])('gives up when the console %s', async (_, message, refusal) => {
  const { member: asking, lines } = joined(20_000)
  if (message) lines[0]?.listener?.message(message)
  await vi.advanceTimersByTimeAsync(21_000)
  expect(await asking.answer).toEqual({ refusal })
})

test('waits as long as the console says that it makes the torrent', async () => {
  const { member: asking, lines } = joined(20_000)
  for (let done = 0; done < 10; done += 1) {
    lines[0]?.listener?.message({ type: 'hashing', done, total: 10 })
    await vi.advanceTimersByTimeAsync(15_000)
  }
  lines[0]?.listener?.message(OFFER)
  expect(await asking.answer).toEqual({ offer: OFFER })
})
