/** What goes to a thread that compresses: memory that it sees without a copy, the plain bytes of blobs, and the frames that are made of them. */
export interface CompressJob {
  /** Blobs, one after another. */
  plain: SharedArrayBuffer
  /** As long as `plain`. */
  frames: SharedArrayBuffer
  /** Plain bytes of each blob. */
  lengths: number[]
  /** Of zstd. */
  level: number
}

/** What became of each blob of a job: bytes of its frame; 0 where that would be no shorter than the plain bytes. */
export type CompressAnswer = number[]

/**
 * Makes one zstd frame of each blob of a job. They are put into `frames` one after another, those that are worth it.
 *
 * A stream that ends a frame with each write works in the same memory all the time (zstd's own work is done on libuv's threads).
 * `zstdCompressSync` takes a mebibyte of new memory for each frame, which Node frees only when V8 collects what holds it, and V8 does not
 * see it: with frames of 64 KiB that is 100 MB more, or a fifth of the time for collections (measured). What is left to collect are the
 * pieces in which a stream gives what it made; they are young, and a minor collection, which takes less than a millisecond, frees them.
 */
export const COMPRESS_SCRIPT = `
require('node:v8').setFlagsFromString('--expose-gc')
const collect = require('node:vm').runInNewContext('gc')
const { parentPort } = require('node:worker_threads')
const { constants, createZstdCompress } = require('node:zlib')

const PIECE = 256 * 1024
const COLLECT_EVERY = 8 * 1024 * 1024
const streams = new Map()
let made = []
let uncollected = 0

function makeStream(level) {
  const params = { [constants.ZSTD_c_compressionLevel]: level }
  const stream = createZstdCompress({ flush: constants.ZSTD_e_end, chunkSize: PIECE, params })
  stream.on('data', (bytes) => made.push(bytes))
  streams.set(level, stream)
  return stream
}

async function frameOf(plain, level) {
  const stream = streams.get(level) ?? makeStream(level)
  made = []
  await new Promise((resolve, reject) => stream.write(plain, (error) => error ? reject(error) : resolve()))
  return made
}

async function compress({ plain, frames, lengths, level }) {
  const target = Buffer.from(frames)
  const answer = []
  let from = 0
  let to = 0
  for (const length of lengths) {
    const frame = await frameOf(Buffer.from(plain, from, length), level)
    const size = frame.reduce((sum, part) => sum + part.length, 0)
    if (size < length) for (const part of frame) to += part.copy(target, to)
    answer.push(size < length ? size : 0)
    from += length
    uncollected += size
  }
  if (uncollected >= COLLECT_EVERY) {
    collect({ type: 'minor' })
    uncollected = 0
  }
  return answer
}

let last = Promise.resolve()
parentPort.on('message', (job) => {
  last = last.then(async () => parentPort.postMessage(await compress(job)))
})
`
