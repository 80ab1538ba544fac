/** The plan's times, out of what the inventory remembers. */
import { expect, test } from 'vitest'
import type { RestorePlanRow } from '#shared/contract/views.ts'
import { Figures } from '#shared/domain/operation.ts'
import { consoleKit, facts, outcome, sha, type ConsoleKit, type FakeAgent } from '../../../tests/support/console-kit.ts'
import { hardware } from '../../../tests/support/hardware.ts'

const GB = 1e9
const computerOf = (kit: ConsoleKit, agent: FakeAgent) => kit.inventory.computers.idByMac(agent.mac)!

/** The image Base: 3 GB in use, 2 GB as stored. */
async function withImage(): Promise<{ kit: ConsoleKit; agents: FakeAgent[] }> {
  const kit = consoleKit()
  const agents = [kit.ready(1), kit.ready(2)]
  kit.stored.set(sha('a'), { facts: facts(), packs: [{ id: sha('1'), size: 2 * GB }] })
  await kit.call('images.capture', { computer: computerOf(kit, agents[0]!), source: { disk: 1, partition: 1 }, name: 'Base' })
  agents[0]!.done(agents[0]!.order('capture').id, { manifest: sha('a') })
  await kit.settled()
  return { kit, agents }
}

const request = (kit: ConsoleKit, agents: FakeAgent[], method: 'UNICAST-DIRECT' | 'UNICAST-CACHE' = 'UNICAST-DIRECT') =>
  ({ computers: agents.map((agent) => computerOf(kit, agent)), target: { disk: 1, partition: 1 }, image: 1, method })
const plan = (...args: Parameters<typeof request>): Promise<RestorePlanRow[]> => args[0].call('restore.plan', request(...args))

/** A restore of 3 GB, a third of it in its place already. */
async function restored(kit: ConsoleKit, agent: FakeAgent, seconds: number): Promise<void> {
  await kit.call('restore.start', request(kit, [agent]))
  kit.clock.advance(seconds * 1000)
  agent.done(agent.order('restore').id, outcome({ figures: Figures.parse({ bytesWritten: 2 * GB, bytesKept: GB }) }))
}

function withLink(agent: FakeAgent, speed: number): void {
  const { interfaces: [card] } = hardware(agent.mac)
  agent.say({ type: 'inventory', hardware: hardware(agent.mac, { interfaces: [{ ...card!, speed }] }) })
}

test('says nothing where nothing is known', async () => {
  const { kit, agents } = await withImage()
  for (const row of await plan(kit, agents)) expect(row).not.toHaveProperty('estimate')
})

test('says what the link allows at best, for as many as there are, within the console’s own limit', async () => {
  const { kit, agents } = await withImage()
  withLink(agents[0]!, 1000)
  expect(await plan(kit, agents.slice(0, 1))).toMatchObject([{ linkSpeed: 1000, estimate: { seconds: 16, basis: 'network' } }])
  const [first, second] = await plan(kit, agents)
  expect(first).toMatchObject({ estimate: { seconds: 32, basis: 'network' } })
  expect(second).not.toHaveProperty('linkSpeed')
  await kit.call('console.setTransfers', { unicastSpeed: 100 })
  expect((await plan(kit, agents)).map(({ estimate }) => estimate?.seconds)).toEqual([320, 320])
})

test('goes by what restores by the same method took, of the same room if it has any', async () => {
  const { kit, agents: [one, two] } = await withImage()
  await restored(kit, one!, 60)
  expect(await plan(kit, [one!])).toMatchObject([{ estimate: { seconds: 60, basis: 'history' } }])
  expect((await plan(kit, [one!], 'UNICAST-CACHE'))[0]).toMatchObject({ use: { changed: 'noCache' }, estimate: { seconds: 60 } })

  const [site] = await kit.call('sites.list', {})
  const room = await kit.call('classrooms.create', { siteId: site!.id, name: 'Aula 2' })
  await kit.call('computers.update', { id: computerOf(kit, two!), classroomId: room.id })
  expect(await plan(kit, [two!])).toMatchObject([{ estimate: { seconds: 60 } }])
  await restored(kit, two!, 120)
  expect(await plan(kit, [two!])).toMatchObject([{ estimate: { seconds: 120 } }])
  expect(await plan(kit, [one!])).toMatchObject([{ estimate: { seconds: 60 } }])
})

test('a restore that failed tells nothing', async () => {
  const { kit, agents: [agent] } = await withImage()
  await kit.call('restore.start', request(kit, [agent!]))
  kit.clock.advance(1000)
  agent!.done(agent!.order('restore').id, outcome({ code: 33, figures: Figures.parse({ bytesWritten: 3 * GB }) }))
  expect((await plan(kit, [agent!]))[0]).not.toHaveProperty('estimate')
})
