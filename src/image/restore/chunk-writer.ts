import { equalBytes } from '#shared/formats/bytes.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { sha256 } from '../codecs.ts'
import type { WantedChunk } from '../fetch-plan.ts'
import type { Meter } from '../meter.ts'
import type { CallOptions } from '../store.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { OpenPlaces } from './open-places.ts'
import type { TargetVolume } from './target-volume.ts'

interface WriterParts {
  manifest: Manifest
  volumes: readonly TargetVolume[]
  open: OpenPlaces
  checkpoints: Checkpoints
  meter: Meter
}

interface Write {
  volume: number
  /** On the volume. */
  offset: number
  /** In the bytes that are written. */
  start: number
  length: number
  /** The places that it fills. */
  places: number[]
}

/** Puts chunks into their open places, and closes these. Whoever calls has checked the hashes. */
export class ChunkWriter {
  readonly #parts: WriterParts
  /** Plain bytes of the image. */
  written = 0
  /** Bytes that were read of the targets, to be copied. */
  read = 0

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  /** @param plain the bytes in which the chunks are */
  async write(chunks: readonly WantedChunk[], plain: Uint8Array): Promise<void> {
    const { volumes, open, checkpoints, meter } = this.#parts
    for (const { volume, offset, start, length, places } of joinWrites(open, chunks)) {
      await volumes[volume]!.write(plain.subarray(start, start + length), offset)
      for (const place of places) open.close(place)
      this.written += length
      meter.add(length)
      checkpoints.written(length)
    }
  }

  /** Fills open places of chunks that have another place already. What is read there is checked as what is received. */
  async copy(options: CallOptions): Promise<void> {
    const { manifest: { chunks }, open, volumes } = this.#parts
    for (let chunk = 0; chunk < chunks.count; chunk += 1) {
      if (!open.has(chunk)) continue
      const from = open.holderOf(chunk)
      if (from === undefined) continue
      options.signal?.throwIfAborted()
      const bytes = new Uint8Array(chunks.length(chunk))
      await volumes[open.places.volumeOf(from)]!.read(bytes, open.places.offsetOf(from))
      this.read += bytes.length
      if (equalBytes(sha256(bytes), chunks.digest(chunk))) await this.write([{ chunk, start: 0, length: bytes.length }], bytes)
    }
  }
}

/** The writes for some chunks; those that are neighbours both in the bytes and on the volume are one. */
function joinWrites(open: OpenPlaces, chunks: readonly WantedChunk[]): Write[] {
  const writes: Write[] = []
  for (const { chunk, start, length } of chunks) {
    open.places.visit(chunk, (volume, offset, place) => {
      if (!open.isOpen(place)) return
      const last = writes.at(-1)
      const follows = last?.volume === volume && last.start + last.length === start && last.offset + last.length === offset
      if (last && follows) {
        last.length += length
        last.places.push(place)
      } else writes.push({ volume, offset, start, length, places: [place] })
    })
  }
  return writes
}
