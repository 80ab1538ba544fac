import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ConsoleView, ServiceView } from '#shared/contract/views.ts'
import { ADDRESS, Segment } from '../pxe/segment.ts'
import { cli, ConsoleProcess } from './console-process.ts'

let segment: Segment
let data: string
let started: ConsoleProcess | undefined

beforeAll(async () => { segment = await Segment.create() })
afterAll(() => segment.remove())
beforeEach(() => { data = mkdtempSync(join(tmpdir(), 'clonaula-console-')) })
afterEach(async () => {
  await started?.kill()
  started = undefined
  rmSync(data, { recursive: true, force: true })
})

const states = (services: readonly ServiceView[]): string => services.map(({ name, state, problem }) => `${name} ${problem?.reason ?? state}`).join(', ')

async function start(options: { args?: string[]; asNobody?: boolean; machine?: 'console' | 'client' } = {}): Promise<ConsoleProcess> {
  started = await ConsoleProcess.start({ segment, data, ...options })
  return started
}

describe('a console without a window', () => {
  test('listens on the standard ports of its only card, says so, and stops when told to', async () => {
    const console_ = await start()
    const { value } = await cli<ConsoleView>(data, 'status')
    expect(value.address).toBe(ADDRESS.console)
    expect(value.services.map(({ name, listens }) => `${name} ${listens}`)).toEqual([
      'agents 10.77.0.1:7443', 'http 10.77.0.1:7400', 'tftp 10.77.0.1:69', 'dhcp 10.77.0.1:67', 'web 127.0.0.1:7480',
    ])
    expect(console_.output).toContain('http://127.0.0.1:7480/#token=')
    expect(await console_.stop()).toBe(0)
    expect((await cli(data, 'status')).code).toBe(2)
  })

  test('leaves off what it is told to leave off', async () => {
    const console_ = await start({ args: ['--dhcp', 'off', '--web', 'off'] })
    const { services } = await console_.call('console.info', {})
    expect(states(services)).toBe('agents running, http running, tftp running, dhcp stopped, web stopped')
    expect(console_.output).not.toContain('#token=')
  })

  test('stays up when a port is taken, explains, and takes it when it is free', async () => {
    const holder = segment.spawn('console', process.execPath, '-e',
      `require('node:dgram').createSocket('udp4').bind(69, '${ADDRESS.console}', () => console.log('bound'))`)
    await once(holder.stdout ?? holder, 'data')
    const console_ = await start()
    const { services } = await console_.call('console.info', {})
    expect(states(services)).toBe('agents running, http running, tftp port-taken, dhcp running, web running')
    expect(services[2]?.problem).toMatchObject({ port: 69, detail: expect.stringContaining('69') as string })
    expect(console_.output).toMatch(/TFTP\s+DOWN\s+port 69 is in use/)
    holder.kill()
    await once(holder, 'exit')
    expect(states(await console_.call('services.restart', { name: 'tftp' }))).toContain('tftp running')
  })

  test('stays up when low ports are not permitted, and explains', async () => {
    chownSync(data, 65534, 65534)
    const console_ = await start({ asNobody: true })
    const { services } = await console_.call('console.info', {})
    expect(states(services)).toBe('agents running, http running, tftp not-permitted, dhcp not-permitted, web running')
    expect(console_.output).toMatch(/DHCP\s+DOWN\s+port 67 is not permitted/)
  })

  test('waits for its network, and serves as soon as there is one', async () => {
    await segment.exec('client', 'ip', 'addr', 'flush', 'dev', 'eth0')
    try {
      const console_ = await start({ machine: 'client' })
      expect(states((await console_.call('console.info', {})).services))
        .toBe('agents no-address, http no-address, tftp no-address, dhcp no-address, web running')
      await segment.exec('client', 'ip', 'addr', 'add', `${ADDRESS.client}/24`, 'brd', '+', 'dev', 'eth0')
      await vi.waitFor(async () => {
        const { address, services } = await console_.call('console.info', {})
        expect(address).toBe(ADDRESS.client)
        expect(states(services)).toBe('agents running, http running, tftp running, dhcp running, web running')
      }, { timeout: 15_000, interval: 500 })
    } finally {
      await segment.exec('client', 'ip', 'addr', 'replace', `${ADDRESS.client}/24`, 'brd', '+', 'dev', 'eth0')
    }
  })

  test('has its data folder for itself', async () => {
    await start()
    await expect(ConsoleProcess.start({ segment, data, machine: 'router' })).rejects.toThrow('ended (121)')
  })

  test('names the setting that is wrong', async () => {
    const { code, error } = await cli(data, 'serve', '--dhcp', 'sideways')
    expect(code).toBe(112)
    expect(error).toContain('dhcp.mode')
  })
})
