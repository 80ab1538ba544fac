/** What people ask of computers' CACHEs. */
import type { CallArgs } from '#shared/contract/console.ts'
import type { OperationView } from '#shared/contract/views.ts'
import { chooseMethod, type EngineRules } from '#shared/domain/automatic-change.ts'
import type { CachedImage } from '#shared/domain/cache.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ComputerId, Sha256Hex } from '#shared/domain/ids.ts'
import { notFound } from '../inventory/constraints.ts'
import type { Inventory } from '../inventory/index.ts'
import type { Curator } from '../repository/curator.ts'
import { cacheRoom, chooseRevision } from './chosen-image.ts'
import type { Order, Orders } from './orders.ts'
import type { OperationTask } from './task.ts'
import type { Views } from './views.ts'

/** Those for several computers make one operation for each; computers that cannot get one that failed with the reason. */
export interface CacheRequests {
  /** @throws `notFound` no such image, revision or computer · `locked` the trash is being emptied */
  update(request: CallArgs<'cache.update'>, who: string): OperationView[]
  prepare(request: CallArgs<'cache.prepare'>, who: string): OperationView[]
  format(request: CallArgs<'cache.format'>, who: string): OperationView[]
  delete(request: CallArgs<'cache.delete'>, who: string): OperationView[]
  /** @throws `notFound` no such computer, or image in its CACHE · `noAgent` · `maintenance` · `invalidRequest` nobody said what it is called · `locked` */
  publish(request: CallArgs<'cache.publish'>, who: string): OperationView
}

export interface CacheRequestParts {
  inventory: Inventory
  views: Views
  orders: Orders
  curator: Pick<Curator, 'checkOpen'>
  rules: () => EngineRules
}

export function createCacheRequests({ inventory, views, orders, curator, rules }: CacheRequestParts): CacheRequests {
  const forEach = (computers: readonly ComputerId[], who: string, orderOf: (computer: ComputerId) => Omit<Order, 'computer'>): OperationView[] =>
    orders.launch([...new Set(computers)].map((computer) => {
      const { task, refusal } = orderOf(computer)
      return { computer, task, refusal: orders.notReady(computer) ?? refusal }
    }), who)
  const plainly = (computers: readonly ComputerId[], task: OperationTask, who: string): OperationView[] =>
    forEach(computers, who, () => ({ task }))

  const cachedOn = (computer: ComputerId, manifest: Sha256Hex): CachedImage | undefined =>
    views.computer(computer).hardware?.cache?.images.find((each) => each.manifest === manifest)

  return {
    update({ computers, image, revision, method }, who) {
      curator.checkOpen()
      const { name, revision: { number, manifest } } = chooseRevision(inventory.images.get(image), revision)
      return forEach(computers, who, (computer) => {
        const task = { kind: 'updateCache', image: name, revision: number, manifest, method } as const
        const cache = cacheRoom(inventory, views.computer(computer), manifest)
        try {
          // Nothing else than what was asked for: an order to fill the CACHE has no other way to be carried out.
          const use = chooseMethod({ command: 'restore', method, cache, rules: { ...rules(), noCache: 'NONE' } })
          return { task: { ...task, ...use, method } }
        } catch (error) {
          if (!(error instanceof ClonaulaError)) throw error
          return { task, refusal: error }
        }
      })
    },
    prepare: ({ computers, disk, size }, who) =>
      plainly(computers, { kind: 'prepareCache', disk, ...(size !== undefined && { size }) }, who),
    format: ({ computers }, who) => plainly(computers, { kind: 'formatCache' }, who),
    delete: ({ computers, manifest }, who) => forEach(computers, who, (computer) => {
      const cached = cachedOn(computer, manifest)
      return { task: { kind: 'deleteCached', manifest, image: cached?.name ?? '' } }
    }),
    publish({ computer, manifest, name, description }, who) {
      curator.checkOpen()
      const refusal = orders.notReady(computer)
      if (refusal) throw refusal
      const cached = cachedOn(computer, manifest)
      if (!cached) throw notFound(`${manifest.slice(0, 12)} in the CACHE`)
      const image = name ?? cached.name
      if (image === undefined) throw new ClonaulaError('invalidRequest', 'it has no name', { problem: 'name' })
      const [operation] = orders.launch([{ computer, task: { kind: 'publishCached', manifest, image, description } }], who)
      if (!operation) throw notFound(`computer ${computer}`)
      return operation
    },
  }
}
