/**
 * A class that is restored by multicast: who loses much, hears nothing, comes late or lacks little, a stranger on the network, and a
 * computer that lies. The last one is in another network, behind a router.
 */
import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { OperationView } from '#shared/contract/views.ts'
import { isFinished } from '#shared/domain/operation.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { TransferLimits } from '#shared/domain/transfer-limits.ts'
import { MIB } from '../agent/loop-disk.ts'
import { SYSTEM_PARTITION, wipe } from './support/class-disks.ts'
import { Classroom } from './support/classroom.ts'
import type { Computer } from './support/computer.ts'

/** Mbit/s of a session: the image takes some eight seconds. */
const SPEED = 25
/** Bytes that the console may send besides image data. */
const BESIDES = 2 * MIB
/** Derived from the room's network, 10.80.0.0/16, and the first port of sessions. */
const [GROUP, PORT] = ['239.194.80.0', '9000']
const GOOD = { state: 'succeeded', code: RESULT.ok }
const METHODS = ['MULTICAST-DIRECT', 'MULTICAST-CACHE'] as const

let room: Classroom
let image: number

beforeAll(async () => {
  room = await Classroom.open({ computers: 4, bytes: 30 * MIB, routed: { computers: 1, group: GROUP } })
  image = (await room.image()).revisions[0]!.storedBytes
  const [classroom] = await room.call('classrooms.list', {})
  await room.call('classrooms.update', { id: classroom!.id, network: { ...classroom!.network, multicastSpeed: SPEED } })
})
afterAll(() => room?.close())
beforeEach(async () => {
  await room.ended(await room.call('cache.format', { computers: (await room.views()).map(({ id }) => id) }))
  for (const { disk, name } of room.computers) {
    await wipe(disk)
    await lose(name, 0)
  }
})

/** Percent of multicast datagrams that a computer loses from now on. */
async function lose(name: string, percent: number): Promise<void> {
  const dice = percent < 100 ? `numgen random mod 100 < ${percent}` : ''
  await room.segment.exec(name, 'nft', [
    'add table netdev loss', 'flush table netdev loss', 'delete table netdev loss', 'add table netdev loss',
    'add chain netdev loss in { type filter hook ingress device eth0 priority 0; }',
    ...(percent > 0 ? [`add rule netdev loss in ip daddr 224.0.0.0/4 ${dice} drop`] : []),
  ].join('; '))
}

/** Whether a computer's connection with the console is broken, and can not be made again; HTTP goes on. */
async function disconnect(name: string, isBroken: boolean): Promise<void> {
  const { services } = await room.call('console.info', {})
  const port = services.find((service) => service.name === 'agents')?.listens.split(':').at(-1)
  await room.segment.exec(name, 'nft', [
    'add table inet broken', 'delete table inet broken', 'add table inet broken',
    'add chain inet broken out { type filter hook output priority 0; }',
    ...(isBroken ? [`add rule inet broken out tcp dport ${port} reject with tcp reset`] : []),
  ].join('; '))
}

/** Changes 8 MiB of the largest file on a computer. */
async function damage({ disk }: Computer, offset: number): Promise<void> {
  await disk.mounted(SYSTEM_PARTITION, async (root) => {
    await using file = await open(join(root, 'noise'), 'r+')
    await file.write(randomBytes(8 * MIB), 0, 8 * MIB, offset)
    await file.sync()
  })
}

const ends = (operations: readonly OperationView[]) => operations.map(({ state, outcome }) => ({ state, code: outcome?.code }))

async function log({ id }: OperationView): Promise<string> {
  return (await room.call('operations.log', { id })).map(({ text }) => text).join('\n')
}

/** Bytes that the console sends meanwhile; a multicast counts once. */
async function sentDuring(work: () => Promise<void>): Promise<number> {
  const before = await room.segment.sent('console')
  await work()
  return await room.segment.sent('console') - before
}

/** Mbit/s that the console sends meanwhile. */
async function rateWhile(work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  const bytes = await sentDuring(work)
  return bytes / 125 / (performance.now() - began)
}

const isNearlyOver = (operations: OperationView[]): boolean =>
  operations.some(({ state, progress }) => isFinished(state) || (progress?.done ?? 0) > (progress?.total ?? Infinity) * 0.7)

const someCame = ([operation]: OperationView[]): boolean =>
  ['transfer', 'restore'].includes(operation?.progress?.phase ?? '') && (operation?.progress?.network?.received ?? 0) > 0

const showsRepairs = ([operation]: OperationView[]): boolean => {
  const { received = 0, lost = 0, repaired = 0 } = operation?.progress?.network ?? {}
  return received > 0 && lost > 0 && repaired > 0
}

describe.each(METHODS)('%s', (method) => {
  test('brings an image to those that lose much, hear nothing, or come late, and says what became of each', async () => {
    const [, lossy, deaf, late] = room.computers as [Computer, Computer, Computer, Computer]
    await lose(lossy.name, 5)
    await lose(deaf.name, 100)
    let operations: OperationView[] = []
    const sent = await sentDuring(async () => {
      const inTime = await room.restore(method, room.computers.slice(0, 3))
      await room.until(inTime.slice(0, 1), someCame)
      const afterwards = await room.restore(method, [late])
      await room.until(inTime.slice(1, 2), showsRepairs)
      operations = await room.ended([...inTime, ...afterwards])
    })
    expect(ends(operations)).toEqual([GOOD, GOOD, GOOD, GOOD])
    expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3', 'pc4'])
    const logs = await Promise.all(operations.map(log))
    expect(logs[0]).toContain(`MULTICAST ${GROUP}:${PORT}: starts, 2 computers`)
    expect(logs[0]).not.toContain('going on by UNICAST')
    expect(logs[1]).toMatch(/by UNICAST 0 B; [1-9]\d* datagrams lost, [1-9]\d* repaired/)
    expect(logs[2]).toContain('no datagram reaches this computer (IGMP snooping without a querier, a firewall); going on by UNICAST')
    expect(logs[3]).toContain('joins a transmission that is under way')
    console.log(`${method}: the console sent ${(sent / image).toFixed(2)} images to four`)
    // Once for all, once for the deaf one, and what the late one missed.
    expect(sent).toBeLessThan(2.9 * image + BESIDES)
  })

  test('whose connection with the console is lost for a moment goes on by unicast, and takes part again', async () => {
    const [first, second] = room.computers as [Computer, Computer]
    // Unicast alone would be through before the session is.
    await room.call('console.setTransfers', TransferLimits.parse({ unicastSpeed: 12 }))
    onTestFinished(async () => { await room.call('console.setTransfers', TransferLimits.parse({})) })
    const started = await room.restore(method, [first, second])
    await room.until(started.slice(1), someCame)
    await disconnect(second.name, true)
    await sleep(700)
    await disconnect(second.name, false)
    const operations = await room.ended(started)
    expect(ends(operations)).toEqual([GOOD, GOOD])
    expect(await room.restored()).toEqual(['pc1', 'pc2'])
    const [stayed, lost] = await Promise.all(operations.map(log))
    expect(stayed).toContain('by UNICAST 0 B')
    expect(lost).toMatch(/connection with the console is lost; going on by UNICAST[^]*joins a transmission that is under way/)
  })
})

test('the examination of the network names the computers that a multicast does not reach', async () => {
  const about = async () => (await room.call('network.examine', {})).filter(({ name }) => name.startsWith('multicast'))
  expect(await about()).toMatchObject([{ name: 'multicastGood' }])
  await lose('pc3', 100)
  const [, , third] = await room.views()
  expect(await about()).toEqual([{ name: 'multicastSome', level: 'problem', params: { computers: third?.name } }])
})

test('takes nothing from a stranger who repeats, damages and forges datagrams, and keeps to the classroom’s speed', async () => {
  const stranger = room.segment.spawn('pc3', process.execPath, join(import.meta.dirname, 'multicast-stranger.ts'), GROUP, PORT, '10.80.1.3')
  const says = createInterface({ input: stranger.stdout! })[Symbol.asyncIterator]()
  expect(await says.next()).toMatchObject({ value: '{"say":"listening"}' })
  const [one, two, , four] = room.computers as [Computer, Computer, Computer, Computer]
  const begun = await room.restore('MULTICAST-DIRECT', [one, two, four])
  await room.until(begun, someCame)
  const rate = await rateWhile(async () => { await room.until(begun, isNearlyOver) })
  const operations = await room.ended(begun)
  stranger.stdin?.end()
  expect((await says.next()).value).toMatch(/"count":\d{3,}/)
  expect(ends(operations)).toEqual([GOOD, GOOD, GOOD])
  expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc4'])
  for (const operation of operations) expect(await log(operation)).toContain('by UNICAST 0 B')
  console.log(`the console sent ${rate.toFixed(1)} Mbit/s of ${SPEED}`)
  expect(rate).toBeLessThan(SPEED * 1.1)
})

test('a second deployment sends the union of what each lacks, once', async () => {
  expect(ends(await room.ended(await room.restore('MULTICAST-DIRECT')))).toEqual([GOOD, GOOD, GOOD, GOOD])
  const [first, second] = room.computers as [Computer, Computer]
  await damage(first, 0)
  await damage(second, 4 * MIB)
  let operations: OperationView[] = []
  const sent = await sentDuring(async () => {
    operations = await room.ended(await room.restore('MULTICAST-DIRECT'))
  })
  expect(ends(operations)).toEqual([GOOD, GOOD, GOOD, GOOD])
  expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3', 'pc4'])
  // A restored filesystem was checked, which changed its superblock: that much all of them lack.
  const [one, other, ...others] = operations.map(({ outcome }) => outcome?.figures.bytesReceived ?? 0) as [number, number, number, number]
  console.log(`lacking ${(one / MIB).toFixed(1)} and ${(other / MIB).toFixed(1)} MiB, the console sent ${(sent / MIB).toFixed(1)} MiB`)
  expect(Math.max(...others)).toBeLessThan(MIB / 2)
  expect(Math.min(one, other)).toBeGreaterThan(8 * MIB)
  expect(sent).toBeGreaterThan(Math.max(one, other))
  expect(sent).toBeLessThan(one + other - 2 * MIB)
})

describe('a computer of the class that lies, and has the key', () => {
  let liar: Computer
  beforeAll(async () => {
    liar = room.computers[2]!
    await liar.powerOff()
    await liar.boot(join(import.meta.dirname, 'multicast-liar.ts'))
    await room.ready([liar])
  })

  test.each([
    ['MULTICAST-DIRECT', /damaged data came; going on by UNICAST/],
    ['MULTICAST-CACHE', /pack [0-9a-f]{12} came damaged: it is fetched again/],
  ] as const)('spoils what came by %s, which is fetched by unicast', async (method, said) => {
    const [one, two, lies, four] = await room.ended(await room.restore(method)) as [OperationView, OperationView, OperationView, OperationView]
    expect(ends([one, two, lies, four])).toEqual([GOOD, GOOD, GOOD, GOOD])
    for (const operation of [one, two, four]) expect(await log(operation)).toMatch(said)
    expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc4'])
  })
})
