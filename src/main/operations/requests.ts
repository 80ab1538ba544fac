/** What people ask of computers: checked, written to the inventory, and handed to the runner. */
import type { CallArgs } from '#shared/contract/console.ts'
import type { OperationView, RestorePlanRow } from '#shared/contract/views.ts'
import type { EngineRules } from '#shared/domain/automatic-change.ts'
import type { TransferLimits } from '#shared/domain/transfer-limits.ts'
import { partitionDevice, type Disk, type DiskTarget } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ComputerId, OperationId } from '#shared/domain/ids.ts'
import { isDirect } from '#shared/domain/method.ts'
import { planRestore } from '#shared/domain/restore-plan.ts'
import { notFound } from '../inventory/constraints.ts'
import type { Inventory } from '../inventory/index.ts'
import type { Curator } from '../repository/curator.ts'
import { cacheRoom, chooseRevision, type ChosenImage } from './chosen-image.ts'
import { createEstimates } from './estimates.ts'
import type { Orders } from './orders.ts'
import type { Runner } from './runner.ts'
import { capturedKind, makesRevision, type OperationTask } from './task.ts'
import type { Views } from './views.ts'

export interface Requests {
  /** @throws `notFound` · `noAgent` · `maintenance` · `partition` no such source · `noCache` · `nameTaken` · `locked` the trash is being emptied */
  capture(args: CallArgs<'images.capture'>, who: string): OperationView
  /** @throws `notFound` no such image, revision or computer */
  plan(request: CallArgs<'restore.plan'>): RestorePlanRow[]
  /** One operation for each computer, those that the plan refuses included. @throws as `plan` */
  restore(request: CallArgs<'restore.start'>, who: string): OperationView[]
  power(computers: readonly ComputerId[], kind: 'restart' | 'shutdown', who: string): OperationView[]
  cancel(id: OperationId, who: string): OperationView
}

export interface RequestParts {
  inventory: Inventory
  runner: Pick<Runner, 'cancel'>
  views: Views
  orders: Orders
  curator: Pick<Curator, 'checkOpen'>
  /** What computers do that cannot use the method that was asked for. */
  rules: () => EngineRules
  /** How much of the network the console takes to send images. */
  limits: () => TransferLimits
}

export function createRequests({ inventory, runner, views, orders, curator, rules, limits }: RequestParts): Requests {
  const { images } = inventory
  const withEstimates = createEstimates({ inventory, views, limits })

  const chosenImage = ({ image, revision }: CallArgs<'restore.plan'>): ChosenImage => chooseRevision(images.get(image), revision)

  function rows(request: CallArgs<'restore.plan'>, image: ChosenImage): RestorePlanRow[] {
    const engine = rules()
    return [...new Set(request.computers)].map((id) => {
      const computer = views.computer(id)
      const cache = isDirect(request.method) ? undefined : cacheRoom(inventory, computer, image.revision.manifest)
      return planRestore(computer, image, request, { command: 'restore', cache, rules: engine })
    })
  }

  return {
    capture({ computer, name, ...asked }, who) {
      const { source } = asked
      const task: OperationTask = { kind: 'capture', image: name, ...asked }
      if (makesRevision(task)) curator.checkOpen()
      const refusal = orders.notReady(computer)
      if (refusal) throw refusal
      const { hardware } = views.computer(computer)
      checkSource(hardware?.disks ?? [], source)
      if (asked.intoCache && !hardware?.cache) throw new ClonaulaError('noCache', 'nothing to capture into')
      images.checkName(name, capturedKind(task))
      const [operation] = orders.launch([{ computer, task }], who)
      if (!operation) throw notFound(`computer ${computer}`)
      return operation
    },
    plan(request) {
      const image = chosenImage(request)
      return withEstimates(rows(request, image), image.revision)
    },
    restore(request, who) {
      curator.checkOpen()
      const image = chosenImage(request)
      const { computers: _, ...asked } = request
      const { number: revision, manifest } = image.revision
      return orders.launch(rows(request, image).map(({ computerId: computer, use, refusal }) => ({
        computer,
        task: { kind: 'restore', ...asked, ...use, ...(use?.changed && { asked: request.method }), image: image.name, revision, manifest },
        refusal: refusal && new ClonaulaError(refusal.result, 'refused by the plan', refusal.params),
      })), who)
    },
    power: (ids, kind, who) =>
      orders.launch([...new Set(ids)].map((computer) => ({ computer, task: { kind }, refusal: orders.notReady(computer) })), who),
    cancel(id, who) {
      runner.cancel(id, who)
      return views.operation(id)
    },
  }
}

/** What the agent would say too, after a wait in the queue. */
function checkSource(disks: readonly Disk[], { disk: number, partition }: DiskTarget): void {
  const disk = disks.find((each) => each.number === number)
  const there = disk && (partition === undefined || disk.partitions.some((each) => each.number === partition))
  if (there) return
  const target = disk && partition !== undefined ? partitionDevice(disk.device, partition) : String(number)
  throw new ClonaulaError('partition', `no ${target}`, { target })
}
