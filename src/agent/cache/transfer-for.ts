import { assertNever } from '#shared/domain/errors.ts'
import type { CacheMethod } from '#shared/domain/method.ts'
import type { CacheStore } from '#image/cache/cache-store.ts'
import type { PackTransfer } from '#image/cache/pack-transfer.ts'
import type { ChunkSource } from '#image/index.ts'
import { Throttle } from '#transfer/throttle.ts'
import type { OperationContext } from '../operation.ts'
import { declineMulticast } from '../transfer/multicast-part.ts'
import type { UpdateRequest } from './cache-update.ts'
import { multicastTransfer } from './multicast.ts'
import type { Sharing } from './sharing.ts'
import { TorrentTransfer } from './torrent.ts'
import { unicastTransfer } from './unicast.ts'

export interface TransferParts {
  source: ChunkSource
  /** The manifest's bytes, which are right. */
  manifest: () => Promise<Uint8Array>
  store: () => CacheStore
  context: OperationContext
}

/** How packs come. */
export interface Way {
  method: CacheMethod
  bring: PackTransfer
  /** Says that nothing is lacking, where others would wait to bring it together. */
  decline?: () => void
}

/** How packs come, and what is done for others with them. */
export interface Transfer extends Way {
  /** For those few of one computer that are found damaged. */
  mending: Way
  sharing?: Sharing
}

/** How packs come by a method. */
export function transferFor(request: Pick<UpdateRequest, 'manifest' | 'method' | 'rate' | 'repository'>, parts: TransferParts): Transfer {
  const { source, context } = parts
  const { method, rate, repository } = request
  const throttle = rate === undefined ? undefined : new Throttle(rate)
  const unicast = unicastTransfer({ source, throttle })
  const alone: Way = { method: 'UNICAST-CACHE', bring: unicast }
  switch (method) {
    case 'UNICAST-CACHE':
      return { ...alone, mending: alone }
    case 'MULTICAST-CACHE':
      return {
        method, bring: multicastTransfer({ source, repository, unicast, context }), decline: () => declineMulticast(context), mending: alone,
      }
    case 'TORRENT-CACHE': {
      const torrent = new TorrentTransfer({ request, unicast, throttle, ...parts })
      const swarm: Way = { method, bring: (job) => torrent.bring(job) }
      return { ...swarm, mending: swarm, sharing: torrent }
    }
    default:
      return assertNever(method)
  }
}
