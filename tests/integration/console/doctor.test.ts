/** The examination of a network with real servers on it: dnsmasq as a router, and as somebody else's boot server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Finding } from '#shared/domain/finding.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { ADDRESS, createBootSegment, type BootSegment, type Machine } from '../pxe/segment.ts'
import { cli, ConsoleProcess } from './console-process.ts'

let segment: BootSegment
let data: string
let console_: ConsoleProcess | undefined

beforeAll(async () => { segment = await createBootSegment() })
afterAll(() => segment.remove())
beforeEach(() => { data = mkdtempSync(join(tmpdir(), 'clonaula-console-')) })
afterEach(async () => {
  await console_?.kill()
  console_ = undefined
  rmSync(data, { recursive: true, force: true })
})

/** Returns when it serves. */
async function dnsmasq(machine: Machine, ...lines: string[]): Promise<{ end: () => Promise<void> }> {
  const config = join(data, `${machine}.conf`)
  writeFileSync(config, ['port=0', 'interface=eth0', 'bind-interfaces', 'no-ping', 'user=root', 'log-facility=-', `dhcp-leasefile=${join(data, machine)}`, ...lines, ''].join('\n'))
  const child = segment.spawn(machine, 'sh', '-c', 'exec dnsmasq -k -C "$0" 2>&1', config)
  await once(child.stdout!, 'data')
  return {
    end: async () => {
      child.kill()
      await once(child, 'exit')
    },
  }
}

/** What it finds on the network. Of the link it sees the test machine's own files: `/sys` does not follow into a namespace. */
async function examine(): Promise<string[]> {
  console_ = await ConsoleProcess.start({ segment, data })
  const { value } = await cli<Finding[]>(data, 'doctor')
  return value.filter(({ name }) => /services|dhcp|pxe/i.test(name)).map(({ name, params }) => [name, params['servers']].filter(Boolean).join(' '))
}

describe.skipIf(process.getuid?.() !== 0)('clonaula doctor (needs root: network namespaces)', () => {
  test('a network without DHCP, the console’s own answers left out', async () => {
    expect(await examine()).toEqual(['servicesGood', 'dhcpMissing', 'noOtherPxe'])
    expect(await console_?.call('computers.list', {})).toEqual([])
  })

  test('a port that another program has before the console', async () => {
    const intruder = segment.spawn('console', process.execPath, '-e', `require('node:dgram').createSocket('udp4').bind(69, () => console.log('bound'))`)
    await once(intruder.stdout!, 'data')
    try {
      console_ = await ConsoleProcess.start({ segment, data })
      const { value } = await cli<Finding[]>(data, 'doctor')
      expect(value).toContainEqual({
        name: 'serviceDown', level: 'problem',
        params: { service: 'tftp', code: RESULT.portTaken, protocol: 'UDP', port: 69, program: `node, PID ${intruder.pid}` },
      })
      expect(value.map(({ name }) => name)).not.toContain('servicesGood')
    } finally {
      intruder.kill()
      await once(intruder, 'exit')
    }
  })

  test('a router that gives addresses', async () => {
    const router = await dnsmasq('router', 'dhcp-range=10.77.0.100,10.77.0.200,1h')
    try {
      expect(await examine()).toEqual(['servicesGood', `dhcpGood ${ADDRESS.router}`, 'noOtherPxe'])
    } finally {
      await router.end()
    }
  })

  test('a router, and another server that gives addresses and boots computers', async () => {
    const router = await dnsmasq('router', 'dhcp-range=10.77.0.100,10.77.0.200,1h')
    const other = await dnsmasq('client', 'dhcp-range=10.77.0.201,10.77.0.220,1h', 'dhcp-boot=pxelinux.0')
    try {
      const [services, dhcp, pxe] = await examine()
      expect(services).toBe('servicesGood')
      expect(dhcp).toMatch(/^dhcpSeveral (10\.77\.0\.254, 10\.77\.0\.9|10\.77\.0\.9, 10\.77\.0\.254)$/)
      expect(pxe).toBe(`otherPxe ${ADDRESS.client}`)
    } finally {
      await router.end()
      await other.end()
    }
  })
})
