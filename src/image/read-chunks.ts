import { BLOCK } from '#shared/formats/chunk-table.ts'
import { chunkEnd, MAX_BLOCKS } from './chunker.ts'
import type { Extent } from './extents.ts'
import type { Packing } from './packing.ts'
import type { SourceReader } from './source-reader.ts'
import type { CallOptions } from './store.ts'

/** Bytes that are read at a time. */
const WINDOW = 4 * 1024 * 1024
/** What a window may leave undecided goes in front of the next one. */
const CARRY = MAX_BLOCKS * BLOCK

export interface ReadChunksOptions extends CallOptions {
  packing?: Packing | undefined
}

export interface ReadChunk {
  /** Where it lies on the device. */
  offset: number
  /** Valid until the next chunk is asked for: the buffer is used again. */
  bytes: Uint8Array
}

/** Cuts extents into chunks; no chunk reaches over the end of an extent. The next window is read while this one is used. */
export async function* readChunks(
  source: Pick<SourceReader, 'read'>, extents: readonly Extent[], options: ReadChunksOptions = {},
): AsyncGenerator<ReadChunk> {
  const buffers = [Buffer.allocUnsafeSlow(CARRY + WINDOW), Buffer.allocUnsafeSlow(CARRY + WINDOW)] as const
  const windows = windowsOf(extents)
  let turn = 0
  const start = (): Reading | undefined => {
    const window = windows.next().value
    if (!window) return undefined
    turn = 1 - turn
    const buffer = buffers[turn]!
    const done = source.read(buffer.subarray(CARRY, CARRY + window.length), window.offset)
    done.catch(() => undefined) // looked at when its turn comes; the consumer may have gone by then
    return { ...window, buffer, done }
  }
  let carried: Uint8Array = new Uint8Array()
  for (let reading = start(); reading; ) {
    options.signal?.throwIfAborted()
    await reading.done
    const { buffer, offset, length, last } = reading
    buffer.set(carried, CARRY - carried.length)
    const from = CARRY - carried.length
    const bytes = buffer.subarray(from, CARRY + length)
    const next = start()
    let at = 0
    for (let end = chunkEnd(bytes, at, last, options.packing); end > 0; end = chunkEnd(bytes, at, last, options.packing)) {
      yield { offset: offset - carried.length + at, bytes: bytes.subarray(at, end) }
      at = end
    }
    carried = bytes.subarray(at)
    reading = next
  }
}

interface Window extends Extent {
  /** Whether its extent ends with it. */
  last: boolean
}

interface Reading extends Window {
  buffer: Buffer
  done: Promise<void>
}

function* windowsOf(extents: readonly Extent[]): Generator<Window, undefined> {
  for (const extent of extents) {
    for (let at = 0; at < extent.length; at += WINDOW) {
      const length = Math.min(WINDOW, extent.length - at)
      yield { offset: extent.offset + at, length, last: at + length === extent.length }
    }
  }
  return undefined
}
