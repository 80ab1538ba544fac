import type { Encoding } from '#shared/formats/pack.ts'
import { FRAME_MEMORY } from './frame-memory.ts'

/** A blob, where it is stored and where its plain bytes have to go. */
export interface BlobToDecode {
  encoding: Encoding
  at: number
  length: number
  plainAt: number
  plainLength: number
}

/** What goes to a thread that decodes and checks: memory that it sees without a copy. */
export interface CheckJob {
  /** Blobs as they are stored; absent when the plain bytes are there already. */
  stored?: SharedArrayBuffer
  blobs: BlobToDecode[]
  plain: SharedArrayBuffer
  /** For each chunk two numbers: where it begins in the plain bytes, and its length. */
  chunks: Uint32Array
  /** The hash that each of them should have, one after another. */
  digests: Uint8Array
}

export interface CheckAnswer {
  /** Number of the first blob that cannot be decoded to its length; what follows it was not looked at. */
  damaged?: number
  /** Numbers of the chunks that have another hash. */
  wrong: number[]
}

/**
 * Decodes blobs and compares the hashes of chunks. In a thread for the same reason as compressing: each frame is memory that
 * V8 cannot see into, and a third of a restore's processor time went into collecting it where the isolate is a whole program.
 *
 * A longer result than the blob may have is an error before it is in memory (the limit has to be at least 1). The output is produced
 * in one piece, and has one byte more than is needed: when a piece is full, zlib makes another one to see whether anything follows.
 */
export const CHECK_SCRIPT = `${FRAME_MEMORY}
const { parentPort } = require('node:worker_threads')
const { hash } = require('node:crypto')
const { zstdDecompressSync } = require('node:zlib')

function decode({ encoding, at, length, plainLength }, stored) {
  const bytes = Buffer.from(stored, at, length)
  if (encoding === 'stored') return bytes
  return zstdDecompressSync(bytes, { maxOutputLength: Math.max(plainLength, 1), chunkSize: Math.max(plainLength + 1, 64) })
}

function fill({ stored, blobs, plain }) {
  const target = Buffer.from(plain)
  for (const [number, blob] of blobs.entries()) {
    try {
      if (decode(blob, stored).copy(target, blob.plainAt) !== blob.plainLength) return number
    } catch {
      return number
    }
    frameDone(blob.plainLength)
  }
  return undefined
}

function isWrong({ plain, chunks, digests }, chunk) {
  const digest = hash('sha256', new Uint8Array(plain, chunks[2 * chunk], chunks[2 * chunk + 1]), 'buffer')
  return digest.compare(digests, chunk * 32, (chunk + 1) * 32) !== 0
}

parentPort.on('message', (job) => {
  const damaged = fill(job)
  const wrong = []
  if (damaged === undefined) for (let chunk = 0; 2 * chunk < job.chunks.length; chunk += 1) if (isWrong(job, chunk)) wrong.push(chunk)
  parentPort.postMessage({ damaged, wrong })
})
`
