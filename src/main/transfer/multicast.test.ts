import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { MulticastSenderMessage } from '#shared/contract/multicast.ts'
import type { ProtocolOptions } from '#shared/domain/deploy/protocol-options.ts'
import { HostName, type ClassroomId, type OperationId } from '#shared/domain/ids.ts'
import { isDirect, type RestoreMethod } from '#shared/domain/method.ts'
import type { Segment } from '#shared/transfer/multicast/segments.ts'
import { LocalRepository } from '#image/index.ts'
import { packOf } from '#image/repository/testing/small-images.ts'
import type { ChannelListener, ControlChannel } from '#transfer/control-channel.ts'
import { ThreadedSender, type ThreadedSenderOptions } from '#transfer/multicast/threaded-sender.ts'
import { mac } from '../../../tests/support/hardware.ts'
import { facts, outcome, sha } from '../../../tests/support/console-kit.ts'
import { openInventory, type Inventory } from '../inventory/index.ts'
import { createMulticast, type MulticastParts, type MulticastService } from './multicast.ts'
import type { Sending } from './multicast-session.ts'

/** A computer's end of its channel. */
class Agent implements ControlChannel<unknown> {
  readonly heard: MulticastSenderMessage[] = []
  #listener: ChannelListener | undefined
  send(message: unknown): void { this.heard.push(message as MulticastSenderMessage) }
  listen(listener: ChannelListener): void { this.#listener = listener }
  say(message: unknown): void { this.#listener?.message(message) }
  close(): void { this.#listener?.closed() }
  join(...wants: Segment[]): void {
    this.say({ type: 'wants', packs: wants.map(({ pack, offset, length }) => ({ pack, ranges: [offset, length] })) })
    this.say({ type: 'join' })
  }
}

/** Says what it was given to send, and sends nothing. */
class FakeSender implements Sending {
  readonly options: ThreadedSenderOptions
  readonly joined: string[] = []
  readonly #ended = Promise.withResolvers<void>()
  sent = 0
  /** When its thread is gone. */
  closed: Promise<void> | undefined
  constructor(options: ThreadedSenderOptions) { this.options = options }
  get figures() {
    return { phase: 'sending' as const, sent: this.sent, units: 100, datagrams: 0, repaired: 0, mixed: 0, rate: 0, receivers: [] }
  }
  join(id: string, channel: ControlChannel<MulticastSenderMessage>): void {
    channel.listen({ message: () => this.joined.push(id), closed: () => undefined })
  }
  end(): void { this.#ended.resolve() }
  fail(message: string): void { this.#ended.reject(new Error(message)) }
  async run(signal?: AbortSignal) {
    signal?.addEventListener('abort', () => this.#ended.reject(signal.reason))
    try {
      await this.#ended.promise
    } finally {
      await this.closed
    }
    return this.figures
  }
}

const [P1, P2] = [sha('1'), sha('2')]
const whole = (pack: string, length = 1000): Segment => ({ pack, offset: 0, length })

let inventory: Inventory
let service: MulticastService
let senders: FakeSender[]
let room: ClassroomId

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  inventory = openInventory(':memory:')
  room = inventory.tree.classrooms()[0]!.id
  senders = []
  service = create((options) => {
    const sender = new FakeSender(options)
    senders.push(sender)
    return sender
  })
})
afterEach(async () => {
  await service.stop()
  inventory.close()
  vi.useRealTimers()
})

function create(createSender: MulticastParts['createSender']): MulticastService {
  return createMulticast({
    inventory,
    revisions: { read: async () => ({ facts: facts(), packs: [{ id: P1, size: 1000 }, { id: P2, size: 500 }] }) },
    repository: '/repository',
    card: () => ({ address: '10.0.0.1', netmask: '255.255.255.0' }),
    log: { info: () => undefined, warn: () => undefined },
    createSender,
  })
}

let computers = 0
/** A running operation. @param options of the deployment that ordered it */
function operation(method: RestoreMethod = 'MULTICAST-CACHE', manifest = sha('a'), classroomId = room, options?: ProtocolOptions): OperationId {
  computers += 1
  const computer = inventory.computers.create({ classroomId, name: HostName.parse(`pc-${computers}`), macs: [mac(computers)] })
  const image = { image: 'win', revision: 1, manifest }
  const deployment = options && { deployment: { command: 'deployImage …', options } }
  const how = { delta: true, verify: false, discard: false, postconfigure: false, restart: false }
  inventory.operations.create({
    computerId: computer.id, computerName: computer.name, requestedBy: 'test',
    task: isDirect(method) ? { kind: 'restore', ...image, ...how, method, target: { disk: 1 }, ...deployment } : { kind: 'updateCache', ...image, method, ...deployment },
  })
  return inventory.operations.startNext(computer.id).id
}

function open(id: OperationId): Agent {
  const agent = new Agent()
  service.opened(inventory.operations.get(id), agent)
  return agent
}

/** With as many turns of the event loop as the making of a stream takes. */
async function pass(milliseconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds)
  for (let turns = 0; turns < 10; turns += 1) await turn()
}

test('waits for all that fetch the same, and then sends the union of what they lack, in the image’s order', async () => {
  const [first, second] = [operation(), operation()]
  const one = open(first)
  one.join(whole(P2, 200), { pack: sha('f'), offset: 0, length: 9 })
  await pass(1000)
  expect(one.heard).toEqual([{ type: 'gathering', joined: 1, expected: 2 }])
  open(second).join(whole(P1), { pack: P2, offset: 100, length: 99_999 })
  await pass(1000)
  expect(senders[0]?.options.segments).toEqual([whole(P1), whole(P2, 500)])
  expect(senders[0]?.options.network).toMatchObject({ group: '239.194.0.0', port: 9000, interface: '10.0.0.1' })
  expect(senders[0]?.options.expected).toBe(2)
  expect(senders[0]?.joined).toEqual([first, second].map(String))
})

test('waits no longer than the classroom’s rules say, counted from the first', async () => {
  const [first, second] = [operation(), operation()]
  await pass(120_000)
  open(first).join(whole(P1))
  await pass(59_000)
  expect(senders).toEqual([])
  await pass(2000)
  expect(senders).toHaveLength(1)
  expect(senders[0]?.joined).toEqual([String(first)])
  open(second).join(whole(P2))
  expect(senders[0]?.joined).toEqual([first, second].map(String))
})

test('does not wait for those that are over, or gone, or need nothing', async () => {
  const [first, over, gone, full] = [operation(), operation(), operation(), operation()]
  const leaving = open(gone)
  open(full).say({ type: 'leave', reason: 'done' })
  open(first).join(whole(P1))
  await pass(1000)
  leaving.close()
  await pass(1000)
  expect(senders).toEqual([])
  inventory.operations.finish(over, { state: 'failed', outcome: outcome({ code: 1 }) })
  service.ended(over)
  await pass(1000)
  expect(senders[0]?.joined).toEqual([String(first)])
})

test('gives each classroom, image and method a session and a port of its own', async () => {
  const other = inventory.tree.createClassroom(inventory.tree.sites()[0]!.id, 'Aula 2').id
  for (const id of [operation(), operation('MULTICAST-DIRECT'), operation('MULTICAST-CACHE', sha('b')), operation('MULTICAST-CACHE', sha('a'), other)]) {
    open(id).join(whole(P1))
  }
  await pass(1000)
  expect(senders.map(({ options: { network } }) => network.port)).toEqual([9000, 9002, 9004, 9006])
})

test('gives deployments that say the same of the network one session, which is as they say and otherwise as the classroom has it', async () => {
  const slow = { multicastSpeed: 10, maxWait: 5, multicastAddress: '239.1.2.3', multicastPort: 9020, multicastMode: 'half-duplex' } as const
  open(operation()).join(whole(P1))
  const deployed = [slow, slow, { ...slow, multicastSpeed: 20 }].map((options) => operation('MULTICAST-CACHE', sha('a'), room, options))
  for (const id of deployed) open(id).join(whole(P1))
  await pass(1000)
  const byPort = senders.toSorted((one, other) => one.options.network.port - other.options.network.port)
  expect(byPort.map(({ options: { network: { group, port, mode, speed, maxClients } } }) => [group, port, mode, speed, maxClients])).toEqual([
    ['239.194.0.0', 9000, 'full-duplex', 70, 50], ['239.1.2.3', 9020, 'half-duplex', 10, 50], ['239.1.2.3', 9022, 'half-duplex', 20, 50],
  ])
  expect(byPort[1]?.joined).toEqual(deployed.slice(0, 2).map(String))
})

test('gives a deployment that says what its classroom says the session of those that say nothing, and of swarms what it likes', async () => {
  const { multicastPort, multicastMode, multicastSpeed, maxClients, maxWait } = inventory.tree.classroom(room).network
  const same = { maxWait, multicastPort, multicastMode, multicastSpeed, maxClients }
  const ids = [undefined, {}, same, { p2pTime: 5 }].map((options) => operation('MULTICAST-CACHE', sha('a'), room, options))
  for (const id of ids) open(id).join(whole(P1))
  await pass(1000)
  expect(senders.map(({ joined }) => joined)).toEqual([ids.map(String)])
})

test('waits as long as a deployment says', async () => {
  const options = { maxWait: 5 }
  const [first] = [operation('MULTICAST-CACHE', sha('a'), room, options), operation('MULTICAST-CACHE', sha('a'), room, options)]
  open(first).join(whole(P1))
  await pass(4000)
  expect(senders).toEqual([])
  await pass(2000)
  expect(senders).toHaveLength(1)
})

test('begins another session for whoever comes when the first is nearly over, and waits for nobody of the first', async () => {
  open(operation()).join(whole(P1))
  await pass(1000)
  senders[0]!.sent = 90
  open(operation()).join(whole(P1))
  await pass(1000)
  expect(senders).toHaveLength(2)
  expect(senders[1]?.options.network.port).toBe(9002)
  senders[0]!.end()
  await pass(0)
  senders[1]!.sent = 90
  open(operation()).join(whole(P1))
  await pass(1000)
  expect(senders[2]?.options.network.port).toBe(9000)
})

test('has nothing to send to those that lack nothing', async () => {
  const agent = open(operation())
  agent.join()
  await pass(1000)
  expect(senders).toEqual([])
  expect(agent.heard.at(-1)).toEqual({ type: 'end' })
})

test('tells it also to whoever still says what it lacks when that is over', async () => {
  const [first, second] = [operation(), operation()]
  const late = open(second)
  late.say({ type: 'wants', packs: [{ pack: P1, ranges: [0, 9] }] })
  open(first).join()
  await pass(61_000)
  late.say({ type: 'join' })
  await pass(1000)
  expect(late.heard).toEqual([{ type: 'end' }])
})

test('refuses more than the classroom may have, those that speak otherwise, and answers no others', async () => {
  inventory.tree.updateClassroom(room, { network: { ...inventory.tree.classroom(room).network, maxClients: 1 } })
  const [first, second, third] = [operation(), operation(), operation()]
  open(first).join(whole(P1))
  const refused = open(second)
  refused.join(whole(P1))
  expect(refused.heard).toEqual([{ type: 'dropped', reason: 'full' }])
  const wrong = open(third)
  wrong.say({ type: 'ready', limit: 1 })
  expect(wrong.heard).toEqual([{ type: 'dropped', reason: 'protocol' }])
  const unicast = open(operation('UNICAST-CACHE'))
  unicast.join(whole(P1))
  await pass(1000)
  expect(unicast.heard).toEqual([])
  expect(senders[0]?.joined).toEqual([String(first)])
})

test('tells those that are still saying what they lack why nothing will come', async () => {
  const [first, second] = [operation(), operation()]
  open(first).join(whole(P1))
  await pass(61_000)
  const wanting = open(second)
  wanting.say({ type: 'wants', packs: [{ pack: P1, ranges: [0, 9] }] })
  senders[0]!.fail('the thread that sends died')
  await pass(0)
  wanting.say({ type: 'wants', packs: [{ pack: P2, ranges: [0, 9] }] })
  wanting.say({ type: 'join' })
  await pass(1000)
  expect(wanting.heard).toEqual([{ type: 'failed', message: 'the thread that sends died' }])
})

test('whoever asks twice, because a connection may have been lost between, is one computer', async () => {
  inventory.tree.updateClassroom(room, { network: { ...inventory.tree.classroom(room).network, maxClients: 1 } })
  const id = operation()
  operation()
  const one = open(id)
  one.join(whole(P1))
  one.say({ type: 'join' })
  await pass(1000)
  expect(one.heard).toEqual([{ type: 'gathering', joined: 1, expected: 2 }])
})

test('is stopped when its senders are, and says so to those that wait', async () => {
  open(operation()).join(whole(P1))
  await pass(1000)
  operation('MULTICAST-CACHE', sha('b'))
  const waiting = open(operation('MULTICAST-CACHE', sha('b')))
  waiting.join(whole(P1))
  const threadEnds = Promise.withResolvers<void>()
  senders[0]!.closed = threadEnds.promise
  let isStopped = false
  const stopped = service.stop().then(() => { isStopped = true })
  await pass(1000)
  expect(isStopped).toBe(false)
  threadEnds.resolve()
  await stopped
  expect(waiting.heard.at(-1)).toMatchObject({ type: 'failed' })
})

test('leaves no thread when it is stopped', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clonaula-multicast-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const repository = await LocalRepository.open(folder)
  const pack = packOf([Buffer.alloc(100_000)])
  await repository.putPack(pack)
  await repository.close()
  await service.stop()
  service = create(({ network, ...options }) => new ThreadedSender({
    ...options, repository: folder, segments: [whole(pack.id, pack.size)], network: { ...network, interface: '127.0.0.1', loopback: true },
  }))
  const started = once(process, 'worker')
  const agent = open(operation())
  agent.join(whole(P1))
  await pass(1000)
  vi.useRealTimers()
  const [thread] = await started as [Worker]
  await expect.poll(() => agent.heard.length, { timeout: 5000 }).toBe(2)
  expect(thread.threadId).toBeGreaterThan(0)
  await service.stop()
  expect(thread.threadId).toBe(-1)
  expect(agent.heard.map(({ type }) => type)).toEqual(['offer', 'segments', 'failed'])
})
