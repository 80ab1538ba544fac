import { describe, expect, test, vi } from 'vitest'
import { decodeDhcp } from '#shared/wire/dhcp.ts'
import { bootEverybody } from '../policy.ts'
import { clientMessage, firmware, ipxe, MAC } from '../testing/clients.ts'
import { DhcpResponder, type Arrival, type FullDhcpSettings, type ResponderSettings } from './responder.ts'

const settings: ResponderSettings = { address: '10.77.0.1', httpBase: 'http://10.77.0.1:8080', policy: bootEverybody }
const full: FullDhcpSettings = {
  pool: { first: '10.77.0.50', last: '10.77.0.60' }, netmask: '255.255.255.0', leaseSeconds: 3600,
  router: '10.77.0.254', nameServers: ['10.77.0.253', '9.9.9.9'], ntpServers: ['10.77.0.252'], domainName: 'aula.example',
}
const onDhcp: Arrival = { port: 'dhcp', from: { address: '0.0.0.0', port: 68 }, now: 0 }

function answer(responder: DhcpResponder, bytes: Uint8Array, arrival = onDhcp) {
  const { reply, decision } = responder.respond(bytes, arrival)
  return { decision, to: reply?.to, packet: reply && decodeDhcp(reply.bytes) }
}

describe('ProxyDHCP reply', () => {
  const responder = new DhcpResponder(settings)

  test('marks itself as a proxy, names the loader in every place, and echoes the client\'s identifier', () => {
    const { packet, to } = answer(responder, clientMessage('discover', firmware(7)))
    expect(to).toEqual({ address: '255.255.255.255', port: 68 })
    expect(packet).toMatchObject({
      op: 'reply', transactionId: 0x1a2b3c4d, broadcast: true, yourAddress: '0.0.0.0', serverAddress: '10.77.0.1', bootFile: 'shimx64.efi',
    })
    expect(packet?.options).toEqual({
      messageType: 'offer', serverId: '10.77.0.1', vendorClass: 'PXEClient', vendorSpecific: Uint8Array.of(6, 1, 8, 255),
      tftpServerName: '10.77.0.1', bootFileName: 'shimx64.efi', clientMachineId: firmware(7).clientMachineId,
    })
  })

  test('gives iPXE a URL that fits the header field', () => {
    const { packet } = answer(responder, clientMessage('discover', ipxe(0)))
    expect(packet?.bootFile).toBe('http://10.77.0.1:8080/boot/52:54:00:77:00:01/script.ipxe')
    expect(packet?.options.ipxe).toBeUndefined()
  })

  test('answers HTTP boot in its own class', () => {
    const { packet } = answer(responder, clientMessage('discover', firmware(16, 'HTTP')))
    expect(packet?.options).toMatchObject({ vendorClass: 'HTTPClient', bootFileName: 'http://10.77.0.1:8080/shimx64.efi' })
    expect(packet?.options.vendorSpecific).toBeUndefined()
  })

  test('answers on 4011 to where the question came from', () => {
    const from = { address: '10.77.0.9', port: 1068 }
    const { packet, to } = answer(responder, clientMessage('request', firmware(7), { clientAddress: '10.77.0.9' }), { port: 'proxy', from, now: 0 })
    expect(to).toEqual(from)
    expect(packet).toMatchObject({ clientAddress: '10.77.0.9', yourAddress: '0.0.0.0', options: { messageType: 'ack' } })
  })

  test('broadcasts on 4011 to a client without an address', () => {
    const { to } = answer(responder, clientMessage('request', firmware(7)), { ...onDhcp, port: 'proxy' })
    expect(to).toEqual({ address: '255.255.255.255', port: 68 })
  })

  test('goes back through a relay, with its information', () => {
    const relayed = clientMessage('discover', { ...firmware(7), relayAgentInformation: Uint8Array.of(1, 2, 3, 4) }, { relayAddress: '10.1.0.1' })
    const { packet, to } = answer(responder, relayed)
    expect(to).toEqual({ address: '10.1.0.1', port: 67 })
    expect(packet).toMatchObject({ relayAddress: '10.1.0.1', options: { relayAgentInformation: Uint8Array.of(1, 2, 3, 4) } })
  })

  test('uses the network\'s own broadcast where told to', () => {
    const directed = new DhcpResponder({ ...settings, broadcast: '10.77.0.255' })
    expect(answer(directed, clientMessage('discover', firmware(7))).to).toEqual({ address: '10.77.0.255', port: 68 })
  })

  test('is as long as the client can take, or is not sent', () => {
    const long = new Uint8Array(400)
    const message = (maxMessageSize: number) => clientMessage('discover', { ...firmware(7), maxMessageSize, relayAgentInformation: long })
    expect(answer(responder, message(1500)).packet?.options.relayAgentInformation).toEqual(long)
    expect(answer(responder, message(576)).decision).toMatchObject({ action: 'drop', reason: 'reply-too-long' })
  })

  test('does without addresses in full mode\'s absence', () => {
    expect(answer(responder, clientMessage('discover')).decision).toMatchObject({ action: 'drop', reason: 'not-network-boot' })
    expect(answer(responder, new Uint8Array(3)).decision).toMatchObject({ action: 'drop', reason: 'truncated' })
  })
})

describe('full DHCP reply', () => {
  test('tells a client its network and what to boot', () => {
    const { packet, to } = answer(new DhcpResponder({ ...settings, full }), clientMessage('discover', firmware(0)))
    expect(to).toEqual({ address: '255.255.255.255', port: 68 })
    expect(packet).toMatchObject({ yourAddress: '10.77.0.50', serverAddress: '10.77.0.1', bootFile: 'undionly.kpxe' })
    expect(packet?.options).toMatchObject({
      messageType: 'offer', serverId: '10.77.0.1', subnetMask: '255.255.255.0', broadcastAddress: '10.77.0.255',
      routers: ['10.77.0.254'], nameServers: ['10.77.0.253', '9.9.9.9'], ntpServers: ['10.77.0.252'], domainName: 'aula.example',
      leaseTime: 3600, renewalTime: 1800, rebindingTime: 3150, vendorClass: 'PXEClient',
    })
  })

  test('tells iPXE not to wait for a proxy', () => {
    const { packet } = answer(new DhcpResponder({ ...settings, full }), clientMessage('discover', ipxe(0)))
    expect(packet?.options.ipxe).toEqual(Uint8Array.of(176, 1, 1))
  })

  test('leaves boot options out for plain clients, and what is not set', () => {
    const { pool, netmask, leaseSeconds } = full
    const { packet } = answer(new DhcpResponder({ ...settings, full: { pool, netmask, leaseSeconds } }), clientMessage('discover'))
    expect(Object.keys(packet?.options ?? {}).sort()).toEqual(
      ['broadcastAddress', 'leaseTime', 'messageType', 'rebindingTime', 'renewalTime', 'serverId', 'subnetMask'],
    )
    expect(packet).toMatchObject({ serverAddress: '0.0.0.0', bootFile: '' })
  })

  test('unicasts a renewal, and INFORM without a lease time', () => {
    const responder = new DhcpResponder({ ...settings, full })
    const renewal = answer(responder, clientMessage('request', {}, { clientAddress: '10.77.0.55' }))
    expect(renewal.to).toEqual({ address: '10.77.0.55', port: 68 })
    expect(renewal.packet).toMatchObject({ yourAddress: '10.77.0.55', clientAddress: '10.77.0.55' })
    const inform = answer(responder, clientMessage('inform', {}, { clientAddress: '10.77.0.9' }))
    expect(inform).toMatchObject({ to: { address: '10.77.0.9', port: 68 }, packet: { yourAddress: '0.0.0.0' } })
    expect(inform.packet?.options.leaseTime).toBeUndefined()
    expect(inform.packet?.options.routers).toEqual(['10.77.0.254'])
  })

  test('broadcasts a refusal with nothing but its reason', () => {
    const { packet, to } = answer(new DhcpResponder({ ...settings, full }), clientMessage('request', {}, { clientAddress: '192.168.1.9', broadcast: false }))
    expect(to).toEqual({ address: '255.255.255.255', port: 68 })
    expect(packet).toMatchObject({ broadcast: true, clientAddress: '0.0.0.0', yourAddress: '0.0.0.0' })
    expect(packet?.options).toEqual({ messageType: 'nak', serverId: '10.77.0.1', message: '192.168.1.9 is not available' })
  })

  test('answers on 4011 as a proxy does', () => {
    const responder = new DhcpResponder({ ...settings, full })
    const from = { address: '10.77.0.50', port: 68 }
    expect(answer(responder, clientMessage('request', firmware(7), { clientAddress: '10.77.0.50' }), { port: 'proxy', from, now: 0 }))
      .toMatchObject({ to: from, packet: { yourAddress: '0.0.0.0', bootFile: 'shimx64.efi' } })
  })

  test('hands over the leases whenever one changed, and starts from them', () => {
    const onLeases = vi.fn()
    const responder = new DhcpResponder({ ...settings, full: { ...full, onLeases } })
    answer(responder, clientMessage('discover'))
    expect(onLeases).not.toHaveBeenCalled()
    answer(responder, clientMessage('request', { serverId: '10.77.0.1', requestedAddress: '10.77.0.50' }))
    expect(onLeases).toHaveBeenLastCalledWith([{ mac: MAC, address: '10.77.0.50', expires: 3_600_000 }])
    answer(responder, clientMessage('release', {}, { clientAddress: '10.77.0.50' }), { ...onDhcp, now: 5 })
    expect(onLeases).toHaveBeenLastCalledWith([{ mac: MAC, address: '10.77.0.50', expires: 5 }])

    const leases = [{ mac: MAC, address: '10.77.0.57', expires: 1 }]
    expect(answer(new DhcpResponder({ ...settings, full: { ...full, leases } }), clientMessage('discover')).packet?.yourAddress).toBe('10.77.0.57')
  })

  test('never lends its own address or the router\'s', () => {
    const pool = { first: '10.77.0.1', last: '10.77.0.2' }
    const responder = new DhcpResponder({ ...settings, full: { ...full, pool, router: '10.77.0.2' } })
    expect(answer(responder, clientMessage('discover')).decision).toMatchObject({ reason: 'pool-exhausted' })
  })
})
