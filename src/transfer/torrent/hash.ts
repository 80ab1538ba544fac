import { webcrypto } from 'node:crypto'

/** SHA-1, computed by a thread of libuv's pool: a piece takes milliseconds, which the event loop does not have. */
export async function sha1(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await webcrypto.subtle.digest('SHA-1', bytes))
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

/** A hash as it is in names of files, addresses and messages. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
