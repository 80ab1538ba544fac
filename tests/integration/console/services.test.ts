import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ConsoleView, ServiceView } from '#shared/contract/views.ts'
import { HostName, MacAddress } from '#shared/domain/ids.ts'
import { RESULT, resultName } from '#shared/domain/result-codes.ts'
import { ADDRESS, createBootSegment, type BootSegment } from '../pxe/segment.ts'
import { cli, ConsoleProcess } from './console-process.ts'

let segment: BootSegment
let data: string
let started: ConsoleProcess | undefined

beforeAll(async () => { segment = await createBootSegment() })
afterAll(() => segment.remove())
beforeEach(() => { data = mkdtempSync(join(tmpdir(), 'clonaula-console-')) })
afterEach(async () => {
  await started?.kill()
  started = undefined
  rmSync(data, { recursive: true, force: true })
})

async function* lines(child: ChildProcess): AsyncGenerator<string, undefined> {
  for await (const line of createInterface({ input: child.stdout! })) yield line
  return undefined
}

const states = (services: readonly ServiceView[]): string => services.map(({ name, state, problem }) => `${name} ${problem ? resultName(problem.code) : state}`).join(', ')

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
      'agents 10.77.0.1:7443', 'http 10.77.0.1:7400', 'tftp 10.77.0.1:69', 'dhcp 10.77.0.1:67', 'peers 10.77.0.1:6881', 'web 127.0.0.1:7480',
    ])
    expect(console_.output).toContain('http://127.0.0.1:7480/#token=')
    expect(await console_.stop()).toBe(0)
    expect((await cli(data, 'status')).code).toBe(2)
  })

  test('leaves off what it is told to leave off', async () => {
    const console_ = await start({ args: ['--dhcp', 'off', '--web', 'off'] })
    const { services } = await console_.call('console.info', {})
    expect(states(services)).toBe('agents running, http running, tftp running, dhcp stopped, peers running, web stopped')
    expect(console_.output).not.toContain('#token=')
  })

  test('stays up when a port is taken, explains, and takes it when it is free', async () => {
    const holder = segment.spawn('console', process.execPath, '-e',
      `require('node:dgram').createSocket('udp4').bind(69, '${ADDRESS.console}', () => console.log('bound'))`)
    await once(holder.stdout ?? holder, 'data')
    const console_ = await start()
    const { services } = await console_.call('console.info', {})
    expect(states(services)).toBe('agents running, http running, tftp portTaken, dhcp running, peers running, web running')
    expect(services[2]?.problem).toMatchObject({ code: RESULT.portTaken, params: { protocol: 'UDP', port: 69, program: expect.stringMatching(/^node, PID \d+$/) as string } })
    expect(console_.output).toMatch(/TFTP\s+DOWN\s+Another program \(node, PID \d+\) uses UDP port 69/)
    holder.kill()
    await once(holder, 'exit')
    expect(states(await console_.call('services.restart', { name: 'tftp' }))).toContain('tftp running')
  })

  describe('beside another DHCP server of its machine', () => {
    let other: ChildProcess
    /** As dnsmasq and ISC's dhcpd do, it lets others have the port too. */
    async function otherServer(address: string): Promise<void> {
      other = segment.spawn('console', process.execPath, '-e',
        `require('node:dgram').createSocket({ type: 'udp4', reuseAddr: true }).bind(67, '${address}', () => console.log('bound'))`)
      await once(other.stdout ?? other, 'data')
    }
    async function end(): Promise<void> {
      if (other.exitCode !== null || other.signalCode !== null) return
      other.kill()
      await once(other, 'exit')
    }
    afterEach(end)
    const full = JSON.stringify({ dhcp: { mode: 'full', pool: { first: '10.77.0.100', last: '10.77.0.109' } } })

    test('says so, and answers what to boot', async () => {
      await otherServer('0.0.0.0')
      const console_ = await start()
      const { services } = await console_.call('console.info', {})
      expect(services.find(({ name }) => name === 'dhcp')).toMatchObject({
        state: 'running', listens: '10.77.0.1:67', problem: { code: RESULT.dhcpShared, params: { protocol: 'UDP', port: 67, program: expect.stringMatching(/^node, PID \d+$/) as string } },
      })
      expect(console_.output).toMatch(/DHCP\s+running\s+10\.77\.0\.1:67 · Another program of this computer \(node, PID \d+\) also hears UDP port 67/)
      await end()
      expect(states(await console_.call('services.restart', { name: 'dhcp' }))).toContain('dhcp running')
    })

    test('gives no addresses of its own', async () => {
      await otherServer('0.0.0.0')
      writeFileSync(join(data, 'settings.json'), full)
      const { services } = await (await start()).call('console.info', {})
      expect(states(services)).toBe('agents running, http running, tftp running, dhcp portTaken, peers running, web running')
    })

    test('on another card, is alone on its own', async () => {
      await otherServer('127.0.0.1')
      writeFileSync(join(data, 'settings.json'), full)
      const { services } = await (await start()).call('console.info', {})
      expect(states(services)).toBe('agents running, http running, tftp running, dhcp running, peers running, web running')
    })
  })

  test('stays up when low ports are not permitted, and explains', async () => {
    chownSync(data, 65534, 65534)
    const console_ = await start({ asNobody: true })
    const { services } = await console_.call('console.info', {})
    expect(states(services)).toBe('agents running, http running, tftp portNotPermitted, dhcp portNotPermitted, peers running, web running')
    expect(console_.output).toMatch(/DHCP\s+DOWN\s+The system does not let the console open UDP port 67\..*sysctl net.ipv4.ip_unprivileged_port_start=67/)
  })

  test('waits for its network, and serves as soon as there is one', async () => {
    await segment.exec('client', 'ip', 'addr', 'flush', 'dev', 'eth0')
    try {
      const console_ = await start({ machine: 'client' })
      expect(states((await console_.call('console.info', {})).services))
        .toBe('agents noNetwork, http noNetwork, tftp noNetwork, dhcp noNetwork, peers noNetwork, web running')
      await segment.exec('client', 'ip', 'addr', 'add', `${ADDRESS.client}/24`, 'brd', '+', 'dev', 'eth0')
      await vi.waitFor(async () => {
        const { address, services } = await console_.call('console.info', {})
        expect(address).toBe(ADDRESS.client)
        expect(states(services)).toBe('agents running, http running, tftp running, dhcp running, peers running, web running')
      }, { timeout: 15_000, interval: 500 })
    } finally {
      await segment.exec('client', 'ip', 'addr', 'replace', `${ADDRESS.client}/24`, 'brd', '+', 'dev', 'eth0')
    }
  })

  test('gives addresses in a closed room, and remembers them', async () => {
    const settings = { dhcp: { mode: 'full', pool: { first: '10.77.0.100', last: '10.77.0.109' } } }
    writeFileSync(join(data, 'settings.json'), JSON.stringify(settings))
    const console_ = await start()
    const ask = ['busybox', 'udhcpc', '-i', 'eth0', '-n', '-q', '-f', '-s', '/bin/true'] as const
    const { stderr } = await segment.exec('client', ...ask)
    const address = /lease of (10\.77\.0\.10\d) obtained/.exec(stderr)?.[1]
    expect(address).toBeDefined()
    await console_.stop()
    expect(readFileSync(join(data, 'leases.json'), 'utf8')).toContain(`"${address}"`)
  })

  test('wakes computers up', async () => {
    const console_ = await start()
    const [room] = await console_.call('classrooms.list', {})
    await console_.call('computers.create', {
      classroomId: room!.id, name: HostName.parse('pc-01'), macs: [MacAddress.parse('52:54:00:77:00:01')],
    })
    const listener = segment.spawn('client', process.execPath, '-e', `
      const socket = require('node:dgram').createSocket('udp4')
      socket.on('message', (packet) => console.log(packet.toString('hex')))
      socket.bind(9, () => console.log('bound'))`)
    const heard = lines(listener)
    await heard.next()
    expect((await cli(data, 'computers', 'power', 'start', 'pc-01')).code).toBe(0)
    expect((await heard.next()).value).toBe('ff'.repeat(6) + '525400770001'.repeat(16))
    listener.kill()
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
