import { BLOCK } from '#shared/formats/chunk-table.ts'
import { alignedBuffer } from './aligned-buffer.ts'
import { chunkEnd, MAX_BLOCKS } from './chunker.ts'
import type { Extent } from './extents.ts'
import type { Packing } from './packing.ts'
import type { SourceReader } from './source-reader.ts'
import type { CallOptions } from './store.ts'

/** Bytes that are read at a time, at most. */
const WINDOW = 2 * 1024 * 1024
/** What a window may leave undecided goes in front of the next one; whole pages, so that those begin at one. */
const CARRY = MAX_BLOCKS * BLOCK

export interface ReadChunksOptions extends CallOptions {
  packing?: Packing | undefined
  /** Reads that are under way while something is cut; 1 unless said, for sources that give their bytes in order only. */
  ahead?: number
}

export interface ReadChunk {
  /** Where it lies on the device. */
  offset: number
  /** Valid until the next chunk is asked for: the buffer is used again. */
  bytes: Uint8Array
}

/** Cuts extents into chunks; no chunk reaches over the end of an extent. The next windows are read while this one is used. */
export async function* readChunks(
  source: Pick<SourceReader, 'read'>, extents: readonly Extent[], { signal, packing, ahead = 1 }: ReadChunksOptions = {},
): AsyncGenerator<ReadChunk> {
  const windows = windowsOf(extents)
  const underWay: Reading[] = []
  const spare: Buffer[] = []
  const readAhead = (): void => {
    while (underWay.length < ahead) {
      const window = windows.next().value
      if (!window) return
      const buffer = spare.pop() ?? alignedBuffer(CARRY + WINDOW)
      const done = source.read(buffer.subarray(CARRY, CARRY + window.length), window.offset)
      done.catch(() => undefined) // looked at when its turn comes; the consumer may have gone by then
      underWay.push({ ...window, buffer, done })
    }
  }
  readAhead()
  let carried: Uint8Array = new Uint8Array()
  let used: Buffer | undefined
  for (let reading = underWay.shift(); reading; reading = underWay.shift()) {
    signal?.throwIfAborted()
    await reading.done
    const { buffer, offset, length, last } = reading
    const from = CARRY - carried.length
    buffer.set(carried, from)
    if (used) spare.push(used)
    used = buffer
    readAhead()
    const bytes = buffer.subarray(from, CARRY + length)
    let at = 0
    for (let end = chunkEnd(bytes, at, last, packing); end > 0; end = chunkEnd(bytes, at, last, packing)) {
      yield { offset: offset - carried.length + at, bytes: bytes.subarray(at, end) }
      at = end
    }
    carried = bytes.subarray(at)
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
