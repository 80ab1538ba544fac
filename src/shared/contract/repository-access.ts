import { z } from 'zod'

/** Secrets are 32 random bytes in base64url. */
export const Secret = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** Where an agent reads and writes image data, and the token that lets this operation do so. */
export const RepositoryAccess = z.object({ url: z.url(), token: Secret })
export type RepositoryAccess = z.infer<typeof RepositoryAccess>
