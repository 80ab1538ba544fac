/** What people ask of computers: checked, written to the inventory, and handed to the runner. */
import type { CallArgs } from '#shared/contract/console.ts'
import type { OperationView, RestorePlanRow, RevisionView } from '#shared/contract/views.ts'
import { partitionDevice, type Disk, type DiskTarget } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ComputerId, OperationId } from '#shared/domain/ids.ts'
import { planRestore, type PlannedImage } from '#shared/domain/restore-plan.ts'
import { notFound } from '../inventory/constraints.ts'
import type { Inventory } from '../inventory/index.ts'
import type { OperationRecord } from '../inventory/operations.ts'
import type { Curator } from '../repository/curator.ts'
import type { Announcer } from './announcer.ts'
import type { Runner } from './runner.ts'
import { capturedKind, type OperationTask } from './task.ts'
import type { Views } from './views.ts'

export interface Requests {
  /** @throws `notFound` · `noAgent` · `maintenance` · `partition` no such source · `nameTaken` · `locked` the trash is being emptied */
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
  runner: Runner
  views: Views
  announce: Pick<Announcer, 'operation'>
  curator: Pick<Curator, 'checkOpen'>
}

interface Order { computer: ComputerId; task: OperationTask; refusal?: ClonaulaError | undefined }

export function createRequests({ inventory, runner, views, announce, curator }: RequestParts): Requests {
  const { computers, images, operations } = inventory

  const create = ({ computer, task }: Order, requestedBy: string): OperationRecord =>
    operations.create({ computerId: computer, computerName: computers.get(computer).name, task, requestedBy })

  /** All are written before the first one runs. */
  function launch(orders: readonly Order[], who: string): OperationView[] {
    const created = inventory.atomically(() => orders.map((order) => ({ ...order, operation: create(order, who) })))
    for (const { operation, refusal } of created) {
      if (refusal) runner.refuse(operation, refusal)
      else announce.operation(operation.id)
    }
    runner.dispatch(...created.map(({ computer }) => computer))
    return created.map(({ operation }) => views.operation(operation.id))
  }

  function chosen({ image, revision }: CallArgs<'restore.plan'>): PlannedImage & { revision: RevisionView } {
    const { name, kind, revisions } = images.get(image)
    const found = revision === undefined ? revisions.at(-1) : revisions.find(({ number }) => number === revision)
    if (!found) throw notFound(`${name} ${revision ?? ''}`.trim())
    return { name, kind, revision: found }
  }

  function rows(request: CallArgs<'restore.plan'>, image: PlannedImage): RestorePlanRow[] {
    return [...new Set(request.computers)].map((id) => planRestore(views.computer(id), image, request))
  }

  function notReady(id: ComputerId): ClonaulaError | undefined {
    const { state, name } = views.computer(id)
    if (state === 'maintenance') return new ClonaulaError('maintenance', `${name} is in maintenance`)
    if (state !== 'waiting' && state !== 'busy') return new ClonaulaError('noAgent', `${name} is ${state}`)
    return undefined
  }

  return {
    capture({ computer, name, ...asked }, who) {
      const { source } = asked
      const task: OperationTask = { kind: 'capture', image: name, ...asked }
      curator.checkOpen()
      const refusal = notReady(computer)
      if (refusal) throw refusal
      checkSource(views.computer(computer).hardware?.disks ?? [], source)
      images.checkName(name, capturedKind(task))
      const { id } = create({ computer, task }, who)
      announce.operation(id)
      runner.dispatch(computer)
      return views.operation(id)
    },
    plan: (request) => rows(request, chosen(request)),
    restore(request, who) {
      curator.checkOpen()
      const image = chosen(request)
      const { computers: _, ...asked } = request
      const task: OperationTask = {
        kind: 'restore', ...asked, image: image.name, revision: image.revision.number, manifest: image.revision.manifest,
      }
      return launch(rows(request, image).map(({ computerId: computer, refusal }) => ({
        computer, task, refusal: refusal && new ClonaulaError(refusal.result, 'refused by the plan', refusal.params),
      })), who)
    },
    power: (ids, kind, who) =>
      launch([...new Set(ids)].map((computer) => ({ computer, task: { kind }, refusal: notReady(computer) })), who),
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
