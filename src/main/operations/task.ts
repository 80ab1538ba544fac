/**
 * What an operation is to do, as it was asked for: kept with it, so that it can be sent to its agent again. What an agent
 * is told no more than what was asked for is kept as its command.
 */
import { z } from 'zod'
import { PowerCommand } from '#shared/contract/agent.ts'
import { FormatCacheCommand, OrderText, PrepareCacheCommand } from '#shared/contract/cache-commands.ts'
import { MethodUse } from '#shared/domain/automatic-change.ts'
import { ProtocolOptions } from '#shared/domain/deploy/protocol-options.ts'
import { DiskTarget } from '#shared/domain/disk.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import { CaptureOptions, ImageName, type ImageKind } from '#shared/domain/image.ts'
import { CacheMethod, RestoreMethod } from '#shared/domain/method.ts'
import { RestoreOptions } from '#shared/domain/restore-options.ts'

export const CaptureTask = z.object({
  kind: z.literal('capture'),
  source: DiskTarget,
  image: ImageName,
  description: z.string(),
  /** Into the computer's own CACHE, to be published later, instead of the repository. */
  intoCache: z.boolean().default(false),
  ...CaptureOptions.shape,
})
export type CaptureTask = z.infer<typeof CaptureTask>

/**
 * A command of a deployment, as text, and what it says of the network. `id`: its plan's name, the same for all that was started with
 * it. `restart`: whether the system was to be started at the end, which the last restore of each computer does; absent: as that says.
 */
const Deployment = z.object({ id: Sha256Hex.optional(), command: OrderText, options: ProtocolOptions, restart: z.boolean().optional() })

export const RestoreTask = z.object({
  kind: z.literal('restore'),
  target: DiskTarget,
  image: ImageName,
  revision: z.number().int().positive(),
  manifest: Sha256Hex,
  volume: z.number().int().positive().optional(),
  /** How its data really comes, whatever was asked for. */
  ...MethodUse.shape,
  /** What was asked for, where that is another method. */
  asked: RestoreMethod.optional(),
  ...RestoreOptions.shape,
  postconfigure: z.boolean(),
  /** Start the restored system afterwards. */
  restart: z.boolean(),
  /** Where a deployment asked for it. */
  deployment: Deployment.optional(),
})
export type RestoreTask = z.infer<typeof RestoreTask>

export const UpdateCacheTask = z.object({
  kind: z.literal('updateCache'),
  image: ImageName,
  revision: z.number().int().positive(),
  manifest: Sha256Hex,
  ...MethodUse.shape,
  method: CacheMethod,
  deployment: Deployment.optional(),
})
export type UpdateCacheTask = z.infer<typeof UpdateCacheTask>

/** `image` is for those who read it: the manifest says what goes. */
export const DeleteCachedTask = z.object({ kind: z.literal('deleteCached'), manifest: Sha256Hex, image: z.string() })
export type DeleteCachedTask = z.infer<typeof DeleteCachedTask>

/** Makes a revision of what was captured into a CACHE. */
export const PublishCachedTask = z.object({ kind: z.literal('publishCached'), manifest: Sha256Hex, image: ImageName, description: z.string() })
export type PublishCachedTask = z.infer<typeof PublishCachedTask>

export const OperationTask = z.discriminatedUnion('kind', [
  CaptureTask, RestoreTask, UpdateCacheTask, DeleteCachedTask, PublishCachedTask, PrepareCacheCommand, FormatCacheCommand, PowerCommand,
])
export type OperationTask = z.infer<typeof OperationTask>

/** Whether it takes a revision out of the repository, which has to stay there meanwhile. */
export function readsRevision(task: OperationTask): task is RestoreTask | UpdateCacheTask {
  return task.kind === 'restore' || task.kind === 'updateCache'
}

/** Whether both were started as commands of one deployment. */
export function areOfOneDeployment(one: OperationTask, other: OperationTask): boolean {
  const id = deploymentOf(one)
  return id !== undefined && id === deploymentOf(other)
}

/** Which deployment's command it is. */
export function deploymentOf(task: OperationTask): Sha256Hex | undefined {
  return readsRevision(task) ? task.deployment?.id : undefined
}

/** Whether it is over when its computer is gone, and does nothing to its disks. */
export function isPower(task: OperationTask): boolean {
  return task.kind === 'restart' || task.kind === 'shutdown'
}

/** Whether it adds a revision to the repository, which nothing may be taken out of meanwhile. */
export function makesRevision(task: OperationTask): task is CaptureTask | PublishCachedTask {
  return task.kind === 'publishCached' || (task.kind === 'capture' && !task.intoCache)
}

/** A capture of a partition gives the image of a partition; of a whole disk, that of a disk. */
export function capturedKind({ source }: Pick<CaptureTask, 'source'>): ImageKind {
  return source.partition === undefined ? 'disk' : 'partition'
}
