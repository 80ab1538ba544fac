/** What an operation is to do, as it was asked for: kept with it, so that it can be sent to its agent again. */
import { z } from 'zod'
import { DiskTarget } from '#shared/domain/disk.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import { CaptureOptions, ImageName, type ImageKind } from '#shared/domain/image.ts'
import { RestoreMethod } from '#shared/domain/method.ts'
import { RestoreOptions } from '#shared/domain/restore-options.ts'

export const CaptureTask = z.object({
  kind: z.literal('capture'),
  source: DiskTarget,
  image: ImageName,
  description: z.string(),
  ...CaptureOptions.shape,
})
export type CaptureTask = z.infer<typeof CaptureTask>

export const RestoreTask = z.object({
  kind: z.literal('restore'),
  target: DiskTarget,
  image: ImageName,
  revision: z.number().int().positive(),
  manifest: Sha256Hex,
  volume: z.number().int().positive().optional(),
  method: RestoreMethod,
  ...RestoreOptions.shape,
  postconfigure: z.boolean(),
  /** Start the restored system afterwards. */
  restart: z.boolean(),
})
export type RestoreTask = z.infer<typeof RestoreTask>

export const PowerTask = z.object({ kind: z.enum(['restart', 'shutdown']) })

export const OperationTask = z.discriminatedUnion('kind', [CaptureTask, RestoreTask, PowerTask])
export type OperationTask = z.infer<typeof OperationTask>

/** A capture of a partition gives the image of a partition; of a whole disk, that of a disk. */
export function capturedKind({ source }: Pick<CaptureTask, 'source'>): ImageKind {
  return source.partition === undefined ? 'disk' : 'partition'
}
