import type { Handlers } from '#shared/contract/rpc.ts'
import type { Images } from '../../inventory/images.ts'
import type { Requests } from '../../operations/requests.ts'
import type { Curator } from '../../repository/curator.ts'

type ImageCalls = 'images.list' | 'images.capture' | 'images.remove' | 'trash.list' | 'trash.putBack' | 'trash.plan' | 'trash.empty'

export function imageHandlers(images: Images, requests: Requests, curator: Curator): Pick<Handlers, ImageCalls> {
  return {
    'images.list': () => images.list(),
    'images.capture': (args, { name }) => requests.capture(args, name),
    'images.remove': async ({ id, revision }) => {
      await curator.remove(id, revision)
      return null
    },
    'trash.list': () => curator.trash(),
    'trash.putBack': async ({ id, revision }) => {
      await curator.putBack(id, revision)
      return null
    },
    'trash.plan': () => curator.plan(),
    'trash.empty': ({ plan }) => curator.empty(plan),
  }
}
