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

/**
 * How a capture takes a filesystem. `filesystem`: cleaned and shrunk first, then what is in use · `used`: what is in use, as it is ·
 * `sector`: everything. What has no filesystem that is known is taken sector by sector in any of them.
 */
export const CaptureMode = z.enum(['filesystem', 'used', 'sector'])
export type CaptureMode = z.infer<typeof CaptureMode>

/** How a capture is to be done. `clean` and `shrink` touch the source, and say nothing in any mode but `filesystem`. */
export const CaptureOptions = z.object({
  mode: CaptureMode.default('filesystem'),
  /** Take away what the source's system makes anew: page files, temporary folders. */
  clean: z.boolean().default(true),
  /** Make filesystems as small as their data while they are read: the image then fits smaller targets. */
  shrink: z.boolean().default(true),
})
export type CaptureOptions = z.infer<typeof CaptureOptions>
