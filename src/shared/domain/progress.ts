import { z } from 'zod'

/** What a transfer over the network looks like now; what does not apply to its way of transfer is absent. */
export const NetworkFigures = z.object({
  /** Bytes per second over the last few seconds: that come in, and that go out to other computers. */
  received: z.number().nonnegative(),
  sent: z.number().nonnegative().optional(),
  /** Connected computers of the swarm, and how many of them have all. */
  peers: z.number().int().nonnegative().optional(),
  seeds: z.number().int().nonnegative().optional(),
  /** Datagrams of a multicast so far: that were lost, and that came again. */
  lost: z.number().int().nonnegative().optional(),
  repaired: z.number().int().nonnegative().optional(),
  /** Bytes so far that came by unicast, because the multicast or the swarm did not bring them. */
  unicast: z.number().nonnegative().optional(),
})
export type NetworkFigures = z.infer<typeof NetworkFigures>

/** Why a transfer does not get on: nobody to ask; nobody has what is missing; those who have it send nothing; the console sees no progress. */
export const StallReason = z.enum(['no-peers', 'not-available', 'no-data', 'silent'])
export type StallReason = z.infer<typeof StallReason>

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
  network: NetworkFigures.optional(),
  /** Nothing has come for a while, and why. */
  stalled: StallReason.optional(),
})
export type Progress = z.infer<typeof Progress>

/** Phases that count bytes as they move; others go by steps, or cannot be measured, and may rest for minutes on one of them. */
const MOVING: ReadonlySet<string> = new Set(['capture', 'transfer', 'receive', 'check', 'hash', 'scan', 'restore', 'verify'])

/** Whether its bytes ought to be moving. One that has all of them may have other things to wait for. */
export function canStall({ phase, done, total }: Progress): boolean {
  return MOVING.has(phase) && done < total
}

/** What every slow function takes: a way to stop it, and a listener for its progress. */
export interface SlowOptions {
  signal?: AbortSignal | undefined
  onProgress?: ((progress: Progress) => void) | undefined
}

/** 0–100, whole; a phase without a total counts as not started. */
export function percent(progress: Pick<Progress, 'done' | 'total'>): number {
  return progress.total > 0 ? Math.min(100, Math.floor((progress.done / progress.total) * 100)) : 0
}
