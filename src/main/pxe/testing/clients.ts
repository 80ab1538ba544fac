import { macToBytes } from '#shared/wire/addresses.ts'
import { textToBytes } from '#shared/wire/bytes.ts'
import { encodeDhcp, type DhcpPacket } from '#shared/wire/dhcp.ts'
import type { DhcpMessageType, DhcpOptions } from '#shared/wire/dhcp-options.ts'
import { MacAddress } from '#shared/domain/ids.ts'
import { parseRequest, type ClientRequest } from '../dhcp/request.ts'

export const MAC = MacAddress.parse('52:54:00:77:00:01')

/** A message as a client sends it, with `options` and `fields` on top. */
export function clientMessage(
  messageType: DhcpMessageType, options: DhcpOptions = {}, fields: Partial<DhcpPacket> & { mac?: string } = {},
): Uint8Array {
  const { mac = MAC, ...rest } = fields
  return encodeDhcp({
    op: 'request', hardwareType: 1, hardwareAddress: macToBytes(mac), hops: 0, transactionId: 0x1a2b3c4d, seconds: 4,
    broadcast: true, clientAddress: '0.0.0.0', yourAddress: '0.0.0.0', serverAddress: '0.0.0.0', relayAddress: '0.0.0.0',
    serverName: '', bootFile: '', otherOptions: new Map(), ...rest, options: { ...options, messageType },
  })
}

export function clientRequest(...args: Parameters<typeof clientMessage>): ClientRequest {
  return parseRequest(clientMessage(...args))
}

/** Options 60, 93 and 97 of firmware that boots over the network. */
export function firmware(architecture: number, family: 'PXE' | 'HTTP' = 'PXE'): DhcpOptions {
  return {
    vendorClass: `${family}Client:Arch:${String(architecture).padStart(5, '0')}:UNDI:003016`,
    clientArchitectures: [architecture],
    clientMachineId: Uint8Array.from({ length: 17 }, (_, index) => index),
  }
}

/** The same computer once iPXE runs on it. */
export function ipxe(architecture: number): DhcpOptions {
  return { ...firmware(architecture), userClass: textToBytes('iPXE'), ipxe: Uint8Array.of(235, 3, 1, 0, 0) }
}
