import type { SlowOptions } from '#shared/domain/progress.ts'
import { equalBytes } from '#shared/formats/bytes.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { Meter } from '../meter.ts'
import type { Place } from '../places.ts'
import type { OpenPlaces } from './open-places.ts'
import { readPlaces } from './read-places.ts'
import type { TargetVolume } from './target-volume.ts'

/** Hashes what is in the open places now, and closes those that are right already. Writes nothing. @returns bytes read */
export async function scanTargets(
  manifest: Manifest, volumes: readonly TargetVolume[], open: OpenPlaces, options: SlowOptions,
): Promise<number> {
  if (volumes.length === 0) return 0
  const { chunks } = manifest
  const total = volumes.reduce((sum, { facts }) => sum + facts.used, 0)
  const meter = new Meter('scan', total, options.onProgress)
  let read = 0
  for (const volume of volumes) {
    for await (const { place, bytes, digest } of readPlaces(volume, openPlaces(volume, open), chunks, options)) {
      read += bytes.length
      meter.add(bytes.length)
      if (!equalBytes(digest, chunks.digest(place.chunk))) continue
      open.close(place.place)
      volume.keep(bytes, place.offset)
    }
  }
  meter.end()
  return read
}

function* openPlaces(volume: TargetVolume, open: OpenPlaces): Generator<Place> {
  for (const place of open.places.inOrder(volume.position)) if (open.isOpen(place.place)) yield place
}
