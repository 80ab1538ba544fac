import type { SlowOptions } from '#shared/domain/progress.ts'
import { equalBytes } from '#shared/formats/bytes.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { Meter } from '../meter.ts'
import type { Place } from '../places.ts'
import type { OpenPlaces } from './open-places.ts'
import { readPlaces } from './read-places.ts'
import type { TargetVolume } from './target-volume.ts'

/** Places, spread over a volume, that are read before the others: of a target of which a twentieth is right, they find something 96 times of 100. */
export const SAMPLE = 64

/** A target that is to be compared with what it shall hold. */
export interface Scan {
  volume: TargetVolume
  /** Read all of it; otherwise only where a sample is right somewhere: what holds something else is not worth reading. */
  whole: boolean
}

export interface Scanned {
  /** Bytes. */
  read: number
  /** Those that were read to the end. */
  compared: TargetVolume[]
}

/** Hashes what is in the open places now, each of them once at most, and closes those that are right already. Writes nothing. */
export async function scanTargets(
  manifest: Manifest, scans: readonly Scan[], open: OpenPlaces, options: SlowOptions,
): Promise<Scanned> {
  const scanned: Scanned = { read: 0, compared: [] }
  if (scans.length === 0) return scanned
  const { chunks } = manifest
  const meter = new Meter('scan', scans.reduce((sum, { volume: { facts } }) => sum + facts.used, 0), options.onProgress)

  /** @returns whether any of them has what it shall have; zeros, which are everywhere, say nothing of that */
  async function compare(volume: TargetVolume, places: Iterable<Place>): Promise<boolean> {
    let alike = false
    for await (const { place, bytes, digest } of readPlaces(volume, places, chunks, options)) {
      scanned.read += bytes.length
      meter.add(bytes.length)
      if (!equalBytes(digest, chunks.digest(place.chunk))) continue
      open.close(place.place)
      volume.keep(bytes, place.offset)
      alike ||= bytes.some((byte) => byte !== 0)
    }
    return alike
  }

  for (const { volume, whole } of scans) {
    const sample = sampleOf(volume, open)
    if (!whole && !await compare(volume, openPlaces(volume, open, (place) => sample.has(place)))) continue
    await compare(volume, openPlaces(volume, open, (place) => whole || !sample.has(place)))
    scanned.compared.push(volume)
  }
  meter.end()
  return scanned
}

/** Numbers of places at equal distances. */
function sampleOf({ position }: TargetVolume, { places }: OpenPlaces): Set<number> {
  const { first, count } = places.range(position)
  const size = Math.min(SAMPLE, count)
  return new Set(Array.from({ length: size }, (_, at) => first + Math.floor((at * count) / size)))
}

function* openPlaces(volume: TargetVolume, open: OpenPlaces, wanted: (place: number) => boolean): Generator<Place> {
  for (const each of open.places.inOrder(volume.position)) if (open.isOpen(each.place) && wanted(each.place)) yield each
}
