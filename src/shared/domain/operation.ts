import { z } from 'zod'

export const OperationKind = z.enum([
  'capture', 'restore', 'updateCache', 'deleteCached', 'publishCached', 'prepareCache', 'formatCache', 'restart', 'shutdown',
])
export type OperationKind = z.infer<typeof OperationKind>

/** `queued` → `running` → one of the last three; nothing ever leaves those. */
export const OperationState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled'])
export type OperationState = z.infer<typeof OperationState>

export function isFinished(state: OperationState): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'cancelled'
}

/** What an operation moved, in bytes, as the agent counted it. */
export const Figures = z.object({
  /** Plain bytes read from the local disk. */
  bytesRead: z.number().int().nonnegative().default(0),
  /** Bytes received from the network, as sent (compressed). */
  bytesReceived: z.number().int().nonnegative().default(0),
  /** Bytes sent to the network, as sent (compressed). */
  bytesSent: z.number().int().nonnegative().default(0),
  /** Plain bytes written to the local disk. */
  bytesWritten: z.number().int().nonnegative().default(0),
  /** Plain bytes that a restore found in their place already; absent where nobody looked. */
  bytesKept: z.number().int().nonnegative().optional(),
})
export type Figures = z.infer<typeof Figures>
