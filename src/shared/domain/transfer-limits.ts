import { z } from 'zod'

/** How much of the network the console may take to send images over HTTP and as a seed of TORRENT, to all the computers together. */
export const TransferLimits = z.object({
  /** Mbit/s; absent: as fast as the network takes them. */
  unicastSpeed: z.number().int().min(1).max(100_000).optional(),
  /** Computers that it sends to over HTTP at the same moment; the others have their turn next. */
  unicastClients: z.number().int().min(1).max(1000).default(16),
})
export type TransferLimits = z.infer<typeof TransferLimits>

/** Bytes per second. */
export function bytesPerSecond(megabits: number): number {
  return (megabits * 1e6) / 8
}
