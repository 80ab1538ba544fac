import { assertNever } from '#shared/domain/errors.ts'
import type { CacheStore } from '#image/cache/cache-store.ts'
import type { PackTransfer } from '#image/cache/pack-transfer.ts'
import type { ChunkSource } from '#image/index.ts'
import { Throttle } from '#transfer/throttle.ts'
import type { OperationContext } from '../operation.ts'
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

/** How packs come, and what is done for others with them. */
export interface Transfer {
  bring: PackTransfer
  sharing?: Sharing
}

/** How packs come by a method. */
export function transferFor(request: Pick<UpdateRequest, 'manifest' | 'method' | 'rate' | 'repository'>, parts: TransferParts): Transfer {
  const { source, context } = parts
  const { method, rate, repository } = request
  const throttle = rate === undefined ? undefined : new Throttle(rate)
  const unicast = unicastTransfer({ source, throttle })
  switch (method) {
    case 'UNICAST-CACHE':
      return { bring: unicast }
    case 'MULTICAST-CACHE':
      return { bring: multicastTransfer({ source, repository, unicast, context }) }
    case 'TORRENT-CACHE': {
      const torrent = new TorrentTransfer({ request, unicast, throttle, ...parts })
      return { bring: (job) => torrent.bring(job), sharing: torrent }
    }
    default:
      return assertNever(method)
  }
}
