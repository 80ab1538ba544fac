/**
 * Asks the network what it tells a computer that boots: one DHCPDISCOVER (RFC 2131) as a PXE client sends it, and
 * whatever answers. Nothing is taken: an offer that is not asked for lapses by itself.
 */
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ObservedOffer } from '#shared/domain/diagnose.ts'
import { LIMITED_BROADCAST, macToBytes, UNSPECIFIED } from '#shared/wire/addresses.ts'
import { decodeDhcp, encodeDhcp, type DhcpPacket } from '#shared/wire/dhcp.ts'
import type { NetworkCard } from '../platform/network.ts'
import { bindUdp, closeUdp } from '../pxe/udp.ts'

const CLIENT_PORT = 68
const SERVER_PORT = 67
/** Milliseconds: a server that first looks whether an address is free takes a second or two (RFC 2131, 4.4.1). */
const PATIENCE = 3000
/** The question may be lost. */
const QUESTIONS = 2
/** x64 UEFI (RFC 4578 as IANA has it), the commonest of classrooms: servers that boot others boot it too. */
const ARCHITECTURE = 7
const ETHERNET = 1
/** Offers of one answer: more is somebody's flood. */
const MOST_OFFERS = 64

/**
 * @returns what others answered, the console's own answers left out; undefined when the client's port cannot be had
 * (another DHCP client has it for itself, or it is not permitted)
 */
export async function askDhcp(card: Pick<NetworkCard, 'address' | 'mac'>, signal?: AbortSignal): Promise<ObservedOffer[] | undefined> {
  const ignore = (): void => undefined
  // Broadcasts come to the wildcard only (see pxe/dhcp/service.ts); the question has to leave by the classroom's card.
  const sockets = await Promise.allSettled([card.address, UNSPECIFIED].map((address) =>
    bindUdp({ address, port: CLIENT_PORT, shared: true, broadcast: true }, ignore)))
  const bound = sockets.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  try {
    const [asking] = bound
    if (asking === undefined || bound.length < sockets.length) return undefined
    const transactionId = randomInt(2 ** 32)
    const offers: ObservedOffer[] = []
    const hear = (bytes: Uint8Array): void => {
      const offer = offers.length < MOST_OFFERS ? readOffer(bytes, transactionId) : undefined
      if (offer && offer.server !== card.address) offers.push(offer)
    }
    for (const socket of bound) socket.on('message', hear)
    const question = discover(card.mac, transactionId)
    for (let asked = 0; asked < QUESTIONS; asked += 1) {
      asking.send(question, SERVER_PORT, LIMITED_BROADCAST, ignore)
      await sleep(PATIENCE / QUESTIONS, undefined, { signal })
    }
    return offers
  } finally {
    await Promise.all(bound.map(closeUdp))
  }
}

function discover(mac: string, transactionId: number): Uint8Array {
  return encodeDhcp({
    op: 'request', hardwareType: ETHERNET, hardwareAddress: macToBytes(mac), hops: 0, transactionId, seconds: 0, broadcast: true,
    clientAddress: UNSPECIFIED, yourAddress: UNSPECIFIED, serverAddress: UNSPECIFIED, relayAddress: UNSPECIFIED,
    serverName: '', bootFile: '', otherOptions: new Map(),
    options: {
      messageType: 'discover',
      vendorClass: `PXEClient:Arch:${String(ARCHITECTURE).padStart(5, '0')}:UNDI:003016`,
      clientArchitectures: [ARCHITECTURE],
      clientNetworkInterface: { type: 1, major: 3, minor: 16 },
      parameterRequestList: [1, 3, 43, 60, 66, 67],
    },
  })
}

function readOffer(bytes: Uint8Array, transactionId: number): ObservedOffer | undefined {
  try {
    const packet = decodeDhcp(bytes)
    if (packet.op !== 'reply' || packet.transactionId !== transactionId || packet.options.messageType !== 'offer') return undefined
    return describeOffer(packet)
  } catch {
    return undefined // not DHCP: nobody's offer
  }
}

/** @internal Exported for its test. */
export function describeOffer({ options, yourAddress, serverAddress, bootFile }: DhcpPacket): ObservedOffer {
  return {
    server: options.serverId ?? serverAddress,
    ...(yourAddress === UNSPECIFIED ? {} : { address: yourAddress }),
    boots: bootFile !== '' || options.bootFileName !== undefined || options.vendorClass === 'PXEClient',
  }
}
