import { Worker } from 'node:worker_threads'

/**
 * What a thread runs: a script in a string, because the agent and the packaged console are bundled and have no file for it. Each
 * frame costs V8 1.5 MB of memory that it cannot see into, and every 64 MB of that a collection of all that its isolate has: a
 * sixth of a capture's processor time where that is a whole program, next to nothing in here.
 */
const SCRIPT = `
const { parentPort } = require('node:worker_threads')
const { constants, zstdCompressSync } = require('node:zlib')
parentPort.on('message', ({ plain, frame, length, level }) => {
  const compressed = zstdCompressSync(new Uint8Array(plain, 0, length), {
    params: { [constants.ZSTD_c_compressionLevel]: level }, pledgedSrcSize: length, chunkSize: Math.max(length, 64),
  })
  if (compressed.length < length) new Uint8Array(frame).set(compressed)
  parentPort.postMessage(compressed.length)
})
`

/** Memory that threads see without a copy: plain bytes, and the frame that is made of them. */
export interface FrameBuffers {
  plain: SharedArrayBuffer
  frame: SharedArrayBuffer
}

/** Compresses, one frame after another, in a thread that lives as long as the process and does not keep it alive. */
export class CompressThread {
  readonly #worker = new Worker(SCRIPT, { eval: true })
  /** In the order in which the thread answers. */
  readonly #jobs: PromiseWithResolvers<number>[] = []

  constructor() {
    this.#worker.on('message', (length: number) => this.#next()?.resolve(length))
    this.#worker.on('error', (error: Error) => {
      for (let job = this.#next(); job; job = this.#next()) job.reject(error)
    })
    this.#worker.unref() // last: a listener is a reference too, which one without work would never lose
  }

  get jobs(): number {
    return this.#jobs.length
  }

  /** @returns bytes of the frame; it is there only when it has fewer than the plain bytes */
  compress(buffers: FrameBuffers, length: number, level: number): Promise<number> {
    const job = Promise.withResolvers<number>()
    this.#jobs.push(job)
    this.#worker.ref()
    const task = { ...buffers, length, level }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, not a window
    this.#worker.postMessage(task)
    return job.promise
  }

  #next(): PromiseWithResolvers<number> | undefined {
    const job = this.#jobs.shift()
    if (this.#jobs.length === 0) this.#worker.unref()
    return job
  }
}
