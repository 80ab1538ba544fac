import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { MAX_RANGES, type MulticastReceiverMessage, type MulticastSenderMessage } from '#shared/contract/multicast.ts'
import { segmentsOf } from '#shared/transfer/multicast/parts.ts'
import type { Segment } from '#shared/transfer/multicast/segments.ts'
import { LocalRepository } from '#image/repository/local.ts'
import type { ChunkSource } from '#image/store.ts'
import type { ChannelListener, ControlChannel } from '../control-channel.ts'
import { MulticastReceiver } from './receiver.ts'
import { ThreadedSender } from './threaded-sender.ts'

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)]
const packs = new Map([A, B].map((id) => [id, randomBytes(1_500_000)]))
const segments: Segment[] = [{ pack: A, offset: 100, length: 1_400_000 }, { pack: B, offset: 7, length: 900_000 }]
const network = {
  group: '239.194.7.11', port: 9000, mode: 'full-duplex' as const, speed: 300, maxClients: 2, maxWait: 5, loopback: true, interface: '127.0.0.1',
}
/** Nothing may come by unicast. */
const nowhere: ChunkSource = {
  manifest: () => Promise.reject(new Error('unicast')),
  packTail: () => Promise.reject(new Error('unicast')),
  packRange: () => Promise.reject(new Error('unicast')),
}

let folder: string
let threads: Promise<Worker>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-sender-'))
  const repository = await LocalRepository.open(folder)
  for (const [id, bytes] of packs) {
    await mkdir(dirname(repository.packPath(id)), { recursive: true })
    await writeFile(repository.packPath(id), bytes)
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(() => {
  threads = once(process, 'worker').then(([thread]) => thread as Worker)
})

/** Both ends of a channel in this process. */
class Link {
  readonly heard: MulticastSenderMessage[] = []
  readonly #told = Promise.withResolvers<void>()
  #sender: ChannelListener | undefined
  #receiver: ChannelListener | undefined

  /** When anything is said to the receiver. */
  get told(): Promise<void> { return this.#told.promise }
  close(): void { this.#sender?.closed() }
  say(message: unknown): void { this.#sender?.message(message) }

  readonly senders: ControlChannel<MulticastSenderMessage> = {
    send: (message) => {
      this.heard.push(message)
      this.#told.resolve()
      this.#receiver?.message(message)
    },
    listen: (listener) => { this.#sender = listener },
  }
  readonly receivers: ControlChannel<MulticastReceiverMessage> = {
    send: (message) => this.#sender?.message(message),
    listen: (listener) => { this.#receiver = listener },
  }
}

function sender(expected: number, options: Partial<ConstructorParameters<typeof ThreadedSender>[0]> = {}): ThreadedSender {
  return new ThreadedSender({ repository: folder, segments, network, expected, ...options })
}

/** A channel of somebody who has asked to take part. */
function joined(to: ThreadedSender, id: string): Link {
  const link = new Link()
  to.join(id, link.senders)
  link.say({ type: 'join' })
  return link
}

function receiver(to: ThreadedSender, id: string): MulticastReceiver {
  const link = new Link()
  to.join(id, link.senders)
  return new MulticastReceiver(link.receivers, { fallback: nowhere, interface: network.interface })
}

async function received({ source }: MulticastReceiver): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (const { pack, offset, length } of segments) {
    for (let at = 0; at < length; at += 100_000) parts.push(await source.packRange(pack, offset + at, Math.min(100_000, length - at)))
  }
  return Buffer.concat(parts)
}

const isGone = (thread: Worker): boolean => thread.threadId === -1

describe('a sender in a thread', () => {
  test('sends packs of a repository’s folder to all that take part, and is gone then', async () => {
    const starts: number[] = []
    const one = sender(2, { onStart: (receivers) => starts.push(receivers) })
    const both = [receiver(one, 'first'), receiver(one, 'second')]
    expect(one.figures).toMatchObject({ phase: 'lobby', sent: 0, units: Math.ceil(2_300_000 / 1424) })
    const running = one.run()
    const stream = Buffer.concat(segments.map(({ pack, offset, length }) => packs.get(pack)!.subarray(offset, offset + length)))
    for (const bytes of await Promise.all(both.map(received))) expect(bytes.equals(stream)).toBe(true)
    for (const each of both) each.leave('done')
    const figures = await running
    expect(figures).toMatchObject({ phase: 'ended', sent: figures.units })
    expect(one.figures).toEqual(figures)
    expect(starts).toEqual([2])
    expect(isGone(await threads)).toBe(true)
  })

  test('drops who speaks otherwise, however it does, and ends when nobody is left', async () => {
    const dropped: string[] = []
    const one = sender(2, { onDropped: (id, reason) => dropped.push(`${id} ${reason}`) })
    const running = one.run()
    const wrong = joined(one, 'wrong')
    const deep = joined(one, 'deep')
    expect(joined(one, 'more').heard).toEqual([])
    wrong.say({ type: 'report', missing: [1] })
    deep.say(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)))
    expect(await running).toMatchObject({ phase: 'ended', receivers: [] })
    expect(dropped).toEqual(['more full', 'wrong protocol', 'deep protocol'])
    for (const { heard } of [wrong, deep]) expect(heard.at(-1)).toEqual({ type: 'dropped', reason: 'protocol' })
  })

  test('tells each the stream, whatever its size', async () => {
    const parts = Array.from({ length: MAX_RANGES * 2 + 5 }, (_, index) => ({ pack: A, offset: index * 10, length: 5 }))
    const one = sender(2, { segments: parts })
    const [first, second] = [joined(one, 'first'), joined(one, 'second')]
    const running = one.run()
    for (const link of [first, second]) {
      await expect.poll(() => link.heard.length, { timeout: 5000 }).toBe(4)
      expect(link.heard[0]).toMatchObject({ type: 'offer', parts: 3, bytes: parts.length * 5 })
      expect(link.heard.flatMap((message) => message.type === 'segments' ? segmentsOf(message.packs) : [])).toEqual(parts)
      link.close()
    }
    await running
  })

  test('forgets whose channel is closed', async () => {
    const one = sender(1)
    const link = joined(one, 'one')
    const running = one.run()
    await link.told
    link.close()
    expect(await running).toMatchObject({ receivers: [], sent: 0 })
  })
})

describe('the receivers of a sender in a thread', () => {
  const message = (text: RegExp) => ({ type: 'failed', message: expect.stringMatching(text) })

  test('are told when the thread dies, and so are those that come then', async () => {
    const one = sender(2)
    const link = joined(one, 'one')
    const running = one.run()
    await link.told
    const [ended] = await Promise.allSettled([running, threads.then((thread) => thread.terminate())])
    expect(ended).toMatchObject({ status: 'rejected', reason: { result: 'multicastSender' } })
    expect(link.heard.at(-1)).toMatchObject(message(/died/))
    expect(joined(one, 'late').heard).toMatchObject([message(/died/)])
  })

  test('are told when it is stopped, at once, and the thread is gone', async () => {
    const stop = new AbortController()
    const one = sender(2)
    const link = joined(one, 'one')
    const running = one.run(stop.signal)
    await link.told
    stop.abort()
    await expect(running).rejects.toMatchObject({ name: 'AbortError' })
    expect(link.heard.at(-1)).toMatchObject(message(/abort/))
    expect(isGone(await threads)).toBe(true)
  })

  test('are told once when packs cannot be read', async () => {
    const one = sender(1, { segments: [{ pack: 'c'.repeat(64), offset: 0, length: 9 }] })
    const link = joined(one, 'one')
    await expect(one.run()).rejects.toMatchObject({ result: 'notFound' })
    expect(link.heard.filter(({ type }) => type === 'failed')).toMatchObject([message(/is not there/)])
  })

  test('are told when there is no repository', async () => {
    const one = sender(1, { repository: join(folder, 'packs', 'none') })
    const link = joined(one, 'one')
    await expect(one.run()).rejects.toMatchObject({ result: 'notFound' })
    expect(link.heard).toMatchObject([message(/no repository/)])
  })
})
