import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { bootEverybody, createBootServices, DynamicTree } from '../../../src/main/pxe/index.ts'

const PORTS = { dhcp: 20_167, proxy: 20_168, tftp: 20_169 }

function services(address = '127.0.0.1', ports = PORTS) {
  return createBootServices({ address, ports, mode: 'proxy', httpBase: 'http://127.0.0.1:1', tree: new DynamicTree([]), policy: bootEverybody })
}

describe('createBootServices', () => {
  test('starts, stops and starts again', async () => {
    const boot = services()
    const states = () => boot.status().map(({ state }) => state)
    expect(states()).toEqual(['stopped', 'stopped', 'stopped'])
    await boot.start()
    expect(states()).toEqual(['running', 'running', 'running'])
    await boot.start()
    await boot.stop()
    expect(states()).toEqual(['stopped', 'stopped', 'stopped'])
    await boot.start()
    expect(states()).toEqual(['running', 'running', 'running'])
    await boot.stop()
  })

  test('runs what it can when a port is taken, and takes it up later', async () => {
    const other = createSocket('udp4').bind(PORTS.tftp, '127.0.0.1')
    await once(other, 'listening')
    const boot = services()
    try {
      expect(await boot.start()).toMatchObject([
        { service: 'dhcp', state: 'running' },
        { service: 'proxy', state: 'running' },
        { service: 'tftp', state: 'failed', error: { result: 'portTaken', params: { protocol: 'UDP', port: PORTS.tftp } } },
      ])
      other.close()
      await once(other, 'close')
      expect((await boot.start()).map(({ state }) => state)).toEqual(['running', 'running', 'running'])
    } finally {
      await boot.stop()
    }
  })

  test('names an address that no card has', async () => {
    const boot = services('192.0.2.1')
    const statuses = await boot.start()
    await boot.stop()
    expect(statuses).toMatchObject([1, 2, 3].map(() => ({ state: 'failed', error: { result: 'networkMissing', params: { wanted: '192.0.2.1' } } })))
  })
})
