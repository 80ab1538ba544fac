import { z } from 'zod'

const ipv4 = z.ipv4()
const empty = z.literal('')

/**
 * How a room's network is to be used. Defaults are those of OpenGnsys, so that a migrated classroom
 * behaves as before.
 */
export const NetworkProperties = z.object({
  router: z.union([ipv4, empty]).default(''),
  netmask: z.union([ipv4, empty]).default(''),
  dns: z.array(ipv4).max(4).default([]),
  ntp: z.string().max(255).default(''),
  proxy: z.string().max(255).default(''),
  /** Organisation-local group (RFC 2365), e.g. 239.194.x.y; empty: derived from the classroom's network. */
  multicastAddress: z.union([ipv4.refine((ip) => Number(ip.split('.')[0]) >>> 4 === 14), empty]).default(''),
  /** Even, 9000–9098: the next odd port belongs to the same session. */
  multicastPort: z.number().int().min(9000).max(9098).multipleOf(2).default(9000),
  multicastMode: z.enum(['full-duplex', 'half-duplex']).default('full-duplex'),
  /** Mbit/s. */
  multicastSpeed: z.number().int().min(1).max(10_000).default(70),
  maxClients: z.number().int().min(1).max(1000).default(50),
  /** Seconds. */
  maxWait: z.number().int().min(1).max(3600).default(60),
  p2pMode: z.enum(['peer', 'leecher', 'seeder']).default('peer'),
  /** Seconds that a client goes on seeding after it has everything. */
  p2pTime: z.number().int().min(0).max(86_400).default(60),
})
export type NetworkProperties = z.infer<typeof NetworkProperties>

export const defaultNetworkProperties: NetworkProperties = NetworkProperties.parse({})
