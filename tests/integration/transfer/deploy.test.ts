/** Deployments as they are ordered: real agents on loop devices, one with a CACHE and one without. Needs root. */
import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from 'vitest'
import type { CallInput } from '#shared/contract/console.ts'
import type { OperationView } from '#shared/contract/views.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { MIB } from '../agent/loop-disk.ts'
import { digest } from './support/class-disks.ts'
import { Classroom } from './support/classroom.ts'

let room: Classroom

beforeAll(async () => {
  room = await Classroom.open({ computers: 2, withoutCache: 1, bytes: 8 * MIB })
})
afterAll(() => room?.close())
beforeEach(async () => {
  onTestFailed(() => console.log(room.story()))
  await room.clear()
})

/** As the plan shows it. @returns the operations when they are over */
async function deploy(commands: string): Promise<OperationView[]> {
  const computers = (await room.views()).map(({ id }) => id)
  const request: CallInput<'deploy.plan'> = { computers, commands, postconfigure: false }
  const { plan, commands: [command] } = await room.call('deploy.plan', request)
  const operations = await room.ended(await room.call('deploy.start', { ...request, plan }))
  expect(operations.map(({ outcome }) => outcome?.code === RESULT.ok)).toEqual(command?.rows.map(({ ok }) => ok))
  return operations
}

async function log({ id }: OperationView): Promise<string> {
  return (await room.call('operations.log', { id })).map(({ text }) => text).join('\n')
}

test('UNICAST deploys where there is a CACHE; where there is none it fails with 15, and nothing is changed', async () => {
  const before = await digest(room.computers[1]!.disk)
  const [done, refused] = await deploy('deployImage REPO aula 1 1 UNICAST')
  expect(done).toMatchObject({ state: 'succeeded', method: 'UNICAST-CACHE' })
  expect(refused).toMatchObject({ state: 'failed', outcome: { code: RESULT.noCache } })
  expect(await room.restored()).toEqual(['pc1'])
  expect(await digest(room.computers[1]!.disk)).toBe(before)
  expect(await log(done!)).toMatch(
    /\[1\] +start: deployImage REPO aula 1 1 UNICAST\n[^]*\[2\] +updateCache REPO \/aula UNICAST\n[^]*\[50\] +updateCache OK\n[^]*\[55\] +restoreImage CACHE aula 1 1 /)

  const [again] = await deploy('deployImage REPO aula 1 1 TORRENT seeder:0')
  expect(again?.outcome?.figures.bytesReceived).toBe(0)
})

test('what it says of the network holds for its session, whatever the classroom says', async () => {
  const operations = await deploy('deployImage REPO aula 1 1 MULTICAST-DIRECT 9050:half-duplex:239.194.7.7:40M:1:60')
  expect(await room.restored()).toEqual(['pc1', 'pc2'])
  const [alone, served] = (await Promise.all(operations.map(log))).sort((one, other) => one.indexOf('starts, 1 computer') - other.indexOf('starts, 1 computer'))
  expect(alone).toContain('the transmission has as many computers as it may have; going on by UNICAST')
  expect(served).toContain('MULTICAST 239.194.7.7:9050: starts, 1 computer')
})

test('and for its swarm', async () => {
  const [done] = await deploy('updateCache REPO /aula TORRENT leecher:7')
  const said = await log(done!)
  expect(said).toMatch(/start: updateCache REPO \/aula TORRENT leecher:7\n[^]*\[2\] +updateCache REPO \/aula TORRENT leecher:7\n/)
  expect(said).toMatch(/TORRENT: receives only; P2P time 7 s/)
  expect(await room.restored()).toEqual([])
})
