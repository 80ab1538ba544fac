import { hash, subtle } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { MAX_BLOB } from '#shared/formats/pack.ts'
import { decodeManifest, encodeManifest, type Manifest, type ManifestTools } from '#shared/formats/manifest.ts'
import { CHECK_SCRIPT, type CheckAnswer, type CheckJob } from './check-thread.ts'
import { COMPRESS_SCRIPT, type CompressAnswer, type CompressJob } from './compress-thread.ts'
import { PACKING } from './packing.ts'
import { ThreadPool } from './thread-pool.ts'

const compressAsync = promisify(zstdCompress)
const decompressAsync = promisify(zstdDecompress)

/** The least that zlib takes as the size of its output buffer. */
const MIN_OUTPUT = 64

/**
 * Frames that are compressed or decompressed at a time, on libuv's pool of four threads: two are left for
 * files. Packs, reads and requests in flight are bounded by it too.
 */
export const PARALLEL = 2

/** Synchronous: 1.5 GB/s here, less for one chunk than handing it to another thread would take. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash('sha256', bytes, 'buffer')
}

/** As `sha256`, on another thread: worth its 80 µs (measured) for a megabyte or more. */
export async function sha256Aside(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await subtle.digest('SHA-256', bytes))
}

/** One zstd frame, made off the event loop. */
export async function compress(plain: Uint8Array): Promise<Uint8Array> {
  // A known size lets zstd take the smaller tables that suffice for it.
  return compressAsync(plain, { params: { [constants.ZSTD_c_compressionLevel]: PACKING.level }, pledgedSrcSize: plain.length })
}

const compressing = new ThreadPool<CompressJob, CompressAnswer>(COMPRESS_SCRIPT, PARALLEL)
const checking = new ThreadPool<CheckJob, CheckAnswer>(CHECK_SCRIPT, PARALLEL)

/**
 * Makes one zstd frame of each of some blobs, in a thread.
 * @returns bytes of each frame; 0 where there is none because it would have no fewer than the plain bytes
 */
export async function compressAside(job: CompressJob): Promise<CompressAnswer> {
  return compressing.run(job)
}

/** Decodes blobs and looks at the hashes of chunks, in a thread. */
export async function checkAside(job: CheckJob): Promise<CheckAnswer> {
  return checking.run(job)
}

/** @throws `corruptImage` for bytes that are not zstd, or that would be longer than `plainLength`. */
export async function decompress(stored: Uint8Array, plainLength: number): Promise<Uint8Array> {
  try {
    // A longer result is an error before it is in memory (the limit has to be at least 1). The output is produced
    // in one piece: by default it would come in pieces of 16 KiB that are then joined. One byte more than is needed: when
    // a piece is full, zlib makes another one to see whether anything follows (20 % of the time, measured).
    const chunkSize = Math.max(MIN_OUTPUT, Math.min(plainLength, MAX_BLOB) + 1)
    return await decompressAsync(stored, { maxOutputLength: Math.max(plainLength, 1), chunkSize })
  } catch (cause) {
    throw new ClonaulaError('corruptImage', 'compressed data is damaged', {}, { cause })
  }
}

const tools: ManifestTools = { sha256, compress, decompress }

export async function packManifest(manifest: Manifest): Promise<Uint8Array> {
  return encodeManifest(manifest, tools)
}

/** @throws `corruptImage` */
export async function readManifest(bytes: Uint8Array): Promise<Manifest> {
  return decodeManifest(bytes, tools)
}
