/** The thread that decompresses: reads files, and posts plain bytes as fast as they are taken. See in-thread.ts. */
import { openSync, closeSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { toErrorRecord } from '#shared/domain/errors.ts'
import { ByteSource, type Decompressor } from './byte-source.ts'
import { bzip2 } from './bzip2.ts'
import type { FromThread, ThreadCompression, ThreadTask } from './in-thread.ts'
import { lz4 } from './lz4.ts'
import { lzip } from './lzip.ts'
import { lzmaAlone } from './lzma-alone.ts'
import { lzop } from './lzop.ts'
import { xz } from './xz.ts'

const DECOMPRESSORS: Readonly<Record<ThreadCompression, Decompressor>> = { bzip2, lz4, lzip, lzma: lzmaAlone, lzop, xz }
const WINDOW = 1024 * 1024

/** Files one after another. */
function reader(paths: readonly string[]): () => Uint8Array {
  const buffer = Buffer.allocUnsafeSlow(WINDOW)
  let next = 0
  let file: number | undefined
  return () => {
    for (;;) {
      const path = paths[next]
      if (file === undefined && path === undefined) return buffer.subarray(0, 0)
      file ??= openSync(path!, 'r')
      const length = readSync(file, buffer, 0, WINDOW, null)
      if (length > 0) return buffer.subarray(0, length)
      closeSync(file)
      file = undefined
      next += 1
    }
  }
}

function post(message: FromThread, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer)
}

const { paths, compression, credit } = workerData as ThreadTask
const input = new ByteSource(reader(paths), compression)
try {
  for (const piece of DECOMPRESSORS[compression](input)) {
    Atomics.wait(credit, 0, 0) // until what was posted is taken
    Atomics.sub(credit, 0, 1)
    const bytes = piece.byteLength === piece.buffer.byteLength ? piece : piece.slice()
    post({ bytes, read: input.position }, [bytes.buffer as ArrayBuffer])
  }
  post({ read: input.position })
} catch (error) {
  post({ error: toErrorRecord(error) })
}
