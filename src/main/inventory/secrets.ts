/** Tokens and sessions: random, said once, kept only as a hash. */
import { createHash, randomBytes } from 'node:crypto'

/** 32 random bytes in base64url: the contract's `Secret`. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** SHA-256 without salt is enough for what has 256 random bits, and lets a table be searched by it. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
