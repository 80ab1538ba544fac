import { webcrypto } from 'node:crypto'
import { MAX_CHUNK } from '#shared/formats/pack.ts'
import type { ChunkTable } from '#shared/formats/chunk-table.ts'
import { sha256 } from '../codecs.ts'
import type { Place } from '../places.ts'
import { prefetch } from '../prefetch.ts'
import type { CallOptions } from '../store.ts'
import type { TargetVolume } from './target-volume.ts'

/** Bytes that are read at a time: neighbouring places, one after another. */
const WINDOW = 4 * 1024 * 1024
/** Windows that are being read and hashed while one is looked at. */
const AHEAD = 2
/** Chunks of this size and above are hashed on libuv's threads, all cores at work; for smaller ones the way there costs more. */
const WORTH_A_THREAD = 32 * 1024

/** What a target has in a place. */
export interface ReadPlace {
  place: Place
  /** Valid until the next place is asked for: the buffer is used again. */
  bytes: Uint8Array
  digest: Uint8Array
}

interface Window {
  offset: number
  length: number
  places: Place[]
}

/** Reads places of a volume, which come in the order of the device, and hashes what is there. */
export async function* readPlaces(
  volume: Pick<TargetVolume, 'read'>, places: Iterable<Place>, chunks: ChunkTable, options: CallOptions = {},
): AsyncGenerator<ReadPlace> {
  const buffers = Array.from({ length: AHEAD + 1 }, () => Buffer.allocUnsafeSlow(WINDOW + MAX_CHUNK))
  let turn = 0
  const read = async ({ offset, length, places: found }: Window): Promise<ReadPlace[]> => {
    options.signal?.throwIfAborted()
    const bytes = buffers[turn++ % buffers.length]!.subarray(0, length)
    await volume.read(bytes, offset)
    return Promise.all(found.map(async (place) => {
      const own = bytes.subarray(place.offset - offset, place.offset - offset + chunks.length(place.chunk))
      return { place, bytes: own, digest: await digestOf(own) }
    }))
  }
  for await (const window of prefetch(windowsOf(places, chunks), AHEAD, read)) yield* window
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return bytes.length < WORTH_A_THREAD ? sha256(bytes) : new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes))
}

function* windowsOf(places: Iterable<Place>, chunks: ChunkTable): Generator<Window> {
  let window: Window | undefined
  for (const place of places) {
    const length = chunks.length(place.chunk)
    if (window && window.offset + window.length === place.offset && window.length < WINDOW) {
      window.places.push(place)
      window.length += length
    } else {
      if (window) yield window
      window = { offset: place.offset, length, places: [place] }
    }
  }
  if (window) yield window
}
