import { createServer } from 'node:net'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { closed, listen } from './listen.ts'
import { explainProblem } from './service-problem.ts'
import { createServices, type Service } from './services.ts'

const silent = pino({ level: 'silent' })

function recording(name: Service['name'], calls: string[], fail?: () => unknown): Service {
  return {
    name,
    start: async () => {
      calls.push(`start ${name}`)
      const error = fail?.()
      if (error) throw error
      return { listens: `127.0.0.1:${name.length}` }
    },
    stop: async () => void calls.push(`stop ${name}`),
  }
}

describe('services', () => {
  test('start in order and stop in the opposite one; one that fails leaves the others up', async () => {
    const calls: string[] = []
    const seen: string[] = []
    const services = createServices(
      [
        recording('http', calls),
        recording('tftp', calls, () => Object.assign(new Error('bind EACCES'), { code: 'EACCES', port: 69 })),
        recording('agents', calls),
      ],
      { log: silent, explain: explainProblem, changed: (views) => seen.push(views.map(({ state }) => state).join(' ')) },
    )
    await services.startAll()
    expect(services.views()).toEqual([
      { name: 'http', state: 'running', listens: '127.0.0.1:4' },
      { name: 'tftp', state: 'failed', listens: '', problem: { code: RESULT.portNotPermitted, message: expect.any(String) as string, params: expect.objectContaining({ port: 69 }) as object } },
      { name: 'agents', state: 'running', listens: '127.0.0.1:6' },
    ])
    expect(seen.at(-1)).toBe('running failed running')
    await services.stopAll()
    expect(calls).toEqual(['start http', 'start tftp', 'start agents', 'stop agents', 'stop http'])
  })

  test('a failed one starts when it is tried again after the cause is gone', async () => {
    let broken = true
    const services = createServices(
      [recording('dhcp', [], () => (broken ? new ClonaulaError('noNetwork', 'no card') : undefined))],
      { log: silent, explain: explainProblem, changed: () => {} },
    )
    await services.startAll()
    expect(services.views()[0]?.problem?.code).toBe(RESULT.noNetwork)
    broken = false
    const [view] = await services.restart('dhcp')
    expect(view).toEqual({ name: 'dhcp', state: 'running', listens: '127.0.0.1:4' })
  })

  test('one that runs says what is in its way', async () => {
    const warning = new ClonaulaError('dhcpShared', 'shared', { protocol: 'UDP', port: 67 })
    const shared: Service = { ...recording('dhcp', []), start: async () => ({ listens: '10.0.0.1:67', warning }) }
    const services = createServices([shared], { log: silent, explain: explainProblem, changed: () => {} })
    await services.startAll()
    expect(services.views()).toEqual([{
      name: 'dhcp', state: 'running', listens: '10.0.0.1:67',
      problem: { code: RESULT.dhcpShared, message: 'shared', params: { protocol: 'UDP', port: 67 } },
    }])
  })
})

describe('the reason of a failure', () => {
  test('names the port, and the program that has it', async () => {
    const other = createServer()
    const port = await listen(other, { host: '127.0.0.1', port: 0 })
    const mine = createServer()
    const error: unknown = await listen(mine, { host: '127.0.0.1', port }).catch((caught: unknown) => caught)
    const asked: unknown[] = []
    const explained = await explainProblem(error, async (...what) => {
      asked.push(what)
      return [{ address: '127.0.0.1', card: '', program: 'nginx' }]
    })
    expect(explained).toMatchObject({ result: 'portTaken', params: { protocol: 'TCP', port, program: 'nginx' } })
    expect(explained.params).not.toHaveProperty('command')
    expect(asked).toEqual([['TCP', port]])
    await closed(other)
  })

  test('tells how to find the program when the system does not name it', async () => {
    const taken = Object.assign(new Error('listen'), { code: 'EADDRINUSE', port: 7443, address: '10.0.0.1' })
    for (const holders of [undefined, [{ address: '*', card: '', program: '' }]]) {
      const { result, params } = await explainProblem(taken, async () => holders)
      expect([result, params['port'], 'program' in params, 'command' in params]).toEqual(['portTaken', 7443, false, process.platform === 'linux'])
    }
  })

  test('what is explained already stays as it is', async () => {
    const known = new ClonaulaError('portTaken', 'shared', { protocol: 'UDP', port: 67, program: 'dnsmasq' })
    expect(await explainProblem(known, async () => [])).toBe(known)
  })
})
