import { Worker } from 'node:worker_threads'
import { fromErrorRecord, type ErrorRecord } from '#shared/domain/errors.ts'
import { threadFile } from '../../thread-file.ts'
import type { Compression } from './sniff.ts'

/** Those that are ours, and heavy; node:zlib has threads of its own. */
export type ThreadCompression = Exclude<Compression, 'plain' | 'gzip' | 'zstd' | 'lrzip'>

/** What the thread is given. */
export interface ThreadTask {
  paths: readonly string[]
  compression: ThreadCompression
  /** Pieces that it may still post before one is taken. */
  credit: Int32Array
}

/** What it posts. `read`: compressed bytes that were read so far; without `bytes` it is the end. */
export type FromThread = { bytes?: Uint8Array; read: number } | { error: ErrorRecord }

/** Pieces (of 64 MiB at most, usually 256 KiB) that wait between the threads. */
const PIECES = 4

/** Decompresses files in a thread of its own. @throws `corruptImage` · what cannot be read */
export async function* decompressInThread(
  paths: readonly string[], compression: ThreadCompression, onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const credit = new Int32Array(new SharedArrayBuffer(4))
  credit[0] = PIECES
  const task: ThreadTask = { paths, compression, credit }
  const worker = new Worker(threadFile(import.meta.url, './thread.ts', 'decompress'), { workerData: task })
  const inbox: FromThread[] = []
  let wake = (): void => {}
  let failure: Error | undefined
  worker.on('message', (message: FromThread) => {
    inbox.push(message)
    wake()
  })
  worker.on('error', (error: Error) => {
    failure = error
    wake()
  })
  try {
    for (let read = 0; ; ) {
      const message = inbox.shift()
      if (message === undefined) {
        if (failure) throw failure
        await new Promise<void>((resolve) => (wake = resolve))
        continue
      }
      if ('error' in message) throw fromErrorRecord(message.error)
      onRead(message.read - read)
      read = message.read
      if (!message.bytes) return
      Atomics.add(credit, 0, 1)
      Atomics.notify(credit, 0)
      yield message.bytes
    }
  } finally {
    await worker.terminate()
  }
}
