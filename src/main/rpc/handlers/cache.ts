import type { Handlers } from '#shared/contract/rpc.ts'
import type { CacheRequests } from '../../operations/cache-requests.ts'

type CacheCalls = 'cache.update' | 'cache.prepare' | 'cache.format' | 'cache.delete' | 'cache.publish'

export function cacheHandlers(requests: CacheRequests): Pick<Handlers, CacheCalls> {
  return {
    'cache.update': (request, { name }) => requests.update(request, name),
    'cache.prepare': (request, { name }) => requests.prepare(request, name),
    'cache.format': (request, { name }) => requests.format(request, name),
    'cache.delete': (request, { name }) => requests.delete(request, name),
    'cache.publish': (request, { name }) => requests.publish(request, name),
  }
}
