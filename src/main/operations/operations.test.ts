/** The whole life of operations, seen from both doors: what screens call, what agents say. */
import { describe, expect, test } from 'vitest'
import type { OperationView } from '#shared/contract/views.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { consoleKit, facts, outcome, sha, type ConsoleKit, type FakeAgent } from '../../../tests/support/console-kit.ts'
import { disk, hardware, mac, partition } from '../../../tests/support/hardware.ts'
import { AGENT_GRACE, CANCEL_GRACE, OUTCOME_GRACE, QUEUE_PATIENCE } from './runner.ts'

const computerOf = (kit: ConsoleKit, agent: FakeAgent) => kit.inventory.computers.idByMac(agent.mac)!

const capture = (kit: ConsoleKit, agent: FakeAgent, changes = {}): Promise<OperationView> => kit.call('images.capture', {
  computer: computerOf(kit, agent), source: { disk: 1, partition: 1 }, name: 'Base', description: 'con Office', mode: 'used', ...changes,
})

const restore = (kit: ConsoleKit, agents: FakeAgent[], changes = {}): Promise<OperationView[]> => kit.call('restore.start', {
  computers: agents.map((agent) => computerOf(kit, agent)), target: { disk: 1, partition: 1 }, image: 1,
  method: 'UNICAST-DIRECT', postconfigure: true, restart: false, ...changes,
})

/** A repository with one revision of the image Base, captured from pc-01. */
async function withImage(kit: ConsoleKit, agent: FakeAgent, digit = 'a'): Promise<void> {
  kit.stored.set(sha(digit), { facts: facts(), packs: [{ id: sha(digit), size: 1000 }] })
  await capture(kit, agent)
  agent.done(agent.order('capture').id, { manifest: sha(digit) })
  await kit.settled()
}

/** What is said of an operation that ended so. */
const ended = (state: OperationView['state'], result: keyof typeof RESULT): object => ({ state, outcome: { code: RESULT[result] } })
const diskLayout = { label: 'gpt' as const, id: '', size: 1e11, sectorSize: 512, firstLba: 34, lastLba: 1e8, partitions: [] }

describe('what is asked for reaches the agent', () => {
  test('a capture: cleaned and shrunk unless it is said otherwise', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await capture(kit, agent, { mode: undefined })
    expect(agent.order('capture').command).toMatchObject({ mode: 'filesystem', clean: true, shrink: true })
    agent.done(agent.order('capture').id, { code: RESULT.shrink })
    await capture(kit, agent, { mode: 'filesystem', clean: false, shrink: false })
    expect(agent.order('capture').command).toMatchObject({ mode: 'filesystem', clean: false, shrink: false })
  })

  test('a restore: compared unless it is said otherwise, also after the console was started again', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await withImage(kit, agent)
    await restore(kit, [agent])
    expect(agent.order('restore').command).toMatchObject({ delta: true, verify: false, discard: false })
    agent.done(agent.order('restore').id)
    const asked = { delta: false, verify: true, discard: true }
    await restore(kit, [agent], asked)
    expect(agent.order('restore').command).toMatchObject(asked)
    kit.restart()
    agent.connect({ running: [] })
    expect(agent.order('restore').command).toMatchObject(asked)
  })
})

describe('capture, then restore', () => {
  test('a capture runs at once, and becomes an image when its manifest is in the repository', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    kit.stored.set(sha('a'), { facts: facts(), packs: [{ id: sha('b'), size: 700 }, { id: sha('c'), size: 300 }] })
    const started = await capture(kit, agent)
    expect(started).toMatchObject({ kind: 'capture', state: 'running', computerName: 'pc-01', imageName: 'Base', requestedBy: 'ana' })
    expect(await kit.call('images.list', {})).toEqual([])
    expect((await kit.call('computers.list', {}))[0]).toMatchObject({ state: 'busy', operation: { id: started.id } })

    const { id, command } = agent.order('capture')
    expect(id).toBe(started.id)
    expect(command).toMatchObject({ source: { disk: 1, partition: 1 }, mode: 'used', repository: { url: 'http://192.168.7.1:7400/repository' } })
    const rights = (): unknown => kit.app.access.authorize({ headers: { authorization: `Bearer ${command.repository.token}` } })
    expect(rights()).toMatchObject({ read: false, write: true })

    agent.done(id, { manifest: sha('a') })
    expect(agent.acknowledged()).toEqual([])
    await kit.settled()
    expect(agent.acknowledged()).toEqual([id])
    expect(rights()).toBeUndefined()
    expect(await kit.operation(id)).toMatchObject({ state: 'succeeded', revision: 1, outcome: { code: 0, seconds: 12 } })
    expect(await kit.call('images.list', {})).toMatchObject([{
      name: 'Base', kind: 'partition', description: 'con Office',
      revisions: [{ number: 1, manifest: sha('a'), source: 'pc-01', storedBytes: 1000, volumes: [{ partition: 1, minimumSize: 4e9 }] }],
    }])
    expect([...kit.refs.keys()]).toEqual(['Base@1'])
    expect(kit.released()).toBe(1)
    expect(kit.eventsOf('images.changed')).toHaveLength(1)
    expect((await kit.call('computers.list', {}))[0]?.state).toBe('waiting')
  })

  test('a second revision counts only the packs that it brought', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await withImage(kit, agent)
    kit.stored.set(sha('d'), { facts: facts(), packs: [{ id: sha('a'), size: 1000 }, { id: sha('e'), size: 50 }] })
    await capture(kit, agent, { name: 'base' })
    agent.done(agent.order('capture').id, { manifest: sha('d') })
    await kit.settled()
    expect([...kit.refs.keys()]).toEqual(['Base@1', 'Base@2'])
    const [image] = await kit.call('images.list', {})
    expect(image?.revisions.map(({ number, storedBytes }) => [number, storedBytes])).toEqual([[1, 1000], [2, 50]])
  })

  test('a restore orders the newest revision, with the name that the computer is to have', async () => {
    const kit = consoleKit()
    const source = kit.ready(1)
    await withImage(kit, source)
    const target = kit.ready(2)
    const [operation] = await restore(kit, [target])
    expect(operation).toMatchObject({ kind: 'restore', state: 'running', imageName: 'Base', revision: 1, method: 'UNICAST-DIRECT' })
    const { id, command } = target.order('restore')
    expect(command).toMatchObject({ target: { disk: 1, partition: 1 }, manifest: sha('a'), hostName: 'pc-02' })
    expect(command).not.toHaveProperty('volume')
    expect(kit.app.access.authorize({ headers: { authorization: `Bearer ${command.repository.token}` } })).toMatchObject({ read: true, write: false })
    target.done(id)
    expect(await kit.operation(id)).toMatchObject(ended('succeeded', 'ok'))
    expect(target.acknowledged()).toEqual([id])
  })

  test('one partition of a disk’s image is ordered by its number', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    kit.stored.set(sha('a'), { facts: facts({ disk: diskLayout }), packs: [] })
    await capture(kit, agent, { source: { disk: 1 }, name: 'Disk' })
    agent.done(agent.order('capture').id, { manifest: sha('a') })
    await kit.settled()
    await restore(kit, [agent], { volume: 1 })
    expect(agent.order('restore').command).toMatchObject({ target: { disk: 1, partition: 1 }, volume: 1 })
  })

  test('no host name without post-configuration', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await withImage(kit, agent)
    await restore(kit, [agent], { postconfigure: false })
    expect(agent.order('restore').command).not.toHaveProperty('hostName')
  })

  test('"restart afterwards" restarts a restored computer into its disk, and leaves a failed one alone', async () => {
    const kit = consoleKit()
    const [good, bad] = [kit.ready(1), kit.ready(2)]
    await withImage(kit, good)
    await restore(kit, [good, bad], { restart: true })
    good.done(good.order('restore').id)
    bad.done(bad.order('restore').id, { code: RESULT.diskError, params: { target: '/dev/sda' } })
    const { id } = good.order('restart')
    expect(bad.sent.filter((message) => message.type === 'run')).toHaveLength(1)
    const modes = (await kit.call('computers.list', {})).map(({ name, bootMode }) => [name, bootMode])
    expect(modes).toEqual([['pc-01', 'disk'], ['pc-02', 'live']])
    good.done(id)
    good.drop()
    expect(await kit.operation(id)).toMatchObject(ended('succeeded', 'ok'))
  })
})

describe('what failed can be asked for again', () => {
  const retries = async (kit: ConsoleKit) => (await kit.call('computers.list', {})).map(({ retry }) => retry)
  const how = { delta: false, verify: true, discard: true, postconfigure: false, restart: true }

  test('a restore with its revision and as it was to write, whether it ran or was refused; until it goes well', async () => {
    const kit = consoleKit()
    const [ran, refused] = [kit.ready(1), kit.ready(2)]
    await withImage(kit, ran)
    refused.connect({ hardware: hardware(refused.mac, { disks: [disk(1, { partitions: [partition(1, { size: 1e9 })] })] }) })
    await restore(kit, [ran, refused], how)
    const retry = { kind: 'restore', image: 'Base', revision: 1, target: { disk: 1, partition: 1 }, method: 'UNICAST-DIRECT', options: how }
    expect(await retries(kit)).toEqual([undefined, retry])
    ran.done(ran.order('restore').id, { code: RESULT.corruptImage })
    expect(await retries(kit)).toEqual([retry, retry])
    expect(kit.eventsOf('computer.changed').at(-1)).toMatchObject({ retry })
    await kit.call('computers.power', { computers: [computerOf(kit, ran)], action: 'shutdown' })
    ran.done(ran.order('shutdown').id)
    expect(await retries(kit)).toEqual([retry, retry])
    await restore(kit, [ran])
    ran.done(ran.order('restore').id)
    expect(await retries(kit)).toEqual([undefined, retry])
    refused.drop()
    expect(await kit.call('computers.power', { computers: [computerOf(kit, refused)], action: 'restart' })).toMatchObject([{ state: 'queued' }])
    expect(await retries(kit)).toEqual([undefined, undefined])
  })

  test('by the method that was asked for, whatever became of it, and with its part of the disk image', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    kit.stored.set(sha('a'), { facts: facts({ disk: diskLayout }), packs: [] })
    await capture(kit, agent, { source: { disk: 1 }, name: 'Disk' })
    agent.done(agent.order('capture').id, { manifest: sha('a') })
    await kit.settled()
    await restore(kit, [agent], { volume: 1, method: 'TORRENT-CACHE' })
    expect(agent.order('restore').command).toMatchObject({ method: 'UNICAST-DIRECT' })
    agent.done(agent.order('restore').id, { code: RESULT.corruptImage })
    expect(await retries(kit)).toMatchObject([{ method: 'TORRENT-CACHE', volume: 1, options: { delta: true, postconfigure: true } }])
  })

  test.each(['capture', 'cancelled restore'])('no %s', async (what) => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await withImage(kit, agent)
    const [operation] = what === 'capture' ? [await capture(kit, agent)] : await restore(kit, [agent])
    if (what !== 'capture') await kit.call('operations.cancel', { id: operation!.id })
    agent.done(operation!.id, { code: what === 'capture' ? RESULT.shrink : RESULT.cancelled })
    expect(await retries(kit)).toEqual([undefined])
  })
})

describe('what is refused', () => {
  test('a refused computer gets an operation that failed with the reason; the others go on', async () => {
    const kit = consoleKit()
    const source = kit.ready(1)
    await withImage(kit, source)
    const small = kit.ready(2)
    small.connect({ hardware: hardware(small.mac, { disks: [disk(1, { partitions: [partition(1, { size: 1e9 })] })] }) })
    const [first, second] = await restore(kit, [small, source])
    expect(first).toMatchObject({ state: 'failed', outcome: { code: RESULT.partitionTooSmall, params: { target: '/dev/sda1', needed: 4e9, available: 1e9 } } })
    expect(first).not.toHaveProperty('startedAt')
    expect(second?.state).toBe('running')
    expect(small.sent).toEqual([])
  })

  test('a computer that is off, busy or set aside', async () => {
    const kit = consoleKit()
    const [off, busy, aside] = [kit.ready(1), kit.ready(2), kit.ready(3)]
    await withImage(kit, off)
    off.drop()
    kit.clock.advance(20_000)
    await capture(kit, busy)
    await kit.call('computers.update', { id: computerOf(kit, aside), maintenance: true })
    const codes = (await restore(kit, [off, busy, aside])).map(({ outcome }) => outcome?.code)
    expect(codes).toEqual([RESULT.noAgent, RESULT.busy, RESULT.maintenance])
  })

  test('an image, a revision or a computer that does not exist', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await withImage(kit, agent)
    await expect(restore(kit, [agent], { image: 9 })).rejects.toMatchObject({ result: 'notFound' })
    await expect(restore(kit, [agent], { revision: 2 })).rejects.toMatchObject({ result: 'notFound' })
    await expect(restore(kit, [agent], { computers: [1, 99] })).rejects.toMatchObject({ result: 'notFound' })
    expect(await kit.call('operations.list', { limit: 10 })).toHaveLength(1)
  })

  test('the capture of a computer that is not there, of no partition, or into a name of another kind', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await withImage(kit, agent)
    await expect(capture(kit, agent, { source: { disk: 1, partition: 9 } })).rejects.toMatchObject({ result: 'partition', params: { target: '/dev/sda9' } })
    await expect(capture(kit, agent, { source: { disk: 2 } })).rejects.toMatchObject({ result: 'partition' })
    await expect(capture(kit, agent, { source: { disk: 1 } })).rejects.toMatchObject({ result: 'nameTaken', params: { name: 'Base' } })
    agent.drop()
    kit.clock.advance(20_000)
    await expect(capture(kit, agent)).rejects.toMatchObject({ result: 'noAgent' })
  })
})

describe('what an agent says it has captured', () => {
  test.each<[string, keyof typeof RESULT, object]>([
    ['names no manifest', 'corruptImage', {}],
    ['is not in the repository', 'notFound', { manifest: sha('f') }],
    ['is of a disk where a partition was asked for', 'corruptImage', { manifest: sha('d') }],
    ['is a failure, in its own words', 'hibernated', { code: RESULT.hibernated, message: 'hibernated', params: { target: '/dev/sda1' } }],
  ])('%s: %s', async (_, result, done) => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    kit.stored.set(sha('d'), { facts: facts({ disk: diskLayout }), packs: [] })
    await capture(kit, agent)
    const { id } = agent.order('capture')
    agent.done(id, done)
    await kit.settled()
    expect(await kit.operation(id)).toMatchObject({ ...ended('failed', result), ...('params' in done ? { outcome: { params: done.params } } : {}) })
    expect(agent.acknowledged()).toEqual([id])
    expect(await kit.call('images.list', {})).toEqual([])
  })

  test('is a manifest that is a revision already: nobody gets the image of somebody else', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await withImage(kit, agent)
    await capture(kit, agent, { name: 'Otra' })
    const { id } = agent.order('capture')
    agent.done(id, { manifest: sha('a') })
    await kit.settled()
    expect(await kit.operation(id)).toMatchObject(ended('failed', 'image'))
    expect((await kit.call('images.list', {})).map(({ name }) => name)).toEqual(['Base'])
  })

  test('is a good manifest that another operation published', async () => {
    const kit = consoleKit()
    const [agent, other] = [kit.ready(1), kit.ready(2)]
    kit.stored.set(sha('a'), { facts: facts(), packs: [] })
    await capture(kit, other, { name: 'Otra' })
    kit.inventory.publishedManifests.add(other.order('capture').id, sha('a'))
    await capture(kit, agent)
    const { id } = agent.order('capture')
    agent.say({ type: 'done', operation: id, outcome: outcome({ manifest: sha('a') }) })
    await kit.settled()
    expect(await kit.operation(id)).toMatchObject(ended('failed', 'corruptImage'))
    expect(await kit.call('images.list', {})).toEqual([])
  })

  test('has taken a name that in the meantime went to a disk image', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    kit.stored.set(sha('a'), { facts: facts(), packs: [] })
    await capture(kit, agent)
    kit.inventory.images.addRevision({
      image: 'BASE', number: 1, kind: 'disk', description: '', manifest: sha('b'), source: '', packs: [], facts: facts({ disk: diskLayout }),
    })
    const { id } = agent.order('capture')
    agent.done(id, { manifest: sha('a') })
    await kit.settled()
    expect(await kit.operation(id)).toMatchObject(ended('failed', 'nameTaken'))
    expect([...kit.refs.keys()]).toEqual([])
  })

  test('is said twice while it is being read: it counts once', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    kit.stored.set(sha('a'), { facts: facts(), packs: [] })
    await capture(kit, agent)
    const { id } = agent.order('capture')
    agent.done(id, { manifest: sha('a') })
    agent.done(id, { manifest: sha('a') })
    await kit.settled()
    expect((await kit.call('images.list', {}))[0]?.revisions).toHaveLength(1)
    expect(await kit.operation(id)).toMatchObject(ended('succeeded', 'ok'))
    expect(agent.acknowledged()).toEqual([id])
  })

  test.each(['leaves', 'leaves and comes back'])('is waited for while it is being read, also when its agent %s', async (how) => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    kit.stored.set(sha('a'), { facts: facts(), packs: [] })
    const done = kit.slowDisk()
    const { id } = await capture(kit, agent)
    agent.say({ type: 'progress', operation: id, progress: { phase: 'capture', done: 1, total: 1, rate: 0 } })
    agent.done(id, { manifest: sha('a') })
    agent.drop()
    if (how !== 'leaves') agent.connect()
    kit.clock.advance(AGENT_GRACE * 2)
    done()
    await kit.settled()
    expect(await kit.operation(id)).toMatchObject(ended('succeeded', 'ok'))
  })

  test('stays to be said again when the console stops while it reads', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    kit.stored.set(sha('a'), { facts: facts(), packs: [] })
    await capture(kit, agent)
    const { id } = agent.order('capture')
    agent.done(id, { manifest: sha('a') })
    kit.restart()
    await kit.settled()
    expect((await kit.operation(id)).state).toBe('running')
    agent.connect()
    agent.done(id, { manifest: sha('a') })
    await kit.settled()
    expect(await kit.operation(id)).toMatchObject(ended('succeeded', 'ok'))
    expect(agent.acknowledged()).toEqual([id])
  })
})

describe('one at a time', () => {
  test('what is asked of a busy computer waits, and runs in order', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    const first = await capture(kit, agent)
    const second = await capture(kit, agent, { name: 'Otra' })
    const [third] = await kit.call('computers.power', { computers: [computerOf(kit, agent)], action: 'shutdown' })
    expect([first.state, second.state, third?.state]).toEqual(['running', 'queued', 'queued'])
    expect(kit.eventsOf('operation.changed').map(({ id, state }) => `${id} ${state}`)).toEqual(['1 queued', '1 running', '2 queued', '3 queued'])
    agent.done(first.id, { code: RESULT.diskError })
    expect(agent.order('capture').id).toBe(second.id)
    agent.done(second.id, { code: RESULT.diskError })
    expect(agent.order('shutdown').id).toBe(third?.id)
  })

  test('a failure does not stop what waits behind it on another computer', async () => {
    const kit = consoleKit()
    const [one, other] = [kit.ready(1), kit.ready(2)]
    await capture(kit, one)
    await capture(kit, other, { name: 'Otra' })
    expect([one.order('capture').id, other.order('capture').id]).toEqual([1, 2])
  })

  test('what waits for a computer that does not come back is given up', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await capture(kit, agent)
    const waiting = await capture(kit, agent, { name: 'Otra' })
    agent.drop()
    kit.clock.advance(AGENT_GRACE + 1000)
    expect((await kit.operation(1)).state).toBe('failed')
    expect((await kit.operation(waiting.id)).state).toBe('queued')
    kit.clock.advance(QUEUE_PATIENCE + 1000)
    expect(await kit.operation(waiting.id)).toMatchObject(ended('failed', 'agentLost'))
  })

  test('what waits for a computer that comes back in time runs', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await capture(kit, agent)
    const waiting = await capture(kit, agent, { name: 'Otra' })
    agent.drop()
    kit.clock.advance(AGENT_GRACE + 60_000)
    agent.connect({ boot: true })
    expect(agent.order('capture').id).toBe(waiting.id)
    kit.clock.advance(QUEUE_PATIENCE * 2)
    expect((await kit.operation(waiting.id)).state).toBe('running')
  })

  test('patience begins anew whenever the computer has been there', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    for (const name of ['A', 'B', 'C']) await capture(kit, agent, { name })
    agent.drop()
    kit.clock.advance(AGENT_GRACE + QUEUE_PATIENCE - 60_000)
    agent.connect({ boot: true })
    kit.clock.advance(1000)
    agent.drop()
    kit.clock.advance(AGENT_GRACE + QUEUE_PATIENCE - 60_000)
    expect((await kit.operation(3)).state).toBe('queued')
  })

  test('an outcome of what has not run yet is not believed', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await capture(kit, agent)
    const waiting = await capture(kit, agent, { name: 'Otra' })
    agent.done(waiting.id)
    await kit.settled()
    expect((await kit.operation(waiting.id)).state).toBe('queued')
  })

  test('what waits for a computer that is set aside is refused when its turn comes', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    const first = await capture(kit, agent)
    const second = await capture(kit, agent, { name: 'Otra' })
    await kit.call('computers.update', { id: computerOf(kit, agent), maintenance: true })
    agent.done(first.id, { code: RESULT.diskError })
    expect(await kit.operation(second.id)).toMatchObject(ended('failed', 'maintenance'))
  })
})

describe('agents that go away', () => {
  const running = async (): Promise<{ kit: ConsoleKit; agent: FakeAgent; id: OperationId }> => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await withImage(kit, agent)
    await restore(kit, [agent])
    const { id } = agent.order('restore')
    agent.say({ type: 'progress', operation: id, progress: { phase: 'restore', done: 1, total: 10, rate: 1 } })
    return { kit, agent, id }
  }
  const orders = (agent: FakeAgent): unknown[] => agent.sent.filter(({ type }) => type === 'run')

  test('a lost connection that comes back changes nothing', async () => {
    const { kit, agent, id } = await running()
    agent.drop()
    kit.clock.advance(AGENT_GRACE - 1000)
    agent.connect({ running: [id] })
    kit.clock.advance(AGENT_GRACE * 2)
    expect((await kit.operation(id)).state).toBe('running')
    expect(orders(agent)).toEqual([])
    agent.done(id)
    expect(await kit.operation(id)).toMatchObject(ended('succeeded', 'ok'))
  })

  test('one that does not come back ends with 104', async () => {
    const { kit, agent, id } = await running()
    agent.drop()
    kit.clock.advance(AGENT_GRACE - 1000)
    expect((await kit.operation(id)).state).toBe('running')
    kit.clock.advance(2000)
    const lost = await kit.operation(id)
    expect(lost).toMatchObject(ended('failed', 'agentLost'))
    expect(lost).toMatchObject({ progress: { done: 1, total: 10 } })
    expect(lost).not.toHaveProperty('stalled')
    expect(lost.outcome?.seconds).toBeCloseTo(AGENT_GRACE / 1000, 0)
  })

  test('and an agent that turns up after that is told to stop', async () => {
    const { kit, agent, id } = await running()
    agent.drop()
    kit.clock.advance(AGENT_GRACE + 1000)
    agent.connect({ running: [id] })
    expect(agent.sent).toContainEqual({ type: 'cancel', operation: id })
    agent.done(id, { code: RESULT.cancelled })
    expect(agent.acknowledged()).toEqual([id])
    expect(await kit.operation(id)).toMatchObject(ended('failed', 'agentLost'))
  })

  test('a computer that was switched off and boots again has lost it', async () => {
    const { kit, agent, id } = await running()
    agent.drop()
    kit.clock.advance(30_000)
    agent.connect({ boot: true })
    expect(await kit.operation(id)).toMatchObject(ended('failed', 'agentLost'))
    expect(orders(agent)).toEqual([])
  })

  test('an order that was never received is sent again, with a token that works', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await withImage(kit, agent)
    await restore(kit, [agent])
    const { id } = agent.order('restore')
    agent.drop()
    agent.connect()
    const again = agent.order('restore')
    expect(again.id).toBe(id)
    expect(kit.app.access.authorize({ headers: { authorization: `Bearer ${again.command.repository.token}` } })).toMatchObject({ read: true, write: false })
  })

  test('an order that its agent has had, by its own word, is not sent again', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await withImage(kit, agent)
    await restore(kit, [agent])
    const { id } = agent.order('restore')
    agent.drop()
    agent.connect({ running: [id] })
    agent.drop()
    agent.connect()
    expect(orders(agent)).toEqual([])
  })

  test('one that finished without a connection says so when it is back', async () => {
    const { kit, agent, id } = await running()
    agent.drop()
    agent.connect()
    expect(orders(agent)).toEqual([])
    agent.done(id)
    expect(await kit.operation(id)).toMatchObject(ended('succeeded', 'ok'))
  })

  test('one whose process died over it ends with 104 after a moment', async () => {
    const { kit, agent, id } = await running()
    agent.drop()
    agent.connect()
    kit.clock.advance(OUTCOME_GRACE - 1000)
    expect((await kit.operation(id)).state).toBe('running')
    kit.clock.advance(2000)
    expect(await kit.operation(id)).toMatchObject(ended('failed', 'agentLost'))
  })

  test('a restart has worked when the computer boots anew, a shutdown when it is gone', async () => {
    const kit = consoleKit()
    const [restarts, stops, hangs] = [kit.ready(1), kit.ready(2), kit.ready(3)]
    const computers = [restarts, hangs].map((agent) => computerOf(kit, agent))
    await kit.call('computers.power', { computers, action: 'restart' })
    await kit.call('computers.power', { computers: [computerOf(kit, stops)], action: 'shutdown' })
    for (const agent of [restarts, stops, hangs]) agent.drop()
    restarts.connect({ boot: true })
    kit.clock.advance(AGENT_GRACE + 1000)
    const states = (await kit.call('operations.list', { limit: 10 })).map(({ kind, computerName, state }) => `${kind} ${computerName} ${state}`)
    expect(states).toEqual(['shutdown pc-02 succeeded', 'restart pc-03 failed', 'restart pc-01 succeeded'])
  })

  test('what another computer says of it does not count', async () => {
    const { kit, id } = await running()
    const other = kit.ready(2)
    other.say({ type: 'progress', operation: id, progress: { phase: 'restore', done: 9, total: 10, rate: 1 } })
    other.say({ type: 'log', operation: id, lines: [{ at: 0, level: 'info', text: 'forged' }] })
    other.done(id)
    expect(await kit.operation(id)).toMatchObject({ state: 'running', progress: { done: 1 } })
    expect(await kit.call('operations.log', { id, after: 0 })).toEqual([])
  })
})

describe('a console that restarts', () => {
  test('finds its agents at work, and their tokens good', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await withImage(kit, agent)
    await restore(kit, [agent])
    const { id, command } = agent.order('restore')
    agent.say({ type: 'progress', operation: id, progress: { phase: 'restore', done: 1, total: 10, rate: 1 } })
    kit.restart()
    expect((await kit.operation(id)).state).toBe('running')
    expect(kit.app.access.authorize({ headers: { authorization: `Bearer ${command.repository.token}` } })).toMatchObject({ read: true, write: false })
    kit.clock.advance(AGENT_GRACE - 1000)
    agent.connect({ running: [id] })
    kit.clock.advance(AGENT_GRACE)
    agent.done(id)
    expect(await kit.operation(id)).toMatchObject(ended('succeeded', 'ok'))
  })

  test('ends with 105 what nobody takes up again, and then goes on', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    const first = await capture(kit, agent)
    const second = await capture(kit, agent, { name: 'Otra' })
    kit.restart()
    kit.clock.advance(AGENT_GRACE + 1000)
    expect(await kit.operation(first.id)).toMatchObject(ended('failed', 'consoleStopped'))
    agent.connect({ boot: true })
    expect(agent.order('capture').id).toBe(second.id)
  })

  test('starts what waited for a computer that was not there', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await capture(kit, agent)
    await capture(kit, agent, { name: 'Otra' })
    kit.restart()
    agent.connect({ boot: true })
    expect(await kit.operation(1)).toMatchObject(ended('failed', 'agentLost'))
    expect(agent.order('capture').id).toBe(2)
  })
})

describe('cancelling', () => {
  test('what waits ends at once and never reaches its agent', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    const first = await capture(kit, agent)
    const second = await capture(kit, agent, { name: 'Otra' })
    expect(await kit.call('operations.cancel', { id: second.id })).toMatchObject({ state: 'cancelled', outcome: { params: { who: 'ana' } } })
    agent.done(first.id, { code: RESULT.diskError })
    expect(agent.sent.filter(({ type }) => type === 'run')).toHaveLength(1)
  })

  test('what runs ends when its agent has stopped', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    const { id } = await capture(kit, agent)
    expect((await kit.call('operations.cancel', { id })).state).toBe('running')
    expect(agent.sent).toContainEqual({ type: 'cancel', operation: id })
    agent.done(id, { code: RESULT.cancelled })
    expect(await kit.operation(id)).toMatchObject({ state: 'cancelled', outcome: { code: RESULT.cancelled, params: { who: 'ana' } } })
    expect(agent.acknowledged()).toEqual([id])
  })

  test('or without an answer after a while, also when the connection comes and goes', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    const { id } = await capture(kit, agent)
    await kit.call('operations.cancel', { id })
    agent.drop()
    agent.connect({ running: [id] })
    expect(agent.sent).toContainEqual({ type: 'cancel', operation: id })
    kit.clock.advance(CANCEL_GRACE - 1000)
    expect((await kit.operation(id)).state).toBe('running')
    kit.clock.advance(2000)
    expect((await kit.operation(id)).state).toBe('cancelled')
  })

  test('an agent that brings its source back has longer, as long as it says so', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    const { id } = await capture(kit, agent)
    await kit.call('operations.cancel', { id })
    for (let times = 0; times < 5; times += 1) {
      kit.clock.advance(CANCEL_GRACE - 1000)
      agent.say({ type: 'progress', operation: id, progress: { phase: 'release', done: 0, total: 1, rate: 0 } })
    }
    expect((await kit.operation(id)).state).toBe('running')
    kit.clock.advance(CANCEL_GRACE + 1000)
    expect(await kit.operation(id)).toMatchObject(ended('cancelled', 'cancelled'))
  })

  test('what ended before the agent heard of it has succeeded', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await withImage(kit, agent)
    await restore(kit, [agent])
    const { id } = agent.order('restore')
    await kit.call('operations.cancel', { id })
    agent.done(id)
    expect(await kit.operation(id)).toMatchObject(ended('succeeded', 'ok'))
    expect((await kit.call('operations.cancel', { id })).state).toBe('succeeded')
  })

  test('what an absent agent has is told to it when it comes', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    const { id } = await capture(kit, agent)
    agent.drop()
    expect((await kit.call('operations.cancel', { id })).state).toBe('cancelled')
    agent.connect({ running: [id] })
    expect(agent.sent).toContainEqual({ type: 'cancel', operation: id })
  })

  test('an operation that is not there', async () => {
    await expect(consoleKit().call('operations.cancel', { id: 5 })).rejects.toMatchObject({ result: 'notFound' })
  })
})

describe('progress and log', () => {
  test('many samples are two events a second, the last of them the newest', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    const { id } = await capture(kit, agent)
    kit.events.length = 0
    for (let at = 1; at <= 100; at += 1) {
      agent.say({ type: 'progress', operation: id, progress: { phase: 'capture', done: at, total: 100, rate: 5 } })
      kit.clock.advance(20)
    }
    const seen = kit.eventsOf('operation.changed')
    expect(seen).toHaveLength(4)
    expect(seen.at(-1)?.progress?.done).toBeGreaterThan(95)
    expect((await kit.operation(id)).progress?.done).toBe(100)
    expect(kit.eventsOf('computer.changed')).toEqual([])
  })

  test('one that does not get on is marked, once, and no longer when it does', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    const { id } = await capture(kit, agent)
    const say = (done: number): void => agent.say({ type: 'progress', operation: id, progress: { phase: 'capture', done, total: 100, rate: 5 } })
    say(1)
    kit.clock.advance(29_000)
    say(1)
    expect((await kit.operation(id)).stalled).toBeUndefined()
    kit.events.length = 0
    kit.clock.advance(20_000)
    expect((await kit.operation(id)).stalled).toBe('silent')
    expect(kit.eventsOf('operation.changed').filter(({ stalled }) => stalled)).toHaveLength(1)
    say(2)
    expect((await kit.operation(id)).stalled).toBeUndefined()
  })

  test('lines are kept, numbered, and pushed', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    const { id } = await capture(kit, agent)
    agent.say({ type: 'log', operation: id, lines: [{ at: 5, level: 'info', text: '[1] start' }, { at: 6, level: 'warn', text: 'lento' }] })
    agent.say({ type: 'log', lines: [{ at: 7, level: 'info', text: 'also while it runs' }] })
    const lines = await kit.call('operations.log', { id, after: 0 })
    expect(lines.map(({ text, level }) => [level, text])).toEqual([['info', '[1] start'], ['warn', 'lento'], ['info', 'also while it runs']])
    expect(kit.eventsOf('operation.log').flat()).toEqual(lines)
    expect(await kit.call('operations.log', { id, after: lines[1]!.id })).toEqual(lines.slice(2))
  })

  test('a listener that fails keeps nothing from the others', async () => {
    const kit = consoleKit()
    kit.app.subscribe(() => {
      throw new Error('closed pipe')
    })
    const heard: string[] = []
    const stop = kit.app.subscribe((event) => void heard.push(event))
    kit.ready(1)
    expect(heard).toContain('computer.changed')
    stop()
    heard.length = 0
    kit.agent(mac(9)).connect()
    expect(heard).toEqual([])
  })
})
