import { createServer } from 'node:net'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { closed, listen } from './listen.ts'
import { createServices, problemOf, ServiceDown, type Service } from './services.ts'

const silent = pino({ level: 'silent' })

function recording(name: Service['name'], calls: string[], fail?: () => unknown): Service {
  return {
    name,
    start: async () => {
      calls.push(`start ${name}`)
      const error = fail?.()
      if (error) throw error
      return `127.0.0.1:${name.length}`
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
      silent,
      (views) => seen.push(views.map(({ state }) => state).join(' ')),
    )
    await services.startAll()
    expect(services.views()).toEqual([
      { name: 'http', state: 'running', listens: '127.0.0.1:4' },
      { name: 'tftp', state: 'failed', listens: '', problem: { reason: 'not-permitted', port: 69, detail: 'bind EACCES' } },
      { name: 'agents', state: 'running', listens: '127.0.0.1:6' },
    ])
    expect(seen.at(-1)).toBe('running failed running')
    await services.stopAll()
    expect(calls).toEqual(['start http', 'start tftp', 'start agents', 'stop agents', 'stop http'])
  })

  test('a failed one starts when it is tried again after the cause is gone', async () => {
    let broken = true
    const services = createServices(
      [recording('dhcp', [], () => (broken ? new ServiceDown({ reason: 'no-address', port: 67, detail: 'no card' }) : undefined))],
      silent,
      () => {},
    )
    await services.startAll()
    expect(services.views()[0]?.problem?.reason).toBe('no-address')
    broken = false
    const [view] = await services.restart('dhcp')
    expect(view).toEqual({ name: 'dhcp', state: 'running', listens: '127.0.0.1:4' })
  })

  test('a port that somebody has is called that', async () => {
    const other = createServer()
    const port = await listen(other, { host: '127.0.0.1', port: 0 })
    const mine = createServer()
    const error: unknown = await listen(mine, { host: '127.0.0.1', port }).catch((caught: unknown) => caught)
    expect(problemOf(error)).toMatchObject({ reason: 'port-taken', port })
    await closed(other)
  })
})
