/** gzip's members (RFC 1952), as many as there are. */
import { createGunzip } from 'node:zlib'
import { transformed } from './transformed.ts'

/** Plain bytes that come at a time. */
const PIECE = 256 * 1024

/** @throws `corruptImage` */
export function gzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return transformed(source, createGunzip({ chunkSize: PIECE }), 'gzip')
}
