/** Passwords as scrypt keys (RFC 7914): slow and large on purpose, with a salt of each one's own. */
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'

/** scrypt's N, r and p. */
export interface ScryptParameters { cost: number; blockSize: number; parallelization: number }

export interface PasswordHash extends ScryptParameters { salt: Buffer; hash: Buffer }

/** 32 MiB and about 0.1 s a login; raising them later changes only passwords that are set from then on. */
export const SCRYPT: ScryptParameters = { cost: 2 ** 15, blockSize: 8, parallelization: 1 }

const HASH_BYTES = 32
const SALT_BYTES = 16

export async function hashPassword(password: string, parameters: ScryptParameters = SCRYPT): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES)
  return { ...parameters, salt, hash: await derive(password, salt, parameters) }
}

export async function checkPassword(password: string, known: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, known.salt, known), known.hash)
}

function derive(password: string, salt: Buffer, { cost, blockSize, parallelization }: ScryptParameters): Promise<Buffer> {
  // The same letters typed on another keyboard may come as other code points (RFC 8265, 4.2).
  const text = password.normalize('NFC')
  const options: ScryptOptions = { cost, blockSize, parallelization, maxmem: 256 * cost * blockSize }
  return new Promise((resolve, reject) => {
    scrypt(text, salt, HASH_BYTES, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}
