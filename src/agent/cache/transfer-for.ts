import type { CacheOptions } from '#shared/contract/cache-commands.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { RestoreMethod } from '#shared/domain/method.ts'
import type { PackTransfer } from '#image/cache/pack-transfer.ts'
import type { ChunkSource } from '#image/index.ts'
import { Throttle } from '#transfer/throttle.ts'
import { unicastTransfer } from './unicast.ts'

/** How packs come by a method. @throws `methodUnavailable` */
export function transferFor({ method, rate }: Pick<CacheOptions, 'rate'> & { method: RestoreMethod }, source: ChunkSource): PackTransfer {
  if (method !== 'UNICAST-CACHE') {
    throw new ClonaulaError('methodUnavailable', `this agent does not bring images by ${method}`, { method })
  }
  return unicastTransfer({ source, throttle: rate === undefined ? undefined : new Throttle(rate) })
}
