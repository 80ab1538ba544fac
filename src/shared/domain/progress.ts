import { z } from 'zod'

/**
 * One sample of how far something slow has come. `done` and `total` are bytes of the phase's own
 * work (plain bytes of the partition for a restore); `rate` is bytes per second over the last few
 * seconds; `secondsLeft` is absent while it cannot be known.
 */
export const Progress = z.object({
  phase: z.string().max(40),
  done: z.number().nonnegative(),
  total: z.number().nonnegative(),
  rate: z.number().nonnegative(),
  secondsLeft: z.number().nonnegative().optional(),
})
export type Progress = z.infer<typeof Progress>

/** What every slow function takes: a way to stop it, and a listener for its progress. */
export interface SlowOptions {
  signal?: AbortSignal | undefined
  onProgress?: ((progress: Progress) => void) | undefined
}

/** 0–100, whole; a phase without a total counts as not started. */
export function percent(progress: Pick<Progress, 'done' | 'total'>): number {
  return progress.total > 0 ? Math.min(100, Math.floor((progress.done / progress.total) * 100)) : 0
}
