const MODULUS = 65_521
/** Bytes after which the sums have to be reduced so as not to leave 32 bits (zlib's NMAX). */
const REDUCE = 5552

/** Adler-32 (RFC 1950, 8.2). */
export function adler32(bytes: Uint8Array): number {
  let a = 1
  let b = 0
  for (let start = 0; start < bytes.length; start += REDUCE) {
    const end = Math.min(start + REDUCE, bytes.length)
    for (let at = start; at < end; at += 1) {
      a += bytes[at]!
      b += a
    }
    a %= MODULUS
    b %= MODULUS
  }
  return ((b << 16) | a) >>> 0
}
