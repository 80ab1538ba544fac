import type { Sha256Hex } from '../domain/ids.ts'

/** Bytes of a SHA-256. */
export const DIGEST_LENGTH = 32

/** SHA-256 as the platform provides it; pure code is given one. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function toHex(digest: Uint8Array): Sha256Hex {
  let text = ''
  for (const byte of digest) text += HEX[byte]
  return text
}

/** @param hex an even number of hexadecimal digits, checked by whoever let it in (`Sha256Hex`). */
export function fromHex(hex: Sha256Hex): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16))
}
