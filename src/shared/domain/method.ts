import { z } from 'zod'
import { ClonaulaError } from './errors.ts'

/** How image data reaches a computer. `direct`: straight into the partition; `cache`: by way of the local CACHE. */
export const RestoreMethod = z.enum([
  'UNICAST-DIRECT', 'UNICAST-CACHE', 'MULTICAST-DIRECT', 'MULTICAST-CACHE', 'TORRENT-CACHE',
])
export type RestoreMethod = z.infer<typeof RestoreMethod>

/** Those that go by way of the CACHE. */
export const CacheMethod = RestoreMethod.extract(['UNICAST-CACHE', 'MULTICAST-CACHE', 'TORRENT-CACHE'])
export type CacheMethod = z.infer<typeof CacheMethod>

/** Methods that this version carries out; the others are refused with a sentence. */
export const AVAILABLE_METHODS: readonly RestoreMethod[] = [
  'UNICAST-DIRECT', 'UNICAST-CACHE', 'MULTICAST-DIRECT', 'MULTICAST-CACHE', 'TORRENT-CACHE',
]

/** @throws ClonaulaError `methodUnavailable` this version does not carry it out */
export function checkAvailable(method: RestoreMethod): void {
  if (!AVAILABLE_METHODS.includes(method)) throw new ClonaulaError('methodUnavailable', `no restore by ${method}`, { method })
}
