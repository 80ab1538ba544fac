import type { NetworkProperties } from '#shared/domain/classroom.ts'
import type { MulticastNetwork } from '#transfer/multicast/sender.ts'

/** Ports of sessions: even ones, as OpenGnsys and udpcast have them, so that firewalls which were opened for those are open. */
const FIRST_PORT = 9000
const LAST_PORT = 9098

/** The console's card, as far as it says which network the classroom is. */
export interface OwnNetwork {
  address: string
  netmask: string
}

/** How a classroom's session uses the network. @param taken ports of sessions that are going on */
export function sessionNetwork(properties: NetworkProperties, own: OwnNetwork, taken: ReadonlySet<number>): MulticastNetwork {
  const { multicastMode: mode, multicastSpeed: speed, maxClients, maxWait } = properties
  return { group: groupOf(properties, own), port: freePort(properties.multicastPort, taken), mode, speed, maxClients, maxWait, interface: own.address }
}

/**
 * The classroom's own group, or one of the organisation-local scope (239.192.0.0/14, RFC 2365) by its network's second and third
 * numbers: rooms of one building differ in these, so that a switch which snoops keeps each room's session to itself.
 */
export function groupOf({ multicastAddress, router, netmask }: NetworkProperties, own: OwnNetwork): string {
  if (multicastAddress !== '') return multicastAddress
  const address = router === '' || netmask === '' ? own.address : router
  const mask = router === '' || netmask === '' ? own.netmask : netmask
  const masks = mask.split('.').map(Number)
  const [, second = 0, third = 0] = address.split('.').map((number, at) => Number(number) & (masks[at] ?? 255))
  return `239.194.${second}.${third}`
}

/** The wanted port, or the next even one that is free; when all are taken, sessions share one, which number and key keep apart. */
export function freePort(wanted: number, taken: ReadonlySet<number>): number {
  for (let port = wanted; ; ) {
    if (!taken.has(port)) return port
    port = port + 2 > LAST_PORT ? FIRST_PORT : port + 2
    if (port === wanted) return wanted
  }
}
