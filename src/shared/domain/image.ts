import { z } from 'zod'

/**
 * An image's name: what people type and see, also a folder of the repository, so no separators, no
 * leading dot and no trailing dot or space (Windows consoles).
 */
export const ImageName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._()+-]*$/u)
  .refine((name) => !/[. ]$/.test(name))
export type ImageName = z.infer<typeof ImageName>

/** What an image holds: one partition, or a disk with its table, boot areas and partitions. */
export const ImageKind = z.enum(['partition', 'disk'])
export type ImageKind = z.infer<typeof ImageKind>

/** How the sectors to keep were chosen: the filesystem's own map, or every sector. */
export const CaptureMode = z.enum(['used', 'sector'])
export type CaptureMode = z.infer<typeof CaptureMode>
