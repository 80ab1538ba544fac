/** Throws revisions away, has them back, and empties the trash: never under what is being captured or restored. */
import type { PurgeView, TrashedView } from '#shared/contract/views.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ImageId } from '#shared/domain/ids.ts'
import type { Inventory } from '../inventory/index.ts'
import type { Announcer } from '../operations/announcer.ts'
import { makesRevision, readsRevision, type OperationTask } from '../operations/task.ts'
import type { Log } from '../platform/log.ts'
import { reconcile } from './reconcile.ts'
import type { Revisions } from './revision.ts'

export interface Curator {
  /** @throws `locked` the trash is being emptied: nothing may be captured or restored meanwhile */
  checkOpen(): void
  /** Into the trash. @throws `notFound` · `locked` it is being restored or brought into a CACHE, or anything is being captured */
  remove(image: ImageId, number: number): Promise<void>
  trash(): TrashedView[]
  /** Out of the trash. @throws `notFound` · `locked` */
  putBack(image: ImageId, number: number): Promise<void>
  plan(): Promise<PurgeView>
  /** For good. @throws `planChanged` · `locked` anything is being captured, restored or brought into a CACHE */
  empty(plan: string): Promise<{ bytes: number }>
  /** A capture has ended. */
  captured(): void
  /** Follows what others have done to the repository: `clonaula image capture`, `trash`, `purge` … on its folder. */
  follow(): Promise<void>
}

export interface CuratorParts {
  inventory: Inventory
  revisions: Revisions
  announce: Pick<Announcer, 'images'>
  log: Pick<Log, 'warn'>
}

export function createCurator({ inventory, revisions, announce, log }: CuratorParts): Curator {
  const { images, operations } = inventory
  let emptying = false
  /** There was more to follow than could be. */
  let behind = false
  /** One thing at a time: the repository is its alone. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }
  /** @throws `locked` something that runs, or waits to run, does that */
  function checkNobody(uses: (task: OperationTask) => boolean, params: { image?: string } = {}): void {
    if (operations.unfinished().some(({ task }) => uses(task))) throw new ClonaulaError('locked', 'the repository is in use', params)
  }

  const isCapturing = (): boolean => operations.unfinished().some(({ task }) => makesRevision(task))

  return {
    checkOpen() {
      if (emptying) throw new ClonaulaError('locked', 'the trash is being emptied')
    },
    remove: (id, number) => inTurn(async () => {
      const { name, revisions: found } = images.get(id)
      if (!found.some((revision) => revision.number === number)) throw new ClonaulaError('notFound', `no ${name}@${number}`, { what: `${name}@${number}` })
      checkNobody(makesRevision)
      checkNobody((task) => readsRevision(task) && task.image === name && task.revision === number, { image: name })
      await revisions.trash({ image: name, number })
      images.setTrashed(id, number, true)
      announce.images()
    }),
    trash: () => images.trash(),
    putBack: (id, number) => inTurn(async () => {
      const { name } = images.get(id)
      checkNobody(makesRevision)
      await revisions.putBack({ image: name, number })
      images.setTrashed(id, number, false)
      announce.images()
    }),
    plan: () => inTurn(async () => {
      const { id, revisions: gone, givenBack } = await revisions.planPurge()
      return { plan: id, revisions: gone, bytes: givenBack }
    }),
    empty: (plan) => inTurn(async () => {
      checkNobody((task) => makesRevision(task) || readsRevision(task))
      emptying = true
      try {
        const { givenBack } = await revisions.purge({ id: plan })
        return { bytes: givenBack }
      } finally {
        // Also after a failure half-way: what has happened has happened.
        await reconcile({ images, revisions, log })
        emptying = false
        announce.images()
      }
    }),
    follow: () => inTurn(async () => {
      // A revision of our own is in the repository a moment before it is in the inventory.
      if (isCapturing() || !(behind || (await revisions.changed()))) return
      const { changed, again } = await reconcile({ images, revisions, log })
      behind = again
      if (changed) announce.images()
      if (!isCapturing()) await revisions.release()
    }),
    captured() {
      if (isCapturing()) return
      revisions.release().catch((error: unknown) => log.warn({ err: error }, 'repository stays locked'))
    },
  }
}
