import type { ChildProcess } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { FullDhcpSettings } from '../../../src/main/pxe/index.ts'
import type { BootServerLine, BootServerSettings } from './boot-server.ts'
import { ADDRESS, createBootSegment, type BootSegment } from './segment.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const CAPTURES = here('../../fixtures/pcap')

const full: FullDhcpSettings = {
  pool: { first: '10.77.0.50', last: '10.77.0.60' }, netmask: '255.255.255.0', leaseSeconds: 3600,
  router: ADDRESS.router, nameServers: ['10.77.0.253'], domainName: 'aula.example',
}

/** The boot services on the segment's console, and what they say. */
class Console {
  readonly lines: BootServerLine[] = []
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
    if (child.stdout === null) throw new Error('no output')
    createInterface({ input: child.stdout }).on('line', (line) => { this.lines.push(JSON.parse(line) as BootServerLine) })
  }

  static async start(segment: BootSegment, settings: Partial<BootServerSettings> = {}, prefix: string[] = []): Promise<Console> {
    const all: BootServerSettings = { address: ADDRESS.console, folder: '/nonexistent', files: [], ...settings }
    const argv = [process.execPath, here('boot-server.ts'), JSON.stringify(all)]
    const console = new Console(segment.spawn('console', 'env', ...prefix, ...argv))
    await console.#line('ready', 0)
    return console
  }

  /** How its services started. */
  get statuses(): object[] {
    return this.lines.flatMap((line) => (line.kind === 'ready' ? line.statuses : []))
  }

  async counted(): Promise<Extract<BootServerLine, { kind: 'counted' }>> {
    const before = this.lines.length
    this.#child.stdin?.write('\n')
    return this.#line('counted', before)
  }

  async #line<Kind extends BootServerLine['kind']>(kind: Kind, from: number): Promise<Extract<BootServerLine, { kind: Kind }>> {
    const wanted = (line: BootServerLine): line is Extract<BootServerLine, { kind: Kind }> => line.kind === kind
    return vi.waitFor(() => {
      const line = this.lines.slice(from).find(wanted)
      if (line === undefined) throw new Error(`the console does not say ${kind}`)
      return line
    }, { timeout: 15_000 })
  }
}

/** dnsmasq as the school's own DHCP server, which knows nothing of booting. */
async function startRouter(segment: BootSegment, folder: string): Promise<void> {
  const config = join(folder, 'dnsmasq.conf')
  await writeFile(config, [
    'port=0', 'interface=eth0', 'bind-interfaces', 'no-ping', 'user=root', `log-facility=${join(folder, 'dnsmasq.log')}`, `dhcp-leasefile=${join(folder, 'leases')}`,
    'dhcp-range=10.77.0.100,10.77.0.200,1h', '',
  ].join('\n'))
  segment.spawn('router', 'dnsmasq', '-k', '-C', config)
  await delay(500)
}

async function speak(segment: BootSegment, ...argv: string[]): Promise<unknown> {
  const { stdout } = await segment.exec('client', process.execPath, here('dhcp-client.ts'), ...argv)
  return JSON.parse(stdout)
}

interface Bound {
  [variable: string]: string
}

/** busybox udhcpc's own words for what it was given. */
async function udhcpc(segment: BootSegment, folder: string, ...options: string[]): Promise<Bound> {
  const script = join(folder, 'udhcpc.sh')
  const output = join(folder, 'bound')
  await writeFile(script, `#!/bin/sh\n[ "$1" = bound ] && env > ${output}\nexit 0\n`, { mode: 0o755 })
  await segment.exec('client', 'busybox', 'udhcpc', '-i', 'eth0', '-f', '-q', '-n', '-t', '3', '-T', '1', '-s', script, ...options)
  const lines = (await readFile(output, 'utf8')).split('\n')
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)))
}

describe.skipIf(process.getuid?.() !== 0)('DHCP on a segment (needs root: network namespaces)', () => {
  let segment: BootSegment
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pxe-'))
    segment = await createBootSegment()
  })
  afterEach(async () => {
    await segment.remove()
    await rm(folder, { recursive: true })
  })

  test('ProxyDHCP: the router lends the address, the console says what to boot', async () => {
    await startRouter(segment, folder)
    const console = await Console.start(segment)
    const { offers, acknowledged, bootServer } = (await speak(segment, 'conversation')) as Record<string, object[]>
    expect(offers).toHaveLength(2)
    expect(offers).toEqual(expect.arrayContaining([
      expect.objectContaining({ type: 'offer', from: ADDRESS.router, yourAddress: expect.stringMatching(/^10\.77\.0\.1\d\d$/) }),
      { type: 'offer', from: ADDRESS.console, yourAddress: '0.0.0.0', bootFile: 'shimx64.efi', vendorClass: 'PXEClient' },
    ]))
    expect(acknowledged).toMatchObject([{ type: 'ack', from: ADDRESS.router }])
    expect(bootServer).toEqual([{ type: 'ack', from: ADDRESS.console, yourAddress: '0.0.0.0', bootFile: 'shimx64.efi', vendorClass: 'PXEClient' }])
    expect((await console.counted()).drops).toEqual({ 'for-another-server': 1 })
    expect(console.lines).toContainEqual({ kind: 'event', phase: 'dhcp', detail: 'x64 UEFI → shimx64.efi', mac: '52:54:00:77:00:09' })
  })

  test('without the permission for ports below 1024 it runs what it can, and says how to mend the rest', async () => {
    const console = await Console.start(segment, {}, ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'])
    const refused = { state: 'failed', result: 'portNotPermitted', command: 'sudo sysctl net.ipv4.ip_unprivileged_port_start=67' }
    expect(console.statuses).toEqual([{ service: 'dhcp', ...refused }, { service: 'proxy', state: 'running' }, { service: 'tftp', ...refused }])
  })

  test('full DHCP: udhcpc gets address, network and loader, and its address can be given back', async () => {
    const console = await Console.start(segment, { full })
    const bound = await udhcpc(segment, folder, '-V', 'PXEClient:Arch:00000:UNDI:002001', '-O', 'bootfile')
    expect(bound).toMatchObject({
      ip: '10.77.0.50', subnet: '255.255.255.0', router: ADDRESS.router, dns: '10.77.0.253', domain: 'aula.example', lease: '3600',
      serverid: ADDRESS.console, siaddr: ADDRESS.console, boot_file: 'undionly.kpxe',
    })
    await speak(segment, 'release', '10.77.0.50')
    expect((await console.counted()).drops).toEqual({ noted: 1 })
  })

  test('full DHCP: a plain client is told nothing about booting, and keeps its address', async () => {
    await Console.start(segment, { full })
    const first = await udhcpc(segment, folder, '-r', '10.77.0.57')
    expect(first['ip']).toBe('10.77.0.57')
    expect(first['boot_file']).toBeUndefined()
    expect((await udhcpc(segment, folder))['ip']).toBe('10.77.0.57')
  })

  test('20,000 damaged messages are counted in bounded memory, and the next client is served', async () => {
    const console = await Console.start(segment)
    const before = await console.counted()
    const captures = (await readdir(CAPTURES)).filter((name) => name.endsWith('.pcap')).map((name) => join(CAPTURES, name))
    const { alive } = (await speak(segment, 'fuzz', '20000', ...captures)) as { alive: object[] }
    expect(alive).toMatchObject([{ type: 'offer', from: ADDRESS.console }])
    const { drops, heapUsed } = await console.counted()
    expect(Object.values(drops).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5000)
    expect(Object.keys(drops).length).toBeGreaterThan(6)
    expect(heapUsed - before.heapUsed).toBeLessThan(64 * 1024 * 1024)
  })
})
