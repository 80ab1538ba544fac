/**
 * The room that people have: 35 computers, of which two have no CACHE, and a method by way of the CACHE is asked for all of them. A real
 * console, and 35 real agents, each in a network namespace with a disk of its own.
 */
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest'
import type { OperationView } from '#shared/contract/views.ts'
import { MIB } from '../agent/loop-disk.ts'
import { Classroom } from './support/classroom.ts'

const COMPUTERS = 35
const WITHOUT_CACHE = 2
/** How often the image leaves the console, at the most. Twice to those without a CACHE. */
const METHODS = [
  { method: 'TORRENT-CACHE', copies: 10 },
  { method: 'MULTICAST-CACHE', copies: 3.5 },
] as const

let room: Classroom

beforeAll(async () => { room = await Classroom.open({ computers: COMPUTERS, withoutCache: WITHOUT_CACHE, bytes: 16 * MIB }) })
afterAll(() => room?.close())
beforeEach(async () => {
  onTestFailed(() => console.log(room.story()))
  await room.clear()
})

/** `33 × succeeded TORRENT-CACHE` */
function tally(operations: readonly OperationView[]): string[] {
  const kinds = operations.map(({ state, method, changed = '' }) => `${state} ${method} ${changed}`.trim())
  return [...new Set(kinds)].map((kind) => `${kinds.filter((each) => each === kind).length} × ${kind}`).toSorted()
}

test.each(METHODS)('33 by $method, and the two without a CACHE by Unicast-DIRECT', async ({ method, copies }) => {
  const plan = await room.plan(method)
  expect(plan.map(({ use }) => use)).toEqual(room.computers.map((_, at) =>
    (at < COMPUTERS - WITHOUT_CACHE ? { method } : { method: 'UNICAST-DIRECT', changed: 'noCache' })))

  const before = await room.segment.sent('console')
  const started = Date.now()
  const operations = await room.ended(await room.restore(method))
  const seconds = (Date.now() - started) / 1000
  expect(tally(operations)).toEqual(['2 × succeeded UNICAST-DIRECT noCache', `33 × succeeded ${method}`])
  expect(await room.restored()).toEqual(room.computers.map(({ name }) => name))
  const caches = (await room.views()).map(({ hardware }) => hardware?.cache?.images.map(({ name }) => name))
  expect(caches).toEqual(room.computers.map((_, at) => (at < COMPUTERS - WITHOUT_CACHE ? ['aula'] : undefined)))

  const sent = await room.segment.sent('console') - before
  const image = (await room.image()).revisions[0]!.storedBytes
  console.log(`${seconds.toFixed(0)} s; the console sent the image ${(sent / image).toFixed(1)} times, to ${COMPUTERS} computers`)
  expect(sent).toBeLessThan(copies * image)
})
