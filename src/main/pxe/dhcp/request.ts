import { bytesToMac, UNSPECIFIED } from '#shared/wire/addresses.ts'
import { bytesToText, DecodeError } from '#shared/wire/bytes.ts'
import { decodeDhcp, type DhcpFault, type DhcpPacket } from '#shared/wire/dhcp.ts'
import { MacAddress } from '#shared/domain/ids.ts'
import type { BootClient } from '../policy.ts'

export type RequestFault = DhcpFault | 'not-a-request' | 'not-ethernet' | 'bad-hardware-address'

/** A client's message that is fit to be answered. */
export interface ClientRequest {
  packet: DhcpPacket
  mac: MacAddress
  /** Present when the client wants to boot over the network. */
  boot?: BootClient
}

const ETHERNET = 1
/** The well-formed prefix of option 60: `PXEClient:Arch:00007:UNDI:003016` (PXE 2.1; UEFI 2.10 §24.7). */
const VENDOR_CLASS = /^(PXE|HTTP)Client(?::Arch:(\d{5}))?/

/** @throws DecodeError<RequestFault> for what is malformed or not for a server */
export function parseRequest(bytes: Uint8Array): ClientRequest {
  const packet = decodeDhcp(bytes)
  if (packet.op !== 'request') throw fault('not-a-request')
  const mac = hardwareAddress(packet)
  const boot = bootClient(packet, mac)
  return { packet, mac, ...(boot && { boot }) }
}

/** The client's IP address as this message tells it: in use (`ciaddr`), or being asked for (option 50). */
export function addressOf({ packet }: ClientRequest): string | undefined {
  return packet.clientAddress === UNSPECIFIED ? packet.options.requestedAddress : packet.clientAddress
}

function hardwareAddress(packet: DhcpPacket): MacAddress {
  const bytes = packet.hardwareAddress
  if (packet.hardwareType !== ETHERNET || bytes.length !== 6) throw fault('not-ethernet')
  const group = ((bytes[0] ?? 0) & 1) === 1
  if (group || bytes.every((byte) => byte === 0)) throw fault('bad-hardware-address', bytesToMac(bytes))
  return MacAddress.parse(bytesToMac(bytes))
}

function bootClient(packet: DhcpPacket, mac: MacAddress): BootClient | undefined {
  const { vendorClass = '', clientArchitectures, clientMachineId } = packet.options
  const match = VENDOR_CLASS.exec(vendorClass)
  if (match === null) return undefined
  const [, family, architecture] = match
  return {
    mac,
    // Option 93 is compulsory (RFC 4578 §2.1); ROMs that predate it say the same in option 60.
    architectures: clientArchitectures ?? (architecture === undefined ? [] : [Number(architecture)]),
    stage: isIpxe(packet) ? 'ipxe' : 'firmware',
    protocol: family === 'HTTP' ? 'http' : 'pxe',
    ...(clientMachineId !== undefined && { uuid: uuidText(clientMachineId.subarray(1)) }),
  }
}

/** iPXE sends its own option 175, and the user class `iPXE` without the length byte of RFC 3004. */
function isIpxe({ options }: DhcpPacket): boolean {
  const userClass = options.userClass === undefined ? '' : bytesToText(options.userClass)
  return options.ipxe !== undefined || userClass === 'iPXE' || userClass === '\x04iPXE'
}

/** SMBIOS keeps the first three fields of a UUID little-endian (SMBIOS, "System - UUID"); Linux prints them turned round. */
function uuidText(bytes: Uint8Array): string {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
  const hex = order.map((index) => (bytes[index] ?? 0).toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function fault(reason: RequestFault, detail = ''): DecodeError<RequestFault> {
  return new DecodeError(reason, detail)
}
