import { assertNever, ClonaulaError } from '#shared/domain/errors.ts'
import type { PackTransfer } from '#image/cache/pack-transfer.ts'
import type { ChunkSource } from '#image/index.ts'
import { Throttle } from '#transfer/throttle.ts'
import type { OperationContext } from '../operation.ts'
import type { UpdateRequest } from './cache-update.ts'
import { multicastTransfer } from './multicast.ts'
import { unicastTransfer } from './unicast.ts'

/** How packs come by a method. @throws `methodUnavailable` */
export function transferFor(
  { method, rate, repository }: Pick<UpdateRequest, 'method' | 'rate' | 'repository'>, source: ChunkSource, context: OperationContext,
): PackTransfer {
  const unicast = unicastTransfer({ source, throttle: rate === undefined ? undefined : new Throttle(rate) })
  switch (method) {
    case 'UNICAST-CACHE':
      return unicast
    case 'MULTICAST-CACHE':
      return multicastTransfer({ source, repository, unicast, context })
    case 'TORRENT-CACHE':
    case 'UNICAST-DIRECT':
    case 'MULTICAST-DIRECT':
      throw new ClonaulaError('methodUnavailable', `this agent does not bring images by ${method}`, { method })
    default:
      return assertNever(method)
  }
}
