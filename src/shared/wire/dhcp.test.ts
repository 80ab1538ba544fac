import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { numberToIpv4 } from './addresses.ts'
import { bytesToText } from './bytes.ts'
import { describeCodec } from '../../../tests/support/codec-suite.ts'
import { decodeDhcp, encodeDhcp, type DhcpPacket } from './dhcp.ts'
import { DHCP_OPTION_CODECS, type DhcpMessageType, type DhcpOptionValues } from './dhcp-options.ts'

const ipv4 = fc.nat(0xffffffff).map(numberToIpv4)
const u8 = fc.nat(255)
const u16 = fc.nat(0xffff)
const u32 = fc.nat(0xffffffff)
const opaque = fc.uint8Array({ maxLength: 600 })
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 70 })
const text = (maxLength: number) =>
  fc.array(fc.integer({ min: 1, max: 255 }), { maxLength }).map((bytes) => bytesToText(Uint8Array.from(bytes)))

const optionValues: { [Name in keyof DhcpOptionValues]: fc.Arbitrary<DhcpOptionValues[Name]> } = {
  subnetMask: ipv4, routers: list(ipv4), nameServers: list(ipv4), hostName: text(300), domainName: text(40),
  broadcastAddress: ipv4, ntpServers: list(ipv4), vendorSpecific: opaque, requestedAddress: ipv4, leaseTime: u32,
  messageType: fc.constantFrom<DhcpMessageType>('discover', 'offer', 'request', 'decline', 'ack', 'nak', 'release', 'inform'),
  serverId: ipv4, parameterRequestList: fc.array(u8), message: text(40), maxMessageSize: u16, renewalTime: u32,
  rebindingTime: u32, vendorClass: text(40), clientId: opaque, tftpServerName: text(40), bootFileName: text(300),
  userClass: opaque, relayAgentInformation: opaque, clientArchitectures: list(u16),
  clientNetworkInterface: fc.record({ type: u8, major: u8, minor: u8 }),
  clientMachineId: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((uuid) => Uint8Array.of(0, ...uuid)),
  ipxe: opaque,
}
const knownCodes = new Set(Object.values(DHCP_OPTION_CODECS).map(({ code }) => code))
const foreignCode = fc.integer({ min: 1, max: 254 }).filter((code) => code !== 52 && !knownCodes.has(code))

const packets: fc.Arbitrary<DhcpPacket> = fc.record({
  op: fc.constantFrom('request', 'reply'),
  hardwareType: u8,
  hardwareAddress: fc.uint8Array({ maxLength: 16 }),
  hops: u8,
  transactionId: u32,
  seconds: u16,
  broadcast: fc.boolean(),
  clientAddress: ipv4,
  yourAddress: ipv4,
  serverAddress: ipv4,
  relayAddress: ipv4,
  serverName: text(63),
  bootFile: text(127),
  options: fc.record(optionValues, { requiredKeys: ['messageType'] }),
  otherOptions: fc.array(fc.tuple(foreignCode, opaque), { maxLength: 4 }).map((entries) => new Map(entries)),
})

describeCodec('DHCP', { encode: encodeDhcp, decode: decodeDhcp, values: packets })

const discover: DhcpPacket = {
  op: 'request', hardwareType: 1, hardwareAddress: Uint8Array.of(0x52, 0x54, 0, 0x77, 0, 1), hops: 0,
  transactionId: 0x11223344, seconds: 4, broadcast: true, clientAddress: '0.0.0.0', yourAddress: '0.0.0.0',
  serverAddress: '0.0.0.0', relayAddress: '0.0.0.0', serverName: '', bootFile: '',
  options: { messageType: 'discover', vendorClass: 'PXEClient:Arch:00007:UNDI:003016', clientArchitectures: [7] },
  otherOptions: new Map(),
}

/** `discover` with its options area replaced. */
function withOptions(...area: number[]): Uint8Array {
  return Uint8Array.of(...encodeDhcp(discover).subarray(0, 240), ...area)
}

describe('DHCP', () => {
  test('pads to the length of a BOOTP message', () => {
    expect(encodeDhcp(discover)).toHaveLength(300)
    expect(encodeDhcp({ ...discover, options: { messageType: 'discover', userClass: new Uint8Array(255) } }).length).toBe(240 + 3 + 257 + 1)
  })

  test('puts the message type first', () => {
    expect([...encodeDhcp(discover).subarray(236, 243)]).toEqual([0x63, 0x82, 0x53, 0x63, 53, 1, 1])
  })

  test('joins the pieces of an option across options, file and sname, in that order (RFC 3396)', () => {
    const bytes = withOptions(53, 1, 1, 52, 1, 3, 12, 2, 97, 98, 0, 12, 1, 99, 255)
    bytes.set([12, 1, 101, 255], 44) // sname
    bytes.set([0, 12, 1, 100, 255], 108) // file
    expect(decodeDhcp(bytes)).toMatchObject({ options: { hostName: 'abcde' }, serverName: '', bootFile: '' })
  })

  test('spills whole options into file and sname when the client takes no more', () => {
    const packet: DhcpPacket = {
      ...discover,
      options: {
        messageType: 'ack', hostName: 'x'.repeat(120), domainName: 'y'.repeat(60), bootFileName: 'z'.repeat(100),
        userClass: new Uint8Array(120), clientMachineId: new Uint8Array(17),
      },
    }
    const bytes = encodeDhcp(packet, 548)
    expect(bytes.length).toBeLessThanOrEqual(548)
    expect(decodeDhcp(bytes)).toEqual(packet)

    const named = { ...packet, bootFile: 'undionly.kpxe', serverName: '10.77.0.1' }
    expect(decodeDhcp(encodeDhcp(named, 700))).toEqual(named)
    expect(() => encodeDhcp(named, 548)).toThrow(RangeError)
  })

  test('tolerates NULs at the end of texts', () => {
    expect(decodeDhcp(withOptions(53, 1, 1, 60, 5, 80, 88, 69, 0, 0, 255)).options.vendorClass).toBe('PXE')
  })

  test.each<[string, Uint8Array]>([
    ['truncated', encodeDhcp(discover).subarray(0, 239)],
    ['bad-op', encodeDhcp(discover).fill(3, 0, 1)],
    ['bad-hardware-length', encodeDhcp(discover).fill(17, 2, 3)],
    ['bad-cookie', encodeDhcp(discover).fill(0, 236, 237)],
    ['truncated-option', withOptions(53, 1, 1, 12, 9, 97)],
    ['missing-end', withOptions(53, 1, 1)],
    ['unterminated-name', encodeDhcp(discover).fill(65, 108, 236)],
    ['bad-overload', withOptions(53, 1, 1, 52, 1, 4, 255)],
    ['bad-overload', withOptions(53, 1, 1, 52, 2, 1, 1, 255)],
    ['bad-option', withOptions(53, 1, 9, 255)],
    ['bad-option', withOptions(53, 1, 1, 54, 3, 1, 2, 3, 255)],
    ['bad-option', withOptions(53, 1, 1, 93, 3, 0, 7, 0, 255)],
    ['bad-option', withOptions(53, 1, 1, 97, 3, 0, 7, 0, 255)],
    ['no-message-type', withOptions(255)],
  ])('refuses: %s', (reason, bytes) => {
    expect(() => decodeDhcp(bytes)).toThrow(expect.objectContaining({ name: 'DecodeError', reason }))
  })

  test('refuses to write what would read differently', () => {
    expect(() => encodeDhcp({ ...discover, bootFile: 'x'.repeat(128) })).toThrow(RangeError)
    expect(() => encodeDhcp({ ...discover, otherOptions: new Map([[60, Uint8Array.of(1)]]) })).toThrow(RangeError)
    expect(() => encodeDhcp({ ...discover, otherOptions: new Map([[52, Uint8Array.of(1)]]) })).toThrow(RangeError)
  })
})
