/** The network properties as a form's texts, and back through the schema that the console checks with. */
import { NetworkProperties } from '#shared/domain/classroom.ts'

export type NetworkField = keyof NetworkProperties
export type NetworkTexts = Record<NetworkField, string>

/** How a room is sent to by multicast, and how its computers exchange pieces. */
export const MULTICAST_FIELDS = ['multicastAddress', 'multicastPort', 'multicastMode', 'multicastSpeed', 'maxClients', 'maxWait'] as const satisfies readonly NetworkField[]
export const P2P_FIELDS = ['p2pMode', 'p2pTime'] as const satisfies readonly NetworkField[]

export function toTexts(properties: NetworkProperties): NetworkTexts {
  const { dns, multicastPort, multicastSpeed, maxClients, maxWait, p2pTime } = properties
  return {
    ...properties,
    dns: dns.join(', '),
    multicastPort: String(multicastPort),
    multicastSpeed: String(multicastSpeed),
    maxClients: String(maxClients),
    maxWait: String(maxWait),
    p2pTime: String(p2pTime),
  }
}

/** The properties, or the fields that are wrong. */
export function fromTexts(texts: NetworkTexts): { properties: NetworkProperties } | { wrong: ReadonlySet<NetworkField> } {
  const parsed = NetworkProperties.safeParse({
    ...texts,
    dns: texts.dns.split(/[\s,]+/).filter((address) => address !== ''),
    multicastPort: numberOf(texts.multicastPort),
    multicastSpeed: numberOf(texts.multicastSpeed),
    maxClients: numberOf(texts.maxClients),
    maxWait: numberOf(texts.maxWait),
    p2pTime: numberOf(texts.p2pTime),
  })
  if (parsed.success) return { properties: parsed.data }
  const fields = parsed.error.issues.map(({ path }) => path[0]).filter((field): field is NetworkField => String(field) in texts)
  return { wrong: new Set(fields) }
}

/** Nothing, or anything but a number, is no number: the default must not slip in for it. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}
