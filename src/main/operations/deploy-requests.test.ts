import { describe, expect, test } from 'vitest'
import type { CallInput } from '#shared/contract/console.ts'
import type { DeployPlan, OperationView } from '#shared/contract/views.ts'
import type { CacheFacts } from '#shared/domain/cache.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { consoleKit, facts, sha, type ConsoleKit, type FakeAgent } from '../../../tests/support/console-kit.ts'
import { disk, hardware, partition } from '../../../tests/support/hardware.ts'

const GB = 1e9
const computerOf = (kit: ConsoleKit, agent: FakeAgent) => kit.inventory.computers.idByMac(agent.mac)!
const cacheOf = (changes: Partial<CacheFacts> = {}): CacheFacts => ({ disk: 1, partition: 4, device: '/dev/sda4', size: 20 * GB, free: 10 * GB, images: [], ...changes })

/** `Win 10` in three revisions of 5, 6 and 7 GB, `Otra` of 5 GB, and computers with a CACHE each, but for the last. */
async function room(...caches: (CacheFacts | undefined)[]): Promise<{ kit: ConsoleKit; agents: FakeAgent[] }> {
  const kit = consoleKit()
  const agents = caches.map((_, at) => kit.ready(at + 1))
  const capture = async (name: string, digits: string): Promise<void> => {
    const packs = Array.from(digits, (digit, at) => ({ id: sha(digit), size: at === 0 ? 5 * GB : GB }))
    const manifest = sha(digits.at(-1)!)
    kit.stored.set(manifest, { facts: facts(), packs })
    await kit.call('images.capture', { computer: computerOf(kit, agents[0]!), source: { disk: 1, partition: 1 }, name })
    agents[0]!.done(agents[0]!.order('capture').id, { manifest })
    await kit.settled()
  }
  for (const digits of ['1', '12', '123']) await capture('Win 10', digits)
  await capture('Otra', '4')
  for (const [at, agent] of agents.entries()) agent.say({ type: 'inventory', hardware: hardware(agent.mac, caches[at] && { cache: caches[at] }) })
  return { kit, agents }
}

const request = (kit: ConsoleKit, agents: FakeAgent[], commands: string, changes = {}): CallInput<'deploy.plan'> =>
  ({ computers: agents.map((agent) => computerOf(kit, agent)), commands, ...changes })
const plan = (...args: Parameters<typeof request>): Promise<DeployPlan> => args[0].call('deploy.plan', request(...args))
async function deploy(...args: Parameters<typeof request>): Promise<OperationView[]> {
  return args[0].call('deploy.start', { ...request(...args), plan: (await plan(...args)).plan })
}
let planned: string
const DEPLOY = 'deployImage REPO "Win 10" 1 1'

describe('a plan', () => {
  test('says of each command what it is and brings, and of each computer how it gets it', async () => {
    const { kit, agents } = await room(cacheOf(), undefined)
    const { commands } = await plan(kit, agents, `updateCache REPO "/win 10@1" UNICAST\n\n  ${DEPLOY}   MULTICAST-DIRECT`)
    expect(commands).toMatchObject([
      {
        text: 'updateCache REPO "/win 10@1" UNICAST', kind: 'updateCache', image: 'Win 10', revision: 1,
        rows: [{ ok: true, bytes: 0, erases: [], use: { method: 'UNICAST-CACHE' }, cache: { missing: 5 * GB } }, { ok: false, refusal: { result: 'noCache' } }],
      },
      {
        text: `${DEPLOY} MULTICAST-DIRECT`, kind: 'deployImage', image: 'Win 10', revision: 3,
        rows: [{ ok: true, bytes: 3 * GB, erases: [expect.stringContaining('/dev/sda1')], use: { method: 'MULTICAST-DIRECT' } }, { ok: true }],
      },
    ])
  })

  test('never has another method than was asked for, nor makes room, whatever the rules of the engine say', async () => {
    const { kit, agents } = await room(undefined, cacheOf({ size: 6 * GB }), cacheOf({ free: 6 * GB }), cacheOf())
    for (const noCache of ['NONE', 'UNICAST', 'MULTICAST'] as const) {
      for (const fullCache of ['NONE', 'FORMAT', 'DELETE'] as const) {
        await kit.call('console.setEngine', { noCache, fullCache })
        for (const transfer of ['TORRENT', 'MULTICAST', 'UNICAST']) {
          const { commands } = await plan(kit, agents, `${DEPLOY} ${transfer}\nupdateCache REPO "/Win 10" ${transfer}`)
          for (const { rows } of commands) expect(rows.slice(0, 3).map(({ refusal }) => refusal?.result)).toEqual(['noCache', 'noSpace', 'noSpace'])
          expect(commands.map(({ rows }) => rows[3]?.use)).toEqual([{ method: `${transfer}-CACHE` }, { method: `${transfer}-CACHE`, cached: true }])
        }
      }
    }
  })

  test('counts what the commands before bring into the same CACHE', async () => {
    const { kit, agents } = await room(cacheOf({ free: 8 * GB }))
    const { commands } = await plan(kit, agents, `updateCache REPO "/Win 10@2" UNICAST\n${DEPLOY} UNICAST\nupdateCache REPO /Otra UNICAST`)
    expect(commands.map(({ rows: [row] }) => row?.cache ?? row?.refusal)).toMatchObject([
      { free: 8 * GB, missing: 6 * GB }, { free: 2 * GB, missing: GB }, { result: 'noSpace', params: { needed: 5 * GB, available: GB } },
    ])
  })

  test('counts on no CACHE any more after a command that erases it', async () => {
    const { kit, agents: [agent] } = await room(cacheOf({ partition: 2, device: '/dev/sda2' }))
    const disks = [disk(1, { partitions: [partition(1), partition(2, { label: 'CACHE' })] })]
    agent!.say({ type: 'inventory', hardware: hardware(agent!.mac, { disks, cache: cacheOf({ partition: 2, device: '/dev/sda2' }) }) })
    const results = async (commands: string) => (await plan(kit, [agent!], commands)).commands.map(({ rows: [row] }) => row?.refusal?.result ?? 'ok')
    const erasing = 'deployImage REPO "Win 10" 1 2 UNICAST-DIRECT'
    expect(await results(`updateCache REPO "/Win 10" UNICAST\n${erasing}\n${DEPLOY} TORRENT\n${DEPLOY} UNICAST-DIRECT`)).toEqual(['ok', 'ok', 'noCache', 'ok'])
    expect(await results('deployImage REPO "Win 10" 1 2 UNICAST')).toEqual(['inUse'])
  })

  test('goes by the speed of this deployment, not of the classroom', async () => {
    const { kit, agents } = await room(cacheOf())
    const seconds = async (options: string) => (await plan(kit, agents, `${DEPLOY} MULTICAST ${options}`)).commands[0]?.rows[0]?.estimate
    expect(await seconds('')).toEqual({ seconds: 800, basis: 'network' })
    expect(await seconds(':::100M::')).toEqual({ seconds: 560, basis: 'network' })
  })

  test('takes no longer than what the commands before leave to be brought', async () => {
    const { kit, agents } = await room(cacheOf())
    const { commands } = await plan(kit, agents, `updateCache REPO "/Win 10@2" MULTICAST :::100M::\n${DEPLOY} MULTICAST :::100M::`)
    expect(commands.map(({ rows: [row] }) => row?.estimate?.seconds)).toEqual([480, 80])
  })

  test('knows what was installed, and by how many revisions it is behind', async () => {
    const { kit, agents: [agent] } = await room(cacheOf())
    const installed = async (target = '1 1') => (await plan(kit, [agent!], `deployImage REPO Otra ${target} UNICAST-DIRECT`)).commands[0]?.rows[0]?.installed
    expect(await installed()).toBeUndefined()
    const run = async (command: string, code = 0): Promise<void> => {
      await deploy(kit, [agent!], command)
      agent!.done(agent!.order('restore').id, { code })
    }
    await run('deployImage REPO "Win 10@1" 1 1 UNICAST-DIRECT')
    expect(await installed()).toEqual({ image: 'Win 10', revision: 1, behind: 2 })
    expect(await installed('1 2')).toBeUndefined()
    await run(`${DEPLOY} UNICAST-DIRECT`)
    expect(await installed()).toMatchObject({ revision: 3, behind: 0 })
    await run('deployImage REPO "Win 10@2" 1 1 UNICAST-DIRECT', RESULT.corruptImage)
    expect(await installed()).toBeUndefined()
  })

  test.each([
    ['deployImage REPO Nada 1 1 UNICAST', RESULT.notFound],
    [`deployImage REPO "Win 10@4" 1 1 UNICAST`, RESULT.notFound],
    [`${DEPLOY} UNICAST\n${DEPLOY}`, RESULT.deployCommand],
  ])('is refused as a whole when a command says %s', async (commands, code) => {
    const { kit, agents } = await room(cacheOf())
    await expect(plan(kit, agents, commands)).rejects.toMatchObject({ code })
    await expect(kit.call('deploy.start', { ...request(kit, agents, commands), plan: sha('0') })).rejects.toMatchObject({ code })
  })
})

describe('a deployment', () => {
  test('runs where it can, and fails with the reason where it cannot', async () => {
    const { kit, agents } = await room(cacheOf(), undefined)
    const command = 'deployImage REPO "Win 10" 1 1 MULTICAST 9010:half-duplex:239.1.2.3:50M:35:60'
    expect(await deploy(kit, agents, command)).toMatchObject([
      { kind: 'restore', state: 'running', method: 'MULTICAST-CACHE', imageName: 'Win 10', revision: 3, command },
      { kind: 'restore', state: 'failed', command, outcome: { code: RESULT.noCache } },
    ])
    expect(agents[0]!.order('restore').command).toMatchObject({
      order: command, target: { disk: 1, partition: 1 }, method: 'MULTICAST-CACHE', delta: true, hostName: 'pc-01',
      cache: { image: { name: 'Win 10', revision: 3 }, whenFull: 'NONE', protocol: 'MULTICAST 9010:half-duplex:239.1.2.3:50M:35:60' },
    })
    expect(agents[1]!.sent.filter(({ type }) => type === 'run')).toEqual([])
  })

  test('never orders what its plan refuses, however many commands there are', async () => {
    const { kit, agents: [agent] } = await room(undefined)
    agent!.sent.length = 0
    const started = await deploy(kit, [agent!], `updateCache REPO /Otra TORRENT\n${DEPLOY} TORRENT\n${DEPLOY} UNICAST-DIRECT`)
    expect(started.map(({ state, outcome }) => [state, outcome?.code])).toEqual([['failed', RESULT.noCache], ['failed', RESULT.noCache], ['running', undefined]])
    expect(agent!.sent.filter(({ type }) => type === 'run')).toMatchObject([{ operation: started[2]!.id, command: { kind: 'restore' } }])
  })

  test('runs its commands one after the other, and starts the system after the last', async () => {
    const { kit, agents: [agent] } = await room(cacheOf())
    const commands = `updateCache REPO "/Win 10" TORRENT leecher:5\n${DEPLOY} UNICAST\ndeployImage REPO Otra 1 2 UNICAST-DIRECT`
    await deploy(kit, [agent!], commands, { restart: true, postconfigure: false, verify: true })
    const first = agent!.order('updateCache')
    expect(first.command).toMatchObject({ order: 'updateCache REPO "/Win 10" TORRENT leecher:5', protocol: 'TORRENT leecher:5', whenFull: 'NONE' })
    agent!.done(first.id)
    agent!.done(agent!.order('restore').id)
    const { id, command } = agent!.order('restore')
    expect(command).toMatchObject({ target: { disk: 1, partition: 2 }, verify: true })
    expect(command).not.toHaveProperty('hostName')
    expect(agent!.sent.filter((message) => message.type === 'run' && message.command.kind === 'restart')).toEqual([])
    agent!.done(id)
    expect(agent!.order('restart')).toBeDefined()
  })

  test('starts the system of each computer after the last command that the plan lets it have', async () => {
    const { kit, agents: [whole, without] } = await room(cacheOf(), undefined)
    await deploy(kit, [whole!, without!], `${DEPLOY} UNICAST-DIRECT\nupdateCache REPO /Otra UNICAST\ndeployImage REPO Otra 1 2 UNICAST`, { restart: true })
    without!.done(without!.order('restore').id)
    expect(without!.order('restart')).toBeDefined()
    for (const kind of ['restore', 'updateCache', 'restore'] as const) whole!.done(whole!.order(kind).id)
    expect(whole!.order('restart')).toBeDefined()
    expect(whole!.sent.filter((message) => message.type === 'run' && message.command.kind === 'restart')).toHaveLength(1)
  })

  test('is cancelled with one of its commands, as far as they wait behind it on that computer', async () => {
    const { kit, agents: [one, other] } = await room(cacheOf({ free: 15 * GB }), cacheOf({ free: 15 * GB }))
    await deploy(kit, [one!, other!], `updateCache REPO /Otra UNICAST\n${DEPLOY} UNICAST\ndeployImage REPO Otra 1 2 UNICAST`)
    const commandsOf = async (agent: FakeAgent) => (await kit.call('operations.list', { computer: computerOf(kit, agent), limit: 3 })).toReversed()
    const states = async (agent: FakeAgent) => (await commandsOf(agent)).map(({ state }) => state)
    const [first, second, third] = await commandsOf(one!)
    await kit.call('operations.cancel', { id: third!.id })
    expect(await states(one!)).toEqual(['running', 'queued', 'cancelled'])
    await kit.call('operations.cancel', { id: first!.id })
    expect(await states(one!)).toEqual(['running', 'cancelled', 'cancelled'])
    expect(await kit.operation(second!.id)).toMatchObject({ outcome: { code: RESULT.cancelled, params: { who: 'ana' } } })
    expect(await states(other!)).toEqual(['running', 'queued', 'queued'])
  })

  test('that is cancelled leaves what was ordered apart', async () => {
    const { kit, agents: [agent] } = await room(cacheOf({ free: 15 * GB }))
    const [first] = await deploy(kit, [agent!], `updateCache REPO /Otra UNICAST\n${DEPLOY} UNICAST`)
    const [apart] = await kit.call('computers.power', { computers: [computerOf(kit, agent!)], action: 'restart' })
    await kit.call('operations.cancel', { id: first!.id })
    agent!.done(first!.id, { code: RESULT.cancelled })
    expect(agent!.order('restart').id).toBe(apart!.id)
    expect(agent!.sent.filter((message) => message.type === 'run' && message.command.kind === 'restore')).toEqual([])
  })

  test('takes for brought only what is in the CACHE when it starts, not what it is to bring first', async () => {
    const { kit, agents: [empty, full] } = await room(cacheOf(), cacheOf({ images: [{ manifest: sha('3'), bytes: 7 * GB, usedAt: 0, unpublished: false }] }))
    const commands = `updateCache REPO "/Win 10" MULTICAST\n${DEPLOY} MULTICAST`
    expect((await plan(kit, [empty!, full!], commands)).commands[1]?.rows.map(({ use }) => use?.cached)).toEqual([true, true])
    const started = await deploy(kit, [empty!, full!], commands)
    const cached = started.map(({ id }) => kit.inventory.operations.get(id).task).map((task) => 'cached' in task && task.cached)
    expect(cached).toEqual([false, true, false, true])
  })

  test('is the same order after the console was started again', async () => {
    const { kit, agents: [agent] } = await room(cacheOf())
    await deploy(kit, [agent!], `${DEPLOY} TORRENT seeder:5`)
    const { command: { repository: _, ...before } } = agent!.order('restore')
    kit.restart()
    agent!.connect({ running: [] })
    const { command: { repository: __, ...after } } = agent!.order('restore')
    expect(after).toEqual(before)
  })

  test.each<[string, (kit: ConsoleKit, agents: FakeAgent[]) => Promise<unknown>]>([
    ['it was started already', (kit, agents) => kit.call('deploy.start', { ...request(kit, agents, `${DEPLOY} UNICAST`), plan: planned })],
    ['it was started already, and waits for agents that have just gone', async (kit, agents) => {
      for (const agent of agents) agent.drop()
      return kit.call('deploy.start', { ...request(kit, agents, `${DEPLOY} UNICAST`), plan: planned })
    }],
    ['its revision is in the trash', async (kit) => kit.call('images.remove', { id: 1, revision: 3 })],
    ['a computer has lost its CACHE', async (_, [agent]) => agent!.say({ type: 'inventory', hardware: hardware(agent!.mac) })],
    ['a computer is set aside', async (kit, [agent]) => kit.call('computers.update', { id: computerOf(kit, agent!), maintenance: true })],
  ])('does nothing when %s since it was planned', async (_, change) => {
    const { kit, agents } = await room(cacheOf(), cacheOf())
    planned = (await plan(kit, agents, `${DEPLOY} UNICAST`)).plan
    await change(kit, agents)
    const before = await kit.call('operations.list', {})
    await expect(kit.call('deploy.start', { ...request(kit, agents, `${DEPLOY} UNICAST`), plan: planned })).rejects.toMatchObject({ code: RESULT.planChanged })
    expect(await kit.call('operations.list', {})).toHaveLength(before.length)
  })

  test('does nothing when it is not the one that was planned', async () => {
    const { kit, agents } = await room(cacheOf())
    const { plan: shown } = await plan(kit, agents, `${DEPLOY} UNICAST`)
    for (const changes of [{ commands: `${DEPLOY} TORRENT` }, { delta: false }, { restart: true }]) {
      await expect(kit.call('deploy.start', { ...request(kit, agents, `${DEPLOY} UNICAST`), ...changes, plan: shown })).rejects.toMatchObject({ code: RESULT.planChanged })
    }
    // What is free in a CACHE changes nothing as long as there is room.
    agents[0]!.say({ type: 'inventory', hardware: hardware(agents[0]!.mac, { cache: cacheOf({ free: 9 * GB }) }) })
    expect(await kit.call('deploy.start', { ...request(kit, agents, `${DEPLOY} UNICAST`), plan: shown })).toHaveLength(1)
  })
})

describe('what failed of a deployment can be asked for again', () => {
  const COMMANDS = `updateCache REPO /Otra UNICAST\n${DEPLOY} UNICAST-DIRECT\ndeployImage REPO Otra 1 2 UNICAST`
  const HOW = { delta: false, verify: true, discard: true, postconfigure: false, restart: true }
  const retryOf = async (kit: ConsoleKit, agent: FakeAgent) => (await kit.call('computers.list', {})).find(({ id }) => id === computerOf(kit, agent))?.retry
  const DISK_ERROR = { code: RESULT.diskError, params: { target: '/dev/sda' } }
  /** From the second command on, with the revisions that were the newest then. */
  const REST = { kind: 'deploy', image: 'Win 10', commands: 'deployImage REPO "Win 10@3" 1 1 UNICAST-DIRECT\ndeployImage REPO Otra@1 1 2 UNICAST', options: HOW }

  test('when all is over: the first command that failed and those behind it, also those that went well, and as it wrote', async () => {
    const { kit, agents: [agent, other] } = await room(cacheOf(), cacheOf())
    await deploy(kit, [agent!, other!], COMMANDS, HOW)
    agent!.done(agent!.order('updateCache').id)
    agent!.done(agent!.order('restore').id, DISK_ERROR)
    expect(await retryOf(kit, agent!)).toBeUndefined()
    agent!.done(agent!.order('restore').id)
    agent!.done(agent!.order('restart').id)
    agent!.drop()
    expect(await retryOf(kit, agent!)).toEqual(REST)
    expect(await retryOf(kit, other!)).toBeUndefined()
  })

  test('and runs from there on; what has gone well then is not asked for any more', async () => {
    const { kit, agents: [agent] } = await room(cacheOf())
    await deploy(kit, [agent!], COMMANDS, HOW)
    agent!.done(agent!.order('updateCache').id)
    agent!.done(agent!.order('restore').id, DISK_ERROR)
    agent!.done(agent!.order('restore').id, DISK_ERROR)
    const retry = await retryOf(kit, agent!)
    expect(retry).toEqual(REST)
    if (retry?.kind !== 'deploy') throw new Error('no deployment')
    expect(await deploy(kit, [agent!], retry.commands, retry.options)).toMatchObject([{ state: 'running', target: { partition: 1 } }, { state: 'queued', target: { partition: 2 } }])
    for (const _ of [1, 2]) agent!.done(agent!.order('restore').id)
    expect(await retryOf(kit, agent!)).toBeUndefined()
  })

  test('with what was cancelled behind it; what was cancelled alone is not wanted', async () => {
    const { kit, agents: [agent] } = await room(cacheOf())
    await deploy(kit, [agent!], COMMANDS, HOW)
    agent!.done(agent!.order('updateCache').id)
    agent!.done(agent!.order('restore').id, DISK_ERROR)
    const { id } = agent!.order('restore')
    await kit.call('operations.cancel', { id })
    agent!.done(id, { code: RESULT.cancelled })
    expect(await retryOf(kit, agent!)).toEqual(REST)
    const [update] = await deploy(kit, [agent!], COMMANDS, HOW)
    await kit.call('operations.cancel', { id: update!.id })
    agent!.done(update!.id, { code: RESULT.cancelled })
    expect(await retryOf(kit, agent!)).toBeUndefined()
  })

  test('with what had been cancelled before it failed, and not before what waits behind it is over', async () => {
    const { kit, agents: [agent] } = await room(cacheOf({ free: 15 * GB }))
    const [first, , last] = await deploy(kit, [agent!], COMMANDS, HOW)
    await kit.call('operations.cancel', { id: last!.id })
    agent!.done(first!.id, DISK_ERROR)
    expect(await retryOf(kit, agent!)).toBeUndefined()
    agent!.done(agent!.order('restore').id)
    expect(await retryOf(kit, agent!)).toMatchObject({ commands: `updateCache REPO /Otra@1 UNICAST\n${REST.commands}` })
  })

  test('where the plan refused it, also with the restart that nobody had yet; after other work it is no more', async () => {
    const { kit, agents: [agent] } = await room(undefined)
    await deploy(kit, [agent!], `updateCache REPO /Otra TORRENT seeder:5\ndeployImage REPO Otra 1 * MULTICAST :::50M::`, HOW)
    expect(await retryOf(kit, agent!)).toEqual({
      kind: 'deploy', image: 'Otra', commands: 'updateCache REPO /Otra@1 TORRENT seeder:5\ndeployImage REPO Otra@1 1 * MULTICAST :::50M::', options: HOW,
    })
    await deploy(kit, [agent!], 'updateCache REPO /Otra TORRENT')
    expect(await retryOf(kit, agent!)).toEqual({ kind: 'deploy', image: 'Otra', commands: 'updateCache REPO /Otra@1 TORRENT' })
    await kit.call('images.capture', { computer: computerOf(kit, agent!), source: { disk: 1, partition: 1 }, name: 'Nueva' })
    agent!.done(agent!.order('capture').id, { code: RESULT.shrink })
    expect(await retryOf(kit, agent!)).toBeUndefined()
  })
})
