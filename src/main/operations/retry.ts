/** What a computer's last order failed to do, as it may be asked for again. */
import type { DeployRetry, RestoreRetry, RetryView } from '#shared/contract/views.ts'
import { transferOf, type DeployCommand } from '#shared/domain/deploy/deploy-command.ts'
import { encodeCommand } from '#shared/domain/deploy/deploy-text.ts'
import { isFinished } from '#shared/domain/operation.ts'
import type { WriteOptions } from '#shared/domain/restore-options.ts'
import type { OperationRecord, OperationStore } from '../inventory/operations.ts'
import { deploymentOf, isPower, readsRevision, type OperationTask, type RestoreTask, type UpdateCacheTask } from './task.ts'

type Operations = Pick<OperationStore, 'queued' | 'latestWork' | 'ofDeployment'>

/** Given what a computer runs, or ran last: what is to be done again. Nothing while anything runs there or waits. */
export type Retries = (latest: OperationRecord) => RetryView | undefined

/**
 * A restore as it was asked for; of a deployment, the first command that failed and all behind it, whatever became of those: what
 * went well may have been written onto a disk that the failed one was to make.
 */
export function createRetries(operations: Operations): Retries {
  /** By an operation that is over and has nothing behind it: lists of computers ask every time. */
  const known = new WeakMap<OperationRecord, RetryView | 'none'>()

  function retryOf(latest: OperationRecord): RetryView | undefined {
    const last = isPower(latest.task) ? operations.latestWork(latest.computerId) : latest
    if (!last || !readsRevision(last.task)) return undefined
    if (last.task.deployment) return deployRetry(orderWith(operations, last))
    return last.state === 'failed' && last.task.kind === 'restore' ? restoreRetry(last.task) : undefined
  }

  return (latest) => {
    if (!isFinished(latest.state) || operations.queued(latest.computerId).length > 0) return undefined
    const retry = known.get(latest) ?? retryOf(latest) ?? 'none'
    known.set(latest, retry)
    return retry === 'none' ? undefined : retry
  }
}

function restoreRetry(task: RestoreTask): RestoreRetry {
  const { image, revision, volume, target, method, asked = method } = task
  return { kind: 'restore', image, revision, ...(volume !== undefined && { volume }), target, method: asked, options: writeOptions(task) }
}

/** All commands of a deployment on a computer, by one of them. */
function orderWith(operations: Operations, one: OperationRecord): OperationRecord[] {
  const id = deploymentOf(one.task)
  return id === undefined ? [one] : operations.ofDeployment(one.computerId, id)
}

function deployRetry(order: readonly OperationRecord[]): DeployRetry | undefined {
  const failed = order.findIndex(({ state }) => state === 'failed')
  if (failed < 0) return undefined
  const tasks = order.slice(failed).map(({ task }) => task).filter(readsRevision)
  const [first] = tasks
  const restore = tasks.find(isRestore)
  return first && {
    kind: 'deploy',
    image: first.image,
    commands: tasks.map((task) => encodeCommand(commandOf(task))).join('\n'),
    ...(restore && { options: writeOptions(restore) }),
  }
}

/** The command that a deployment's task came from, with the revision that it was to bring. */
function commandOf(task: RestoreTask | UpdateCacheTask): DeployCommand {
  const { image: name, revision, deployment } = task
  const options = deployment?.options ?? {}
  if (task.kind === 'updateCache') return { kind: 'updateCache', image: { name, revision }, transfer: transferOf(task.method), options }
  const { volume, target, method } = task
  return { kind: 'deployImage', image: { name, revision, ...(volume !== undefined && { volume }) }, target, transfer: transferOf(method), options }
}

function writeOptions({ delta, verify, discard, postconfigure, restart, deployment }: RestoreTask): WriteOptions {
  return { delta, verify, discard, postconfigure, restart: deployment?.restart ?? restart }
}

function isRestore(task: OperationTask): task is RestoreTask {
  return task.kind === 'restore'
}
