/** A class of three by each method: a real console, real agents on loop devices, each computer in a network namespace. */
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest'
import { CacheMethod, isDirect, RestoreMethod } from '#shared/domain/method.ts'
import { MIB } from '../agent/loop-disk.ts'
import { wipe } from './support/class-disks.ts'
import { Classroom } from './support/classroom.ts'

/** Bytes that the console may send besides image data: manifests, and what it says to agents. */
const BESIDES = 2 * MIB
/** Of the packets' data: their headers, and those that have to be sent again. */
const OVERHEAD = 1.06
/** How often the image leaves the console for a class of three, at the most. */
const COPIES: Record<RestoreMethod, number> = {
  'UNICAST-DIRECT': 3, 'UNICAST-CACHE': 3, 'MULTICAST-DIRECT': 1, 'MULTICAST-CACHE': 1, 'TORRENT-CACHE': 2.5,
}
/** Mbit/s of each line, the console's too: on faster ones the console alone would serve so small a class. */
const LINE = 100

let room: Classroom

beforeAll(async () => {
  room = await Classroom.open({ computers: 3, bytes: 30 * MIB })
  for (const name of ['console', ...room.computers.map((computer) => computer.name)]) await room.segment.limit(name, LINE)
})
afterAll(() => room?.close())
beforeEach(() => { onTestFailed(() => console.log(room.story())) })

async function cached(): Promise<string[][]> {
  return (await room.views()).map(({ hardware }) => hardware?.cache?.images.map(({ name }) => name ?? '') ?? [])
}

test.each(RestoreMethod.options)('%s restores a class', async (method) => {
  await room.clear()
  const before = await room.segment.sent('console')
  const operations = await room.ended(await room.restore(method))
  expect(operations.map(({ state, method, changed, outcome }) => ({ state, method, changed, code: outcome?.code })))
    .toEqual(room.computers.map(() => ({ state: 'succeeded', method, changed: undefined, code: 0 })))
  expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
  expect(await cached()).toEqual(room.computers.map(() => (isDirect(method) ? [] : ['aula'])))
  const sent = await room.segment.sent('console') - before
  console.log(`${method}: the console sent ${(sent / MIB).toFixed(1)} MiB`)
  const image = (await room.image()).revisions[0]!.storedBytes
  expect(sent).toBeGreaterThan(image)
  const given = operations.reduce((sum, { outcome }) => sum + (outcome?.figures.bytesSent ?? 0), 0)
  expect(given > 0).toBe(method === 'TORRENT-CACHE')
  expect(sent).toBeLessThan(OVERHEAD * COPIES[method] * image + BESIDES)
})

test.each(CacheMethod.options)('%s sends nothing the second time', async (method) => {
  if (!(await cached()).every(([image]) => image === 'aula')) await room.ended(await room.restore('UNICAST-CACHE'))
  await Promise.all(room.computers.map(({ disk }) => wipe(disk)))
  const before = await room.segment.sent('console')
  const operations = await room.ended(await room.restore(method))
  expect(operations.map(({ state, outcome }) => [state, outcome?.figures.bytesReceived])).toEqual(room.computers.map(() => ['succeeded', 0]))
  expect(await room.segment.sent('console') - before).toBeLessThan(BESIDES)
  expect(await room.restored()).toEqual(['pc1', 'pc2', 'pc3'])
})
