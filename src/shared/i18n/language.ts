import { z } from 'zod'

/** Spanish first: it is what most of the rooms speak. */
export const Language = z.enum(['es', 'en'])
export type Language = z.infer<typeof Language>
