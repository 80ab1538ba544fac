import { FRAME_MEMORY } from './frame-memory.ts'

/** What goes to a thread that compresses: memory that it sees without a copy, the plain bytes, and the frame that is made of them. */
export interface CompressJob {
  plain: SharedArrayBuffer
  frame: SharedArrayBuffer
  /** Plain bytes. */
  length: number
  /** Of zstd. */
  level: number
}

/**
 * Makes one zstd frame of each job, and answers with its length; it is in `frame` only when it is shorter than the plain bytes.
 *
 * Each frame costs V8 1.5 MB of memory that it cannot see into, and every 64 MB of that a collection of all that its isolate has: a
 * sixth of a capture's processor time where that is a whole program, next to nothing in here.
 */
export const COMPRESS_SCRIPT = `${FRAME_MEMORY}
const { parentPort } = require('node:worker_threads')
const { constants, zstdCompressSync } = require('node:zlib')
parentPort.on('message', ({ plain, frame, length, level }) => {
  const compressed = zstdCompressSync(new Uint8Array(plain, 0, length), {
    params: { [constants.ZSTD_c_compressionLevel]: level }, pledgedSrcSize: length, chunkSize: Math.max(length, 64),
  })
  if (compressed.length < length) compressed.copy(Buffer.from(frame))
  parentPort.postMessage(compressed.length)
  frameDone()
})
`
