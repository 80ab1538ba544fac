/** What is particular to TORRENT-CACHE as it is ordered: who gives to whom, and what becomes of a swarm that fails. Needs root and nftables. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, onTestFinished, test } from 'vitest'
import type { OperationView } from '#shared/contract/views.ts'
import { NetworkProperties } from '#shared/domain/classroom.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import type { Progress } from '#shared/domain/progress.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { MIB } from '../agent/loop-disk.ts'
import { Classroom } from './support/classroom.ts'

/** Mbit/s of a computer's line: the image takes some three seconds. */
const LINE = 60
const NODE = join(import.meta.dirname, '../../../node_modules/.bin/node')

let room: Classroom
let image: number

beforeAll(async () => {
  room = await Classroom.open({ computers: 3, bytes: 30 * MIB })
  image = (await room.image()).revisions[0]!.storedBytes
  for (const { name } of room.computers) await room.segment.limit(name, LINE)
})
afterAll(() => room?.close())
beforeEach(async () => {
  onTestFailed(() => console.log(room.story()))
  await room.clear()
})

const ends = (operations: OperationView[]) => operations.map(({ state, outcome }) => ({ state, code: outcome?.code }))
const GOOD = { state: 'succeeded', code: RESULT.ok }
const sentBy = (operations: OperationView[]): number[] => operations.map(({ outcome }) => outcome?.figures.bytesSent ?? 0)

async function log(id: OperationId): Promise<string> {
  return (await room.call('operations.log', { id })).map(({ text }) => text).join('\n')
}

/** Restores to some of the computers and notes all that is told of the first one meanwhile. */
async function watched(computers = room.computers): Promise<{ operations: OperationView[]; seen: Progress[]; seconds: number }> {
  const started = performance.now()
  const begun = await room.restore('TORRENT-CACHE', computers)
  const seen: Progress[] = []
  await room.until(begun.slice(0, 1), ([first]) => {
    if (first?.progress) seen.push(first.progress)
    return first?.state !== 'running'
  }, 120_000)
  return { operations: await room.ended(begun), seen, seconds: (performance.now() - started) / 1000 }
}

async function withProperties(network: Partial<NetworkProperties>): Promise<void> {
  const [classroom] = await room.call('classrooms.list', {})
  const set = (properties: NetworkProperties) => room.call('classrooms.update', { id: classroom!.id, network: properties })
  await set({ ...classroom!.network, ...network })
  onTestFinished(async () => { await set(classroom!.network) })
}

/** Nobody of the class takes a call, and no call reaches the console's port for peers. */
async function cutOffSwarm(): Promise<void> {
  const services = (await room.call('console.info', {})).services
  const port = services.find(({ name }) => name === 'peers')?.listens.split(':')[1] ?? ''
  const table = (rule: string): string => `table inet cut {\nchain in {\ntype filter hook input priority 0; ${rule} drop\n}\n}`
  const machines = [['console', table(`tcp dport ${port}`)], ...room.computers.map(({ name }) => [name, table('tcp flags & (syn|ack) == syn')])] as const
  for (const [machine, rules] of machines) {
    await room.segment.exec(machine, 'nft', rules)
    onTestFinished(async () => { await room.segment.exec(machine, 'nft', 'delete table inet cut') })
  }
}

describe('a swarm', () => {
  test('is what the image comes from, which its figures say, and holds nobody up', async () => {
    const { operations, seen, seconds } = await watched()
    expect(ends(operations)).toEqual([GOOD, GOOD, GOOD])
    expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
    expect(sentBy(operations).reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(image / 2)
    const fetching = seen.filter(({ phase, network }) => phase === 'transfer' && network)
    expect(fetching.some(({ network }) => (network?.peers ?? 0) >= 2 && (network?.received ?? 0) > 0)).toBe(true)
    expect(fetching.every(({ done, total, network }) => done <= total && !network?.unicast)).toBe(true)
    expect(seconds).toBeLessThan(45)
  })

  test('of leechers takes everything from the console', async () => {
    await withProperties({ p2pMode: 'leecher' })
    const { operations, seconds } = await watched()
    expect(ends(operations)).toEqual([GOOD, GOOD, GOOD])
    expect(sentBy(operations)).toEqual([0, 0, 0])
    expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
    expect(seconds).toBeLessThan(45)
  })

  test('of seeders has each take the image by unicast, to give it to others', async () => {
    await withProperties({ p2pMode: 'seeder', p2pTime: 5 })
    const { operations, seen } = await watched()
    expect(ends(operations)).toEqual([GOOD, GOOD, GOOD])
    expect(Math.max(...seen.map(({ network }) => network?.unicast ?? 0))).toBeGreaterThan(image / 2)
    expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
  })

  test('that is cut off does not keep a class from its image: the rest comes by unicast', async () => {
    await cutOffSwarm()
    const { operations, seen } = await watched()
    expect(ends(operations)).toEqual([GOOD, GOOD, GOOD])
    expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
    expect(seen.map(({ stalled }) => stalled)).toContain('no-peers')
    expect(Math.max(...seen.map(({ network }) => network?.unicast ?? 0))).toBeGreaterThan(image / 2)
    expect(sentBy(operations)).toEqual([0, 0, 0])
  })

  test('with somebody in it who sends what is wrong restores what is right', async () => {
    const [liar, ...others] = room.computers.toReversed()
    await room.ended(await room.restore('TORRENT-CACHE', others.slice(0, 1)))
    await room.clear()
    const [file] = await readdir(join(room.data, 'torrents'))
    const scripts = (await room.call('console.info', {})).services.find(({ name }) => name === 'http')!.listens
    const stranger = room.segment.spawn(
      liar!.name, NODE, join(import.meta.dirname, 'torrent-stranger.ts'), join(room.data, 'torrents', file!), `http://${scripts}/torrent/announce`, '10.80.1.3',
    )
    onTestFinished(() => void stranger.kill('SIGKILL'))
    let said = ''
    stranger.stdout?.on('data', (data: Buffer) => { said += data.toString() })
    for (let waited = 0; !said.includes('announced') && waited < 10_000; waited += 100) await sleep(100)
    const { operations } = await watched(others)
    expect(ends(operations)).toEqual([GOOD, GOOD])
    expect(await room.restored()).toEqual(others.map(({ name }) => name).toSorted())
    expect(said).toContain('lied')
    expect((await Promise.all(operations.map(({ id }) => log(id)))).join('\n')).toContain('10.80.1.3')
  })
})

describe('a computer', () => {
  test('that is told to stop lets go of its CACHE, and goes on with what it had', async () => {
    const [stopped, ...others] = await room.restore('TORRENT-CACHE')
    await room.until([stopped!], ([now]) => now?.progress?.phase === 'transfer' && now.progress.done > image / 4)
    await room.call('operations.cancel', { id: stopped!.id })
    expect(ends(await room.ended([stopped!]))).toEqual([{ state: 'cancelled', code: RESULT.cancelled }])
    expect(ends(await room.ended(others))).toEqual([GOOD, GOOD])
    const [again] = await room.ended(await room.restore('TORRENT-CACHE', room.computers.slice(0, 1)))
    expect(again).toMatchObject({ state: 'succeeded' })
    expect(again!.outcome!.figures.bytesReceived).toBeLessThan(image)
    expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
  })
})
