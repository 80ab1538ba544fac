import type { SlowOptions } from '#shared/domain/progress.ts'
import { equalBytes } from '#shared/formats/bytes.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import type { DigestIndex } from '../digest-index.ts'
import { Meter } from '../meter.ts'
import type { Place } from '../places.ts'
import type { OpenPlaces } from './open-places.ts'
import { readPlaces } from './read-places.ts'
import type { TargetVolume } from './target-volume.ts'

export interface Scan {
  /** Bytes that were read. */
  read: number
  /** Chunks of the image that lie where another one has to go: the chunk and the place. */
  strays: ReadonlyMap<number, number>
}

/** What is scanned, and for what. */
interface ScanParts {
  manifest: Manifest
  index: DigestIndex
  volumes: readonly TargetVolume[]
  open: OpenPlaces
}

/** Hashes what is in the open places now, and closes those that are right already. Writes nothing. */
export async function scanTargets({ manifest, index, volumes, open }: ScanParts, options: SlowOptions): Promise<Scan> {
  if (volumes.length === 0) return { read: 0, strays: new Map() }
  const { chunks } = manifest
  const total = volumes.reduce((sum, { facts }) => sum + facts.used, 0)
  const meter = new Meter('scan', total, options.onProgress)
  const strays = new Map<number, number>()
  let read = 0
  for (const volume of volumes) {
    for await (const { place, bytes, digest } of readPlaces(volume, openPlaces(volume, open), chunks, options)) {
      read += bytes.length
      meter.add(bytes.length)
      if (equalBytes(digest, chunks.digest(place.chunk))) {
        open.close(place.place)
        volume.keep(bytes, place.offset)
      } else {
        const stray = index.find(digest)
        if (stray >= 0 && chunks.length(stray) === bytes.length) strays.set(stray, place.place)
      }
    }
  }
  meter.end()
  return { read, strays }
}

function* openPlaces(volume: TargetVolume, open: OpenPlaces): Generator<Place> {
  for (const place of open.places.inOrder(volume.position)) if (open.isOpen(place.place)) yield place
}
