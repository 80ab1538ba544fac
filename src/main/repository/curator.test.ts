import { describe, expect, test } from 'vitest'
import type { ImageId } from '#shared/domain/ids.ts'
import { consoleKit, facts, sha, type ConsoleKit, type FakeAgent } from '../../../tests/support/console-kit.ts'
import { hardware } from '../../../tests/support/hardware.ts'

const image = 1 as ImageId

async function captured(kit: ConsoleKit, agent: FakeAgent, digit: string, name = 'Base'): Promise<void> {
  await startCapture(kit, agent, digit, name)
  agent.done(agent.order('capture').id, { manifest: sha(digit) })
  await kit.settled()
}

async function startCapture(kit: ConsoleKit, agent: FakeAgent, digit: string, name = 'Base'): Promise<void> {
  kit.stored.set(sha(digit), { facts: facts(), packs: [{ id: sha(digit), size: 1000 }] })
  const computer = kit.inventory.computers.idByMac(agent.mac)!
  await kit.call('images.capture', { computer, source: { disk: 1, partition: 1 }, name, description: '', mode: 'used' })
}

const restore = (kit: ConsoleKit, agent: FakeAgent, revision?: number) => kit.call('restore.start', {
  computers: [kit.inventory.computers.idByMac(agent.mac)!], target: { disk: 1, partition: 1 }, image, ...(revision !== undefined && { revision }),
  method: 'UNICAST-DIRECT', postconfigure: true, restart: false,
})

async function twoRevisions() {
  const kit = consoleKit()
  const agent = kit.ready(1)
  await captured(kit, agent, 'a')
  await captured(kit, agent, 'b')
  const numbers = async (): Promise<number[]> => (await kit.call('images.list', {})).flatMap(({ revisions }) => revisions.map(({ number }) => number))
  return { kit, agent, numbers }
}

const lockedUp = { result: 'locked' }

describe('the trash', () => {
  test('takes a revision, which is no choice then, and gives it back as it was', async () => {
    const { kit, agent, numbers } = await twoRevisions()
    const [before] = await kit.call('images.list', {})
    await kit.call('images.remove', { id: image, revision: 2 })
    expect(await numbers()).toEqual([1])
    expect(await kit.call('trash.list', {})).toEqual([{
      imageId: image, image: 'Base', number: 2, description: '', source: 'pc-01', createdAt: before!.revisions[1]!.createdAt, trashedAt: kit.clock.now(),
    }])
    await expect(restore(kit, agent, 2)).rejects.toMatchObject({ result: 'notFound' })
    expect((await restore(kit, agent))[0]).toMatchObject({ revision: 1 })
    agent.done(agent.order('restore').id)

    await kit.call('trash.putBack', { id: image, revision: 2 })
    expect(await kit.call('images.list', {})).toEqual([before])
    expect(await kit.call('trash.list', {})).toEqual([])
    expect(kit.eventsOf('images.changed')).toHaveLength(4)
  })

  test('hides an image that has nothing else; its name stays its own, and its numbers go on', async () => {
    const { kit, agent, numbers } = await twoRevisions()
    await kit.call('images.remove', { id: image, revision: 1 })
    await kit.call('images.remove', { id: image, revision: 2 })
    expect(await kit.call('images.list', {})).toEqual([])
    const disk = { computer: kit.inventory.computers.idByMac(agent.mac)!, source: { disk: 1 }, name: 'base', description: '', mode: 'used' as const }
    await expect(kit.call('images.capture', disk)).rejects.toMatchObject({ result: 'nameTaken' })
    await captured(kit, agent, 'c', 'BASE')
    expect(await numbers()).toEqual([3])
    expect([...kit.refs.keys()]).toEqual(['Base@1', 'Base@2', 'Base@3'])
  })

  test('gets nothing that is being brought into a CACHE, and is not emptied meanwhile', async () => {
    const { kit, agent } = await twoRevisions()
    agent.say({ type: 'inventory', hardware: hardware(agent.mac, { cache: { disk: 1, partition: 4, device: '/dev/sda4', size: 1e9, free: 1e9, images: [] } }) })
    const computers = [kit.inventory.computers.idByMac(agent.mac)!]
    await kit.call('cache.update', { computers, image, revision: 1, method: 'UNICAST-CACHE' })
    await expect(kit.call('images.remove', { id: image, revision: 1 })).rejects.toMatchObject({ ...lockedUp, params: { image: 'Base' } })
    await kit.call('images.remove', { id: image, revision: 2 })
    await expect(kit.call('trash.empty', { plan: sha('9') })).rejects.toMatchObject(lockedUp)
    agent.done(agent.order('updateCache').id)
    expect(await kit.call('trash.empty', { plan: sha('9') })).toEqual({ bytes: 100 })
  })

  test('gets nothing that is being restored, and nothing at all during a capture', async () => {
    const { kit, agent, numbers } = await twoRevisions()
    const other = kit.ready(2)
    await restore(kit, agent, 1)
    await expect(kit.call('images.remove', { id: image, revision: 1 })).rejects.toMatchObject({ ...lockedUp, params: { image: 'Base' } })
    await kit.call('images.remove', { id: image, revision: 2 })
    await startCapture(kit, other, 'd')
    await expect(kit.call('trash.putBack', { id: image, revision: 2 })).rejects.toMatchObject(lockedUp)
    agent.done(agent.order('restore').id)
    await expect(kit.call('images.remove', { id: image, revision: 1 })).rejects.toMatchObject(lockedUp)
    other.done(other.order('capture').id, { code: 106 })
    await kit.call('images.remove', { id: image, revision: 1 })
    expect(await numbers()).toEqual([])
  })

  test('knows what is not there', async () => {
    const { kit } = await twoRevisions()
    await expect(kit.call('images.remove', { id: image, revision: 9 })).rejects.toMatchObject({ result: 'notFound' })
    await expect(kit.call('images.remove', { id: 7, revision: 1 })).rejects.toMatchObject({ result: 'notFound' })
    await kit.call('images.remove', { id: image, revision: 1 })
    await expect(kit.call('images.remove', { id: image, revision: 1 })).rejects.toMatchObject({ result: 'notFound' })
    await expect(kit.call('trash.putBack', { id: image, revision: 9 })).rejects.toMatchObject({ result: 'notFound' })
  })
})

describe('emptying it', () => {
  test('does what was shown, and nothing else', async () => {
    const { kit, numbers } = await twoRevisions()
    await kit.call('images.remove', { id: image, revision: 1 })
    const plan = await kit.call('trash.plan', {})
    expect(plan).toEqual({ plan: sha('9'), revisions: [{ image: 'Base', number: 1 }], bytes: 100 })
    await expect(kit.call('trash.empty', { plan: sha('8') })).rejects.toMatchObject({ result: 'planChanged' })
    expect(await kit.call('trash.list', {})).toHaveLength(1)
    expect(await kit.call('trash.empty', { plan: plan.plan })).toEqual({ bytes: 100 })
    expect(await kit.call('trash.list', {})).toEqual([])
    expect(await numbers()).toEqual([2])
    expect(kit.inventory.images.records()).toHaveLength(1)
  })

  test('waits for captures and restores to be over, and they for it', async () => {
    const { kit, agent } = await twoRevisions()
    await kit.call('images.remove', { id: image, revision: 1 })
    await restore(kit, agent)
    await expect(kit.call('trash.empty', { plan: sha('9') })).rejects.toMatchObject(lockedUp)
    agent.done(agent.order('restore').id)

    const go = kit.slowDisk()
    const emptied = kit.call('trash.empty', { plan: sha('9') })
    await kit.settled()
    await expect(restore(kit, agent)).rejects.toMatchObject(lockedUp)
    await expect(startCapture(kit, agent, 'd')).rejects.toMatchObject(lockedUp)
    go()
    await emptied
    expect((await restore(kit, agent))[0]).toMatchObject({ state: 'running', revision: 2 })
  })
})

test('the repository is left to others when the last capture has ended', async () => {
  const kit = consoleKit()
  const [one, two] = [kit.ready(1), kit.ready(2)]
  await startCapture(kit, one, 'a')
  await startCapture(kit, two, 'b', 'Other')
  one.done(one.order('capture').id, { code: 106 })
  expect(kit.released()).toBe(0)
  two.done(two.order('capture').id, { manifest: sha('b') })
  await kit.settled()
  expect(kit.released()).toBe(1)
})

describe('what others do to the repository', () => {
  test('is followed within seconds, and told once', async () => {
    const { kit, numbers } = await twoRevisions()
    const told = kit.eventsOf('images.changed').length
    kit.byOthers(() => { kit.refs.get('Base@2')!.trashed = true })
    kit.clock.advance(5000)
    await kit.settled()
    expect(await numbers()).toEqual([1])
    expect(await kit.call('trash.list', {})).toMatchObject([{ image: 'Base', number: 2 }])
    kit.byOthers(() => {
      kit.refs.delete('Base@2')
      kit.stored.delete(sha('b'))
    })
    kit.clock.advance(5000)
    await kit.settled()
    expect(await kit.call('trash.list', {})).toEqual([])
    kit.clock.advance(60_000)
    await kit.settled()
    expect(kit.eventsOf('images.changed')).toHaveLength(told + 2)
  })

  test('waits for the console’s own capture, which is in the repository before it is in the inventory', async () => {
    const { kit, agent, numbers } = await twoRevisions()
    const released = kit.released()
    await startCapture(kit, agent, 'c')
    kit.byOthers(() => { kit.refs.get('Base@2')!.trashed = true })
    kit.clock.advance(5000)
    await kit.settled()
    expect(await numbers()).toEqual([1, 2])
    agent.done(agent.order('capture').id, { code: 106 })
    kit.clock.advance(5000)
    await kit.settled()
    expect(await numbers()).toEqual([1])
    expect(kit.released()).toBeGreaterThan(released)
  })
})
