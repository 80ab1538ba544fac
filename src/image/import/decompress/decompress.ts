import { open } from 'node:fs/promises'
import { fileError } from '../../repository/files.ts'
import { refuse } from '../problem.ts'
import { gzip } from './gzip.ts'
import { decompressInThread } from './in-thread.ts'
import { SNIFFED, sniffCompression, type Compression } from './sniff.ts'
import { zstd } from './zstd.ts'

const WINDOW = 1024 * 1024

export interface PlainOptions {
  signal?: AbortSignal | undefined
  /** Bytes of the files that were read. */
  onRead?: (bytes: number) => void
}

export interface Plain {
  compression: Compression
  /** Plain bytes; whoever takes them may stop at any time. */
  bytes: AsyncIterable<Uint8Array>
}

/**
 * The plain bytes of a file, or of the parts of one, one after another.
 * @throws `image` compressed by lrzip · `notFound`, `noWriteAccess`, `diskError` · `corruptImage` while bytes are taken
 */
export async function openPlain(paths: readonly string[], options: PlainOptions = {}): Promise<Plain> {
  const compression = sniffCompression(await headOf(paths))
  const { onRead = () => {} } = options
  return { compression, bytes: stoppable(plainBytes(paths, compression, onRead), options.signal) }
}

function plainBytes(paths: readonly string[], compression: Compression, onRead: (bytes: number) => void): AsyncIterable<Uint8Array> {
  if (compression === 'plain') return fileBytes(paths, onRead)
  if (compression === 'gzip') return gzip(fileBytes(paths, onRead))
  if (compression === 'zstd') return zstd(fileBytes(paths, onRead))
  if (compression === 'lrzip') throw refuse('lrzip', `${paths[0]} is compressed by lrzip`)
  return decompressInThread(paths, compression, onRead)
}

async function* stoppable(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    signal?.throwIfAborted()
    yield piece
  }
}

/** The first bytes of the first file, or all there are. */
async function headOf(paths: readonly string[]): Promise<Uint8Array> {
  for await (const piece of fileBytes(paths.slice(0, 1), () => {}, SNIFFED)) return piece
  return new Uint8Array()
}

async function* fileBytes(paths: readonly string[], onRead: (bytes: number) => void, window = WINDOW): AsyncGenerator<Uint8Array> {
  for (const path of paths) {
    const file = await open(path).catch((cause: unknown) => {
      throw fileError(path, cause)
    })
    try {
      for (;;) {
        const buffer = Buffer.allocUnsafeSlow(window)
        const { bytesRead } = await file.read(buffer, 0, window)
        if (bytesRead === 0) break
        onRead(bytesRead)
        yield buffer.subarray(0, bytesRead)
      }
    } catch (cause) {
      throw fileError(path, cause)
    } finally {
      await file.close()
    }
  }
}
