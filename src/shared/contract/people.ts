/** Who may ask something of the console. */
import { z } from 'zod'

/** Each role can do what the ones before it can. */
export const ROLES = ['viewer', 'technician', 'administrator'] as const
export type Role = (typeof ROLES)[number]

export const UserName = z.string().trim().regex(/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u)
/** Long rather than strange (NIST SP 800-63B, 3.1.1.2). */
export const Password = z.string().min(10).max(1024)
