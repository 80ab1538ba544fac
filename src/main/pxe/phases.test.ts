import { describe, expect, test } from 'vitest'
import { bootEverybody, type BootPolicy } from './policy.ts'
import { DhcpResponder } from './dhcp/responder.ts'
import { PhaseObserver } from './phases.ts'
import { clientMessage, firmware, ipxe, MAC } from './testing/clients.ts'
import type { FileEvent } from './tree/file-event.ts'

function seen(bytes: Uint8Array, policy: BootPolicy = bootEverybody, observer = new PhaseObserver()) {
  const responder = new DhcpResponder({ address: '10.77.0.1', httpBase: 'http://10.77.0.1', policy })
  return observer.fromDhcp(responder.respond(bytes, { port: 'dhcp', from: { address: '0.0.0.0', port: 68 }, now: 0 }), 5)
}

function started(path: string, address = '10.77.0.9', query = ''): FileEvent {
  return { kind: 'started', path, size: 1, requester: { address, protocol: 'http', query: new URLSearchParams(query) } }
}

describe('PhaseObserver', () => {
  test('sees firmware ask, and what it is told', () => {
    expect(seen(clientMessage('discover', firmware(7)))).toEqual({ mac: MAC, phase: 'dhcp', detail: 'x64 UEFI → shimx64.efi', at: 5 })
  })

  test('sees iPXE ask for its script', () => {
    expect(seen(clientMessage('discover', ipxe(0)))).toMatchObject({ phase: 'loader', detail: expect.stringContaining('iPXE → http://10.77.0.1/boot/') })
  })

  test('sees who is turned away, and why', () => {
    expect(seen(clientMessage('discover', firmware(11)))?.detail).toBe('ARM 64-bit UEFI → unknown-architecture: ARM 64-bit UEFI')
    expect(seen(clientMessage('discover', firmware(0)), { decide: () => ({ action: 'ignore', reason: 'maintenance' }) })?.detail)
      .toBe('x86 BIOS → ignored-by-policy: maintenance')
  })

  test.each([
    ['plain clients', clientMessage('discover')],
    ['what is meant for the DHCP server', clientMessage('request', { ...firmware(0), serverId: '10.77.0.254' })],
    ['garbage', new Uint8Array(9)],
  ])('takes no notice of %s', (_what, bytes) => {
    expect(seen(bytes)).toBeUndefined()
  })

  test.each([
    ['shimx64.efi', 'loader'], ['grub/grub.cfg', 'menu'], ['live/vmlinuz', 'kernel'], ['live/stage1.img', 'initrd'], ['live/rootfs.squashfs', 'root'],
  ])('knows by its address who fetches %s', (path, phase) => {
    const observer = new PhaseObserver()
    expect(observer.fromFile(started(path), 5)).toBeUndefined()
    seen(clientMessage('request', { ...firmware(0), serverId: '10.77.0.254', requestedAddress: '10.77.0.9' }), bootEverybody, observer)
    expect(observer.fromFile(started(path), 5)).toEqual({ mac: MAC, phase, detail: `http ${path}`, at: 5 })
    expect(observer.fromFile(started(path, '10.77.0.10'), 5)).toBeUndefined()
  })

  test('does not learn from an address that is only wished for', () => {
    const observer = new PhaseObserver()
    seen(clientMessage('discover', { ...firmware(0), requestedAddress: '10.77.0.9' }), bootEverybody, observer)
    expect(observer.fromFile(started('live/vmlinuz'), 5)).toBeUndefined()
  })

  test('learns from a computer\'s own paths and reports', () => {
    const observer = new PhaseObserver()
    expect(observer.fromFile(started(`boot/${MAC}/grub.cfg`), 5)).toMatchObject({ mac: MAC, phase: 'menu' })
    expect(observer.fromFile(started('live/vmlinuz'), 6)).toMatchObject({ mac: MAC, phase: 'kernel' })
    expect(new PhaseObserver().fromFile(started('boot/phase', '10.77.0.9', `mac=${MAC}&phase=root`), 7))
      .toEqual({ mac: MAC, phase: 'root', detail: 'reported by the live system', at: 7 })
  })

  test('takes no notice of other files, nor of how a transfer ended', () => {
    const observer = new PhaseObserver()
    observer.fromFile(started(`boot/${MAC}/grub.cfg`), 5)
    expect(observer.fromFile(started('images/1'), 6)).toBeUndefined()
    const { requester } = started('x')
    expect(observer.fromFile({ kind: 'refused', path: 'live/vmlinuz', requester, reason: '' }, 6)).toBeUndefined()
  })
})
