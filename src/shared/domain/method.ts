import { z } from 'zod'

/** How image data reaches a computer. `direct`: straight into the partition; `cache`: by way of the local CACHE. */
export const RestoreMethod = z.enum([
  'UNICAST-DIRECT', 'UNICAST-CACHE', 'MULTICAST-DIRECT', 'MULTICAST-CACHE', 'TORRENT-CACHE',
])
export type RestoreMethod = z.infer<typeof RestoreMethod>

/** Those that go by way of the CACHE. */
export const CacheMethod = RestoreMethod.extract(['UNICAST-CACHE', 'MULTICAST-CACHE', 'TORRENT-CACHE'])
export type CacheMethod = z.infer<typeof CacheMethod>

/** Straight into the partition: what a CACHE holds does not matter. */
export function isDirect(method: RestoreMethod): method is Exclude<RestoreMethod, CacheMethod> {
  return !CacheMethod.options.some((each) => each === method)
}
