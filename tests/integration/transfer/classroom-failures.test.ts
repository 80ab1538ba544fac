/** What goes wrong in a class while it is restored, by each method: it stays with the computer that it happens to. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest'
import type { OperationView } from '#shared/contract/views.ts'
import { CacheMethod, RestoreMethod } from '#shared/domain/method.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { runCommand } from '#image/index.ts'
import { MIB } from '../agent/loop-disk.ts'
import { CACHE_PARTITION, digest, wipe } from './support/class-disks.ts'
import { Classroom } from './support/classroom.ts'
import type { Computer } from './support/computer.ts'
import { flipBit } from './support/flip-bit.ts'

/** Mbit/s of a computer's line: the image takes more than two seconds. */
const LINE = 60
/** Seconds that a computer goes on giving to others what it has. */
const P2P_TIME = 5

let room: Classroom
/** The one that it happens to. */
let first: Computer
let image: number

beforeAll(async () => {
  room = await Classroom.open({ computers: 3, bytes: 20 * MIB, network: { p2pTime: P2P_TIME } })
  first = room.computers[0]!
  image = (await room.image()).revisions[0]!.storedBytes
})
afterAll(() => room?.close())
beforeEach(async () => {
  onTestFailed(() => console.log(room.story()))
  await room.clear()
  for (const { name } of room.computers) await room.segment.limit(name, LINE)
})

const ends = (operations: OperationView[]) => operations.map(({ state, outcome }) => ({ state, code: outcome?.code }))
const GOOD = { state: 'succeeded', code: RESULT.ok }

/** What a swarm's peers, and a torrent's file, say beside the image. */
const TALK = 1.01

const halfWay = ([operation]: OperationView[]): boolean => {
  const { phase = '', done = 0, total = 0 } = operation?.progress ?? {}
  return ['transfer', 'restore'].includes(phase) && done > total / 5 && done < total
}

describe.each(RestoreMethod.options)('%s', (method) => {
  test('a computer that loses power is left behind, and restored when it is back', async () => {
    const [lost, ...others] = await room.restore(method)
    await room.until([lost!], halfWay)
    await first.powerOff()
    expect(ends(await room.ended(others))).toEqual([GOOD, GOOD])
    expect(await room.restored()).toEqual(['pc2', 'pc3'])

    await first.boot()
    expect(ends(await room.ended([lost!]))).toEqual([{ state: 'failed', code: RESULT.agentLost }])
    await room.ready([first])
    expect(ends(await room.ended(await room.restore(method, [first])))).toEqual([GOOD])
    expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
  })

  test('nobody waits for one whose line is ten times slower', async () => {
    await room.segment.limit(first.name, LINE / 10)
    const [slow, ...others] = await room.restore(method)
    expect(ends(await room.ended(others))).toEqual([GOOD, GOOD])
    expect(await room.now([slow!])).toMatchObject([{ state: 'running' }])
    await room.segment.limit(first.name, LINE)
    expect(ends(await room.ended([slow!]))).toEqual([GOOD])
    expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
  })

  test('a console that is killed, and starts again, finds its class at work', async () => {
    const operations = await room.restore(method)
    await room.until(operations, halfWay)
    await room.restartConsole()
    expect(ends(await room.ended(operations))).toEqual([GOOD, GOOD, GOOD])
    expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
  })
})

test('a console that sleeps for a while goes on where it was, whatever the method', async () => {
  const methods = ['MULTICAST-DIRECT', 'UNICAST-CACHE', 'TORRENT-CACHE'] as const
  const started = await Promise.all(methods.map((method, at) => room.restore(method, [room.computers[at]!])))
  const operations = started.flat()
  await room.until(operations.slice(0, 1), halfWay)
  await room.consoleSleeps(8000)
  expect(ends(await room.ended(operations))).toEqual([GOOD, GOOD, GOOD])
  expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
  const said = await room.call('operations.log', { id: operations[0]!.id })
  expect(said.filter(({ level }) => level === 'warn')).toEqual([])
})

describe.each(CacheMethod.options)('%s', (method) => {
  test('a CACHE that somebody fills meanwhile ends with 16, before anything is replaced', async () => {
    const before = await digest(first.disk)
    const [full, ...others] = await room.restore(method)
    await room.until([full!], halfWay)
    await first.disk.mounted(CACHE_PARTITION, async (folder) => {
      await runCommand(['fallocate', '--length', '1G', join(folder, 'homework')], { accept: [1] })
      expect(ends(await room.ended([full!]))).toEqual([{ state: 'failed', code: RESULT.noSpace }])
      await rm(join(folder, 'homework'))
    })
    expect(await digest(first.disk)).toBe(before)
    expect(ends(await room.ended(others))).toEqual([GOOD, GOOD])

    expect(ends(await room.ended(await room.restore(method, [first])))).toEqual([GOOD])
    expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
  })

  test('a bit that turned in a CACHE is found, and that pack alone fetched again', async () => {
    expect(ends(await room.ended(await room.restore(method)))).toEqual([GOOD, GOOD, GOOD])
    await Promise.all(room.computers.map(({ disk }) => wipe(disk)))
    await first.disk.mounted(CACHE_PARTITION, async (folder) => {
      const packs = join(folder, 'clonaula/packs')
      const names = await readdir(packs, { recursive: true })
      await flipBit(join(packs, names.find((name) => name.endsWith('.pack'))!))
    })
    const operations = await room.ended(await room.restore(method))
    expect(ends(operations)).toEqual([GOOD, GOOD, GOOD])
    const [mended, ...others] = operations.map(({ outcome }) => outcome?.figures.bytesReceived ?? 0)
    expect(others).toEqual([0, 0])
    expect(mended).toBeGreaterThan(0)
    expect(mended).toBeLessThanOrEqual(image * TALK)
    expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
  })
})
