import { ByteReader, ByteWriter, bytesToText, textToBytes } from './bytes.ts'
import { ipv4ToNumber, numberToIpv4, type Ipv4 } from './addresses.ts'

/** Option 53, RFC 2132 §9.6. */
export const DHCP_MESSAGE_TYPES = {
  discover: 1, offer: 2, request: 3, decline: 4, ack: 5, nak: 6, release: 7, inform: 8,
} as const
export type DhcpMessageType = keyof typeof DHCP_MESSAGE_TYPES

/** Option 94, RFC 4578 §2.2: UNDI (type 1) and its version. */
export interface NetworkInterfaceId {
  type: number
  major: number
  minor: number
}

/** The options that the boot services read or write, with their values decoded. */
export interface DhcpOptionValues {
  subnetMask: Ipv4
  routers: Ipv4[]
  nameServers: Ipv4[]
  hostName: string
  domainName: string
  broadcastAddress: Ipv4
  ntpServers: Ipv4[]
  /** Option 43: for PXE clients a list of PXE's own sub-options (PXE 2.1). */
  vendorSpecific: Uint8Array
  requestedAddress: Ipv4
  /** Seconds. */
  leaseTime: number
  messageType: DhcpMessageType
  serverId: Ipv4
  parameterRequestList: number[]
  message: string
  /** Bytes, IP and UDP headers included. */
  maxMessageSize: number
  /** Seconds (T1). */
  renewalTime: number
  /** Seconds (T2). */
  rebindingTime: number
  vendorClass: string
  clientId: Uint8Array
  tftpServerName: string
  bootFileName: string
  /** Option 77 as sent: RFC 3004 asks for length-prefixed items, iPXE sends a bare `iPXE`. */
  userClass: Uint8Array
  relayAgentInformation: Uint8Array
  /** Option 93, RFC 4578 §2.1: the architectures that the firmware can boot, best first. */
  clientArchitectures: number[]
  clientNetworkInterface: NetworkInterfaceId
  /** Option 97, RFC 4578 §2.3: a zero byte and the 16 bytes of the SMBIOS UUID as SMBIOS stores them. */
  clientMachineId: Uint8Array
  /** Option 175: iPXE's own encapsulated options; a client that sends it is iPXE. */
  ipxe: Uint8Array
}

export type DhcpOptionName = keyof DhcpOptionValues
export type DhcpOptions = Partial<DhcpOptionValues>

/** `decode` gives undefined for bytes that the option's definition does not allow. */
export interface DhcpOptionCodec<T> {
  readonly code: number
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array): T | undefined
}

/** RFC 2132 unless said otherwise. */
export const DHCP_OPTION_CODECS: { readonly [Name in DhcpOptionName]: DhcpOptionCodec<DhcpOptionValues[Name]> } = {
  messageType: messageType(53),
  serverId: address(54),
  subnetMask: address(1),
  routers: addresses(3),
  nameServers: addresses(6),
  hostName: text(12),
  domainName: text(15),
  broadcastAddress: address(28),
  ntpServers: addresses(42),
  vendorSpecific: opaque(43),
  requestedAddress: address(50),
  leaseTime: unsigned32(51),
  parameterRequestList: octets(55),
  message: text(56),
  maxMessageSize: unsigned16(57),
  renewalTime: unsigned32(58),
  rebindingTime: unsigned32(59),
  vendorClass: text(60),
  clientId: opaque(61),
  tftpServerName: text(66),
  bootFileName: text(67),
  userClass: opaque(77), // RFC 3004
  relayAgentInformation: opaque(82), // RFC 3046
  clientArchitectures: unsigned16List(93), // RFC 4578
  clientNetworkInterface: networkInterface(94), // RFC 4578
  clientMachineId: machineId(97), // RFC 4578
  ipxe: opaque(175), // not IANA's: https://ipxe.org/howto/dhcpd
}

function address(code: number): DhcpOptionCodec<Ipv4> {
  return {
    code,
    encode: (value) => new ByteWriter().u32(ipv4ToNumber(value)).finish(),
    decode: (bytes) => (bytes.length === 4 ? numberToIpv4(new ByteReader(bytes).u32()) : undefined),
  }
}

function addresses(code: number): DhcpOptionCodec<Ipv4[]> {
  return {
    code,
    encode: (values) => values.reduce((writer, value) => writer.u32(ipv4ToNumber(value)), new ByteWriter()).finish(),
    decode: (bytes) => list(bytes, 4, (reader) => numberToIpv4(reader.u32())),
  }
}

/** Text may come with NULs at its end (RFC 2132 §2: receivers must be prepared for that). */
function text(code: number): DhcpOptionCodec<string> {
  return { code, encode: textToBytes, decode: (bytes) => bytesToText(bytes).replace(/\0+$/, '') }
}

function opaque(code: number): DhcpOptionCodec<Uint8Array> {
  return { code, encode: (value) => value, decode: (bytes) => bytes }
}

function octets(code: number): DhcpOptionCodec<number[]> {
  return {
    code,
    encode: (values) => values.reduce((writer, value) => writer.u8(value), new ByteWriter()).finish(),
    decode: (bytes) => [...bytes],
  }
}

function unsigned16(code: number): DhcpOptionCodec<number> {
  return {
    code,
    encode: (value) => new ByteWriter().u16(value).finish(),
    decode: (bytes) => (bytes.length === 2 ? new ByteReader(bytes).u16() : undefined),
  }
}

function unsigned16List(code: number): DhcpOptionCodec<number[]> {
  return {
    code,
    encode: (values) => values.reduce((writer, value) => writer.u16(value), new ByteWriter()).finish(),
    decode: (bytes) => list(bytes, 2, (reader) => reader.u16()),
  }
}

function unsigned32(code: number): DhcpOptionCodec<number> {
  return {
    code,
    encode: (value) => new ByteWriter().u32(value).finish(),
    decode: (bytes) => (bytes.length === 4 ? new ByteReader(bytes).u32() : undefined),
  }
}

function messageType(code: number): DhcpOptionCodec<DhcpMessageType> {
  const names = new Map(Object.entries(DHCP_MESSAGE_TYPES).map(([name, number]) => [number as number, name as DhcpMessageType]))
  return {
    code,
    encode: (value) => new ByteWriter().u8(DHCP_MESSAGE_TYPES[value]).finish(),
    decode: (bytes) => (bytes.length === 1 ? names.get(bytes[0] ?? 0) : undefined),
  }
}

function networkInterface(code: number): DhcpOptionCodec<NetworkInterfaceId> {
  return {
    code,
    encode: ({ type, major, minor }) => new ByteWriter().u8(type).u8(major).u8(minor).finish(),
    decode: (bytes) => {
      const reader = new ByteReader(bytes)
      return bytes.length === 3 ? { type: reader.u8(), major: reader.u8(), minor: reader.u8() } : undefined
    },
  }
}

function machineId(code: number): DhcpOptionCodec<Uint8Array> {
  return {
    code,
    encode: (value) => value,
    decode: (bytes) => (bytes.length === 17 && bytes[0] === 0 ? bytes : undefined),
  }
}

/** Items of `width` bytes, one at least; undefined when the length does not divide. */
function list<T>(bytes: Uint8Array, width: number, read: (reader: ByteReader) => T): T[] | undefined {
  if (bytes.length === 0 || bytes.length % width !== 0) return undefined
  const reader = new ByteReader(bytes)
  return Array.from({ length: bytes.length / width }, () => read(reader))
}
