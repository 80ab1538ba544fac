import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { malformed } from '#shared/formats/bytes.ts'

/**
 * What a stream of node:zlib makes of a source; it works on libuv's threads.
 * @throws `corruptImage` what zlib finds wrong · what the source throws
 */
export async function* transformed(source: AsyncIterable<Uint8Array>, transform: Transform, what: string): AsyncGenerator<Uint8Array> {
  const done = pipeline(source, transform)
  done.catch(() => undefined) // looked at below; the consumer may have gone by then
  try {
    for await (const piece of transform as AsyncIterable<Uint8Array>) yield piece
    await done
  } catch (cause) {
    throw isZlibError(cause) ? malformed(what, cause.message) : cause
  }
}

/** zlib's own codes; what a source throws passes through it unchanged. */
function isZlibError(cause: unknown): cause is Error {
  return cause instanceof Error && !(cause instanceof ClonaulaError) && 'code' in cause && /^(Z_|ZSTD_|ERR_ZLIB)/.test(String(cause.code))
}
