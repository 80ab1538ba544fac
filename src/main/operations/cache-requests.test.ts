/** Orders about CACHEs, and restores that go by way of them, seen from both doors. */
import { describe, expect, test } from 'vitest'
import type { OperationView } from '#shared/contract/views.ts'
import type { CacheFacts } from '#shared/domain/cache.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { consoleKit, facts, sha, type ConsoleKit, type FakeAgent } from '../../../tests/support/console-kit.ts'
import { hardware } from '../../../tests/support/hardware.ts'

const GB = 1e9
const computerOf = (kit: ConsoleKit, agent: FakeAgent) => kit.inventory.computers.idByMac(agent.mac)!
const cacheOf = (changes: Partial<CacheFacts> = {}): CacheFacts => ({ disk: 1, partition: 4, device: '/dev/sda4', size: 20 * GB, free: 10 * GB, images: [], ...changes })
const cached = (digit: string): CacheFacts['images'][number] =>
  ({ manifest: sha(digit), name: 'Base', revision: 1, bytes: 5 * GB, usedAt: 0, unpublished: false })

/** An agent that tells about its CACHE; none: it has none. */
function say(agent: FakeAgent, cache?: CacheFacts): void {
  agent.say({ type: 'inventory', hardware: hardware(agent.mac, cache && { cache }) })
}

/** The image Base with two revisions: 5 GB, then 1 GB more. */
async function withImage(kit: ConsoleKit, agent: FakeAgent): Promise<void> {
  const packs = [{ id: sha('1'), size: 5 * GB }]
  kit.stored.set(sha('a'), { facts: facts(), packs })
  kit.stored.set(sha('b'), { facts: facts(), packs: [...packs, { id: sha('2'), size: GB }] })
  for (const digit of ['a', 'b']) {
    await kit.call('images.capture', { computer: computerOf(kit, agent), source: { disk: 1, partition: 1 }, name: 'Base' })
    agent.done(agent.order('capture').id, { manifest: sha(digit) })
    await kit.settled()
  }
}

const restore = (kit: ConsoleKit, agents: FakeAgent[], changes = {}): Promise<OperationView[]> => kit.call('restore.start', {
  computers: agents.map((agent) => computerOf(kit, agent)), target: { disk: 1, partition: 1 }, image: 1, method: 'UNICAST-CACHE', ...changes,
})

async function ready(cache?: CacheFacts): Promise<{ kit: ConsoleKit; agent: FakeAgent }> {
  const kit = consoleKit()
  const agent = kit.ready(1)
  await withImage(kit, agent)
  say(agent, cache)
  return { kit, agent }
}

describe('a restore by way of the CACHE', () => {
  test('is ordered with the image’s name; nothing is removed for it', async () => {
    const { kit, agent } = await ready(cacheOf())
    expect(await restore(kit, [agent])).toMatchObject([{ state: 'running', method: 'UNICAST-CACHE' }])
    expect(agent.order('restore').command).toMatchObject({ method: 'UNICAST-CACHE', cache: { image: { name: 'Base', revision: 2 }, whenFull: 'NONE' } })
  })

  test('changes by itself on the computer that has no CACHE, and says so', async () => {
    const { kit, agent } = await ready(cacheOf())
    const other = kit.ready(2)
    const [first, second] = await restore(kit, [agent, other])
    expect(first).not.toHaveProperty('changed')
    expect(second).toMatchObject({ method: 'UNICAST-DIRECT', changed: 'noCache' })
    expect(other.order('restore').command.method).toBe('UNICAST-DIRECT')
    expect(other.order('restore').command).not.toHaveProperty('cache')
  })

  test('or is refused, when the rules say so', async () => {
    const { kit, agent } = await ready()
    await kit.call('console.setEngine', { noCache: 'NONE', fullCache: 'NONE' })
    expect(await restore(kit, [agent])).toMatchObject([{ state: 'failed', outcome: { code: RESULT.noCache } }])
  })

  test('a CACHE that cannot be used is none', async () => {
    const { kit, agent } = await ready(cacheOf({ problem: 'bad superblock' }))
    expect(await restore(kit, [agent])).toMatchObject([{ changed: 'noCache' }])
  })

  test('counts only what the CACHE lacks: packs of the other revision are there', async () => {
    const { kit, agent } = await ready(cacheOf({ free: 2 * GB, images: [cached('a')] }))
    expect(await kit.call('restore.plan', { computers: [computerOf(kit, agent)], target: { disk: 1, partition: 1 }, image: 1, method: 'UNICAST-CACHE' }))
      .toMatchObject([{ ok: true, use: { method: 'UNICAST-CACHE' }, cache: { free: 2 * GB, missing: GB, image: 6 * GB } }])
    say(agent, cacheOf({ free: 2 * GB }))
    expect(await restore(kit, [agent])).toMatchObject([{ state: 'failed', outcome: { code: RESULT.noSpace, params: { needed: 6 * GB, available: 2 * GB } } }])
  })

  test('makes room where the rules allow it', async () => {
    const { kit, agent } = await ready(cacheOf({ free: GB }))
    await kit.call('console.setEngine', { fullCache: 'DELETE' })
    await restore(kit, [agent])
    expect(agent.order('restore').command).toMatchObject({ cache: { whenFull: 'DELETE' } })
  })

  test('is the same order after the console was started again', async () => {
    const { kit, agent } = await ready(cacheOf())
    await restore(kit, [agent])
    const { command: { repository: _, ...before } } = agent.order('restore')
    kit.restart()
    agent.connect({ running: [] })
    const { command: { repository: __, ...after } } = agent.order('restore')
    expect(after).toEqual(before)
  })
})

describe('orders about the CACHE', () => {
  test('an update brings the newest revision, or the one that is asked for', async () => {
    const { kit, agent } = await ready(cacheOf())
    const computers = [computerOf(kit, agent)]
    expect(await kit.call('cache.update', { computers, image: 1, method: 'UNICAST-CACHE' })).toMatchObject(
      [{ kind: 'updateCache', state: 'running', imageName: 'Base', revision: 2 }])
    expect(agent.order('updateCache').command).toMatchObject({ manifest: sha('b'), image: { name: 'Base', revision: 2 }, whenFull: 'NONE' })
    agent.done(agent.order('updateCache').id)
    await kit.call('cache.update', { computers, image: 1, revision: 1, method: 'UNICAST-CACHE' })
    expect(agent.order('updateCache').command).toMatchObject({ manifest: sha('a') })
  })

  test('an update is never changed into something else', async () => {
    const { kit, agent } = await ready()
    const [operation] = await kit.call('cache.update', { computers: [computerOf(kit, agent)], image: 1, method: 'UNICAST-CACHE' })
    expect(operation).toMatchObject({ state: 'failed', outcome: { code: RESULT.noCache } })
  })

  test('create, empty and delete reach the agent as they were asked for', async () => {
    const { kit, agent } = await ready(cacheOf({ images: [cached('a')] }))
    const computers = [computerOf(kit, agent)]
    await kit.call('cache.prepare', { computers, disk: 1, size: 30 * GB })
    expect(agent.order('prepareCache').command).toEqual({ kind: 'prepareCache', disk: 1, size: 30 * GB })
    agent.done(agent.order('prepareCache').id)
    await kit.call('cache.format', { computers })
    expect(agent.order('formatCache').command).toEqual({ kind: 'formatCache' })
    agent.done(agent.order('formatCache').id)
    expect(await kit.call('cache.delete', { computers, manifest: sha('a') })).toMatchObject([{ kind: 'deleteCached', imageName: 'Base' }])
    expect(agent.order('deleteCached').command).toEqual({ kind: 'deleteCached', manifest: sha('a') })
  })

  test('are refused by a computer that is set aside', async () => {
    const { kit, agent } = await ready(cacheOf())
    const id = computerOf(kit, agent)
    await kit.call('computers.update', { id, maintenance: true })
    expect(await kit.call('cache.format', { computers: [id] })).toMatchObject([{ state: 'failed', outcome: { code: RESULT.maintenance } }])
  })
})

describe('an image of a computer’s own', () => {
  const own = { ...cached('c'), name: 'Propia', unpublished: true }
  const captureIntoCache = (kit: ConsoleKit, agent: FakeAgent): Promise<OperationView> => kit.call('images.capture', {
    computer: computerOf(kit, agent), source: { disk: 1, partition: 1 }, name: 'Propia', intoCache: true,
  })

  test('is captured into the CACHE with no rights to the repository, and is no revision yet', async () => {
    const { kit, agent } = await ready(cacheOf())
    expect(await captureIntoCache(kit, agent)).toMatchObject({ kind: 'capture', state: 'running', imageName: 'Propia', intoCache: true })
    const { id, command } = agent.order('capture')
    expect(command).toMatchObject({ intoCache: { name: 'Propia' }, mode: 'filesystem' })
    expect(kit.app.access.authorize({ headers: { authorization: `Bearer ${command.repository.token}` } })).toMatchObject({ read: false, write: false })
    agent.done(id)
    expect(await kit.operation(id)).toMatchObject({ state: 'succeeded' })
    expect((await kit.call('images.list', {})).map(({ name }) => name)).toEqual(['Base'])
  })

  test('is captured nowhere without a CACHE', async () => {
    const { kit, agent } = await ready()
    await expect(captureIntoCache(kit, agent)).rejects.toMatchObject({ code: RESULT.noCache })
  })

  test('becomes a revision when it is published, which reads and adds', async () => {
    const { kit, agent } = await ready(cacheOf({ images: [own] }))
    kit.stored.set(own.manifest, { facts: facts(), packs: [{ id: sha('3'), size: GB }] })
    expect(await kit.call('cache.publish', { computer: computerOf(kit, agent), manifest: own.manifest, description: 'de pc-01' }))
      .toMatchObject({ kind: 'publishCached', state: 'running', imageName: 'Propia' })
    const { id, command } = agent.order('publishCached')
    expect(command.manifest).toBe(own.manifest)
    expect(kit.app.access.authorize({ headers: { authorization: `Bearer ${command.repository.token}` } })).toMatchObject({ read: true, write: true })
    agent.done(id, { manifest: own.manifest })
    await kit.settled()
    expect(await kit.operation(id)).toMatchObject({ state: 'succeeded', revision: 1 })
    expect((await kit.call('images.list', {})).find(({ name }) => name === 'Propia')).toMatchObject({
      kind: 'partition', description: 'de pc-01', revisions: [{ number: 1, manifest: own.manifest }],
    })
  })

  test('may be published by another name, and is not while the trash could be emptied under it', async () => {
    const { kit, agent } = await ready(cacheOf({ images: [own] }))
    await kit.call('cache.publish', { computer: computerOf(kit, agent), manifest: own.manifest, name: 'Base' })
    expect(await kit.operation(agent.order('publishCached').id)).toMatchObject({ imageName: 'Base' })
    await expect(kit.call('images.remove', { id: 1, revision: 1 })).rejects.toMatchObject({ code: RESULT.locked })
  })

  test.each([
    ['that is not there', [], {}, RESULT.notFound],
    ['that nobody named', [{ ...own, name: undefined }], {}, RESULT.invalidRequest],
  ])('one %s is not published', async (_, images, asked, code) => {
    const { kit, agent } = await ready(cacheOf({ images: images as CacheFacts['images'] }))
    await expect(kit.call('cache.publish', { computer: computerOf(kit, agent), manifest: own.manifest, ...asked })).rejects.toMatchObject({ code })
  })
})
