import { z } from 'zod'

/** How a restore writes. */
export const RestoreOptions = z.object({
  /**
   * Compare with what the target holds, and fetch and write only what differs. On by default: a classroom that is deployed again
   * costs its differences, and of a target that holds something else no more than a sample is read.
   */
  delta: z.boolean().default(true),
  /** Read back what was written before it counts as restored. */
  verify: z.boolean().default(false),
  /** Tell the disk which of its blocks the image leaves unused (TRIM). */
  discard: z.boolean().default(false),
})
export type RestoreOptions = z.infer<typeof RestoreOptions>

/** How a restore writes, and what follows. */
export const WriteOptions = z.object({
  ...RestoreOptions.shape,
  /** Set the host name from the inventory and mend the boot loader. */
  postconfigure: z.boolean().default(true),
  /** Start the restored system when all is done. */
  restart: z.boolean().default(false),
})
export type WriteOptions = z.infer<typeof WriteOptions>
