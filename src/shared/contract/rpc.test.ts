import { describe, expect, test, vi } from 'vitest'
import { calls, isCallName } from './console.ts'
import { ROLES } from './people.ts'
import { connect, serve, type Caller, type Handlers, type Pipe } from './rpc.ts'
import type { EventName, Events, SiteView } from './views.ts'
import { ClonaulaError } from '../domain/errors.ts'
import { SiteId } from '../domain/ids.ts'

/** Two pipe ends in one process; what goes through is cloned, as any real pipe does. */
function pipes(): [Pipe, Pipe, close: () => void] {
  const ends = [0, 1].map(() => ({ message: [] as ((m: unknown) => void)[], close: [] as (() => void)[] }))
  const end = (own: number): Pipe => ({
    send: (m) => queueMicrotask(() => ends[1 - own]?.message.forEach((listener) => listener(JSON.parse(JSON.stringify(m))))),
    onMessage: (listener) => void ends[own]?.message.push(listener),
    onClose: (listener) => void ends[own]?.close.push(listener),
  })
  return [end(0), end(1), () => ends.forEach((e) => e.close.forEach((listener) => listener()))]
}

const administrator: Caller = { name: 'test', role: 'administrator' }
const site: SiteView = { id: SiteId.parse(1), name: 'Centro' }

function console_(handlers: Partial<Handlers>, caller = administrator) {
  const [server, client, close] = pipes()
  const listeners = new Set<<E extends EventName>(event: E, data: Events[E]) => void>()
  const refuse = (): never => { throw new Error('not expected') }
  const all = Object.fromEntries(Object.keys(calls).map((name) => [name, refuse])) as unknown as Handlers
  serve(server, { ...all, ...handlers }, (listener) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }, caller)
  return { rpc: connect(client), raw: client, close, listeners }
}

describe('calls', () => {
  test('carry arguments and results', async () => {
    const create = vi.fn(() => site)
    const { rpc } = console_({ 'sites.create': create })
    expect(await rpc.call('sites.create', { name: '  Centro ' })).toEqual(site)
    expect(create).toHaveBeenCalledWith({ name: 'Centro' }, administrator)
  })

  test('with arguments that the contract does not allow never reach the handler', async () => {
    const create = vi.fn(() => site)
    const { rpc } = console_({ 'sites.create': create })
    await expect(rpc.call('sites.create', { name: '' })).rejects.toMatchObject({ result: 'invalidRequest' })
    expect(create).not.toHaveBeenCalled()
  })

  test('keep the code and the values of a failure', async () => {
    const { rpc } = console_({ 'sites.list': () => { throw new ClonaulaError('nameTaken', 'taken', { name: 'A' }) } })
    await expect(rpc.call('sites.list', {})).rejects.toMatchObject({ result: 'nameTaken', params: { name: 'A' } })
  })

  test.each(['toString', '__proto__', 'sites', 'no.such'])('named %s do not exist', async (name) => {
    const { raw } = console_({})
    const reply = new Promise((done) => raw.onMessage(done))
    raw.send({ id: 7, call: name, args: {} })
    expect(await reply).toMatchObject({ id: 7, error: { params: { call: name } } })
    expect(isCallName(name)).toBe(false)
  })

  test('that are open when the pipe closes reject', async () => {
    const { rpc, close } = console_({ 'sites.list': () => new Promise(() => {}) })
    const call = rpc.call('sites.list', {})
    close()
    await expect(call).rejects.toThrow('connection to the console lost')
  })

  test('garbage is dropped and the pipe goes on', async () => {
    const { rpc, raw } = console_({ 'sites.list': () => [site] })
    for (const junk of [null, 1, 'x', [], { id: 'a' }, { call: 'sites.list' }]) raw.send(junk)
    expect(await rpc.call('sites.list', {})).toEqual([site])
  })
})

describe('roles', () => {
  const allowed: Record<(typeof ROLES)[number], string[]> = {
    viewer: ['sites.list'],
    technician: ['sites.list', 'classrooms.create'],
    administrator: ['sites.list', 'classrooms.create', 'sites.create'],
  }
  test.each(ROLES)('%s may call what its role allows and nothing more', async (role) => {
    const { rpc } = console_({ 'sites.list': () => [], 'sites.create': () => site, 'classrooms.create': () => { throw new ClonaulaError('nameTaken', 'x') } }, { name: 'a', role })
    const outcomes = await Promise.all([
      rpc.call('sites.list', {}).then(() => 'sites.list', () => ''),
      rpc.call('classrooms.create', { siteId: 1, name: 'A' }).catch((e: unknown) => (e instanceof ClonaulaError && e.result === 'nameTaken' ? 'classrooms.create' : '')),
      rpc.call('sites.create', { name: 'A' }).then(() => 'sites.create', () => ''),
    ])
    expect(outcomes.filter(Boolean)).toEqual(allowed[role])
  })
})

test('events reach their listeners until they unsubscribe, and the server lets go when the pipe closes', async () => {
  const { rpc, listeners, close } = console_({})
  const seen = vi.fn()
  const stop = rpc.on('tree.changed', seen)
  const push = async () => {
    listeners.forEach((listener) => listener('tree.changed', {}))
    await new Promise((done) => { setTimeout(done, 0) })
  }
  await push()
  stop()
  await push()
  expect(seen).toHaveBeenCalledTimes(1)
  expect(listeners.size).toBe(1)
  close()
  expect(listeners.size).toBe(0)
})
