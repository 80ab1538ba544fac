import { ipv4ToNumber, LIMITED_BROADCAST, numberToIpv4, UNSPECIFIED, type Ipv4 } from '#shared/wire/addresses.ts'
import type { DhcpPacket } from '#shared/wire/dhcp.ts'
import type { DhcpOptions } from '#shared/wire/dhcp-options.ts'
import type { BootInstruction } from './boot-instruction.ts'
import type { Decision, DhcpPort, Grant } from './decision.ts'
import type { ClientRequest } from './request.ts'

/** What a closed classroom's clients are told about their network. */
export interface NetworkSettings {
  netmask: Ipv4
  router?: Ipv4
  nameServers?: readonly Ipv4[]
  ntpServers?: readonly Ipv4[]
  domainName?: string
}

export interface ServerIdentity {
  address: Ipv4
  /** Present in full mode. */
  network?: NetworkSettings
}

export type Answer = Exclude<Decision, { action: 'drop' }>

export function buildReply(request: ClientRequest, answer: Answer, server: ServerIdentity): DhcpPacket {
  const { packet } = request
  const granted = answer.action === 'nak' ? undefined : answer.grant
  const boot = answer.action === 'nak' || answer.boot?.kind === 'refused' ? undefined : answer.boot
  const bootFields = boot === undefined ? {} : pxeOptions(request, boot, server, granted !== undefined)
  const bootFile = boot === undefined ? '' : bootTarget(boot)
  return {
    ...packet,
    op: 'reply',
    hops: 0,
    seconds: 0,
    // RFC 2131 §4.3.2: a relay must broadcast a NAK, the client's address being wrong.
    broadcast: packet.broadcast || answer.action === 'nak',
    clientAddress: answer.action === 'ack' ? packet.clientAddress : UNSPECIFIED,
    yourAddress: granted?.address ?? UNSPECIFIED,
    serverAddress: boot === undefined ? UNSPECIFIED : server.address,
    serverName: '',
    bootFile,
    options: {
      messageType: answer.action,
      serverId: server.address,
      ...(answer.action === 'nak' ? { message: answer.message } : networkOptions(server.network, granted)),
      ...bootFields,
      // RFC 3046 §2.2: what a relay put in goes back as it came.
      ...(packet.options.relayAgentInformation && { relayAgentInformation: packet.options.relayAgentInformation }),
    },
    otherOptions: new Map(),
  }
}

/**
 * PXE_DISCOVERY_CONTROL (6), one byte, bit 3: "download the boot file that this offer names", no menu
 * and no search for other boot servers (PXE 2.1, "PXE vendor options"). Without it, BIOS ROMs look for a boot
 * server menu, and fail for want of one.
 */
const BOOT_FROM_THIS_OFFER = Uint8Array.of(6, 1, 0x08, 255)

/** iPXE's `no-pxedhcp` (175.176 = 1): this DHCP server says everything, do not wait for a ProxyDHCP. */
const IPXE_NO_PROXY = Uint8Array.of(176, 1, 1)

function pxeOptions(request: ClientRequest, boot: BootInstruction, server: ServerIdentity, full: boolean): DhcpOptions {
  const { clientMachineId } = request.packet.options
  const shared: DhcpOptions = {
    // Firmware takes the boot file from `file` (BIOS), from option 67 (UEFI), or from either: both are given.
    tftpServerName: server.address,
    bootFileName: bootTarget(boot),
    // PXE 2.1: an offer without the client's own identifier may be discarded.
    ...(clientMachineId && { clientMachineId }),
    ...(full && boot.kind === 'script' && { ipxe: IPXE_NO_PROXY }),
  }
  // UEFI 2.10 §24.7 (HTTP boot): only an offer with exactly this class is one for HTTP boot.
  if (boot.kind === 'http') return { ...shared, vendorClass: 'HTTPClient' }
  // PXE 2.1: this class marks an offer as a ProxyDHCP's.
  return { ...shared, vendorClass: 'PXEClient', vendorSpecific: BOOT_FROM_THIS_OFFER }
}

function bootTarget(boot: BootInstruction): string {
  return boot.kind === 'tftp' ? boot.file : boot.url
}

function networkOptions(network: NetworkSettings | undefined, granted: Grant | undefined): DhcpOptions {
  if (network === undefined) return {}
  const { netmask, router, nameServers = [], ntpServers = [], domainName } = network
  return {
    subnetMask: netmask,
    ...(granted && { broadcastAddress: broadcastOf(granted.address, netmask), ...leaseTimes(granted.leaseSeconds) }),
    ...(router !== undefined && { routers: [router] }),
    ...(nameServers.length > 0 && { nameServers: [...nameServers] }),
    ...(ntpServers.length > 0 && { ntpServers: [...ntpServers] }),
    ...(domainName !== undefined && { domainName }),
  }
}

/** T1 and T2 at a half and seven eighths (RFC 2131 §4.4.5). */
function leaseTimes(seconds: number): DhcpOptions {
  return { leaseTime: seconds, renewalTime: Math.floor(seconds / 2), rebindingTime: Math.floor((seconds * 7) / 8) }
}

function broadcastOf(address: Ipv4, netmask: Ipv4): Ipv4 {
  return numberToIpv4((ipv4ToNumber(address) | ~ipv4ToNumber(netmask)) >>> 0)
}

export interface UdpAddress {
  address: Ipv4
  port: number
}

const SERVER_PORT = 67
const CLIENT_PORT = 68

/**
 * Where a reply goes (RFC 2131 §4.1). A client without an address cannot answer ARP, and unicasting to
 * it would need a raw socket: it is broadcast to, whatever its broadcast flag says.
 */
export function destinationOf(
  reply: DhcpPacket, arrival: { port: DhcpPort; from: UdpAddress }, broadcastAddress: Ipv4 = LIMITED_BROADCAST,
): UdpAddress {
  if (reply.relayAddress !== UNSPECIFIED) return { address: reply.relayAddress, port: SERVER_PORT }
  if (arrival.port === 'proxy' && arrival.from.address !== UNSPECIFIED) return arrival.from
  if (reply.options.messageType === 'ack' && reply.clientAddress !== UNSPECIFIED) {
    return { address: reply.clientAddress, port: CLIENT_PORT }
  }
  return { address: broadcastAddress, port: CLIENT_PORT }
}
