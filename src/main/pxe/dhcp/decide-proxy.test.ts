import { describe, expect, test } from 'vitest'
import type { DhcpMessageType } from '#shared/wire/dhcp-options.ts'
import { bootEverybody, type BootPolicy } from '../policy.ts'
import { clientRequest, firmware, ipxe } from '../testing/clients.ts'
import { decideProxy } from './decide-proxy.ts'

const context = { address: '10.77.0.1', httpBase: 'http://10.77.0.1:8080', policy: bootEverybody }
const withIpxe: BootPolicy = { decide: () => ({ action: 'boot', loader: 'ipxe' }) }
const scriptUrl = 'http://10.77.0.1:8080/boot/52:54:00:77:00:01/script.ipxe'

describe('decideProxy', () => {
  test('answers DISCOVER on 67 with an offer, and never with an address', () => {
    expect(decideProxy(clientRequest('discover', firmware(7)), 'dhcp', context)).toEqual({
      action: 'offer', boot: { kind: 'tftp', file: 'shimx64.efi' },
    })
  })

  test.each<[string, number, 'PXE' | 'HTTP', BootPolicy, object]>([
    ['BIOS', 0, 'PXE', bootEverybody, { kind: 'tftp', file: 'undionly.kpxe' }],
    ['UEFI', 7, 'PXE', bootEverybody, { kind: 'tftp', file: 'shimx64.efi' }],
    ['UEFI with iPXE preferred', 7, 'PXE', withIpxe, { kind: 'tftp', file: 'snponly.efi' }],
    ['UEFI HTTP', 16, 'HTTP', bootEverybody, { kind: 'http', url: 'http://10.77.0.1:8080/shimx64.efi' }],
  ])('gives %s its loader', (_name, architecture, family, policy, boot) => {
    const request = clientRequest('discover', firmware(architecture, family))
    expect(decideProxy(request, 'dhcp', { ...context, policy })).toEqual({ action: 'offer', boot })
  })

  test.each([0, 7])('gives iPXE its script, not the loader again (architecture %i)', (architecture) => {
    expect(decideProxy(clientRequest('discover', ipxe(architecture)), 'dhcp', context)).toEqual({
      action: 'offer', boot: { kind: 'script', url: scriptUrl },
    })
  })

  test.each<[DhcpMessageType]>([['request'], ['inform']])('acknowledges %s on 4011, whatever server it names', (type) => {
    const request = clientRequest(type, { ...firmware(7), serverId: '10.77.0.254' }, { clientAddress: '10.77.0.9' })
    expect(decideProxy(request, 'proxy', context)).toMatchObject({ action: 'ack' })
  })

  test('acknowledges on 67 what is addressed to it by name', () => {
    expect(decideProxy(clientRequest('request', { ...firmware(0), serverId: '10.77.0.1' }), 'dhcp', context)).toMatchObject({ action: 'ack' })
  })

  test.each<[string, Parameters<typeof clientRequest>, 'dhcp' | 'proxy']>([
    ['not-network-boot', ['discover', { vendorClass: 'MSFT 5.0' }], 'dhcp'],
    ['not-network-boot', ['discover'], 'dhcp'],
    ['for-another-server', ['request', { ...firmware(0), serverId: '10.77.0.254' }], 'dhcp'],
    ['for-another-server', ['request', firmware(0)], 'dhcp'],
    ['unexpected-message', ['release', firmware(0)], 'dhcp'],
    ['unexpected-message', ['inform', firmware(0)], 'dhcp'],
    ['unexpected-message', ['discover', firmware(0)], 'proxy'],
    ['unknown-architecture', ['discover', firmware(11)], 'dhcp'],
    ['unknown-architecture', ['discover', { vendorClass: 'PXEClient' }], 'dhcp'],
  ])('drops: %s', (reason, message, port) => {
    expect(decideProxy(clientRequest(...message), port, context)).toMatchObject({ action: 'drop', reason })
  })

  test('says which architecture it cannot boot', () => {
    expect(decideProxy(clientRequest('discover', firmware(11)), 'dhcp', context)).toMatchObject({ detail: 'ARM 64-bit UEFI' })
  })

  test('leaves alone whom the policy ignores', () => {
    const policy: BootPolicy = { decide: ({ mac }) => ({ action: 'ignore', reason: `${mac} is in maintenance` }) }
    expect(decideProxy(clientRequest('discover', firmware(0)), 'dhcp', { ...context, policy })).toEqual({
      action: 'drop', reason: 'ignored-by-policy', detail: '52:54:00:77:00:01 is in maintenance',
    })
  })
})
