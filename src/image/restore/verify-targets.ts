import type { SlowOptions } from '#shared/domain/progress.ts'
import { equalBytes } from '#shared/formats/bytes.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { Meter } from '../meter.ts'
import type { Places } from '../places.ts'
import { readPlaces } from './read-places.ts'
import { readsBackDifferently } from './target-volume.ts'
import type { Targets } from './targets.ts'

/**
 * Reads the targets, heads included, and compares every chunk with the manifest, from the medium where that can be had. A target
 * that gives back other bytes than it got is not trusted to have the others either.
 * @returns bytes read. @throws `diskError` with the place where the target differs
 */
export async function verifyTargets(manifest: Manifest, targets: Targets, places: Places, options: SlowOptions): Promise<number> {
  const { chunks } = manifest
  const total = targets.totalBytes
  const meter = new Meter('verify', total, options.onProgress)
  for (const volume of targets.volumes) {
    await volume.device.dropCache()
    for await (const { place, digest } of readPlaces(volume, places.inOrder(volume.position), chunks, options)) {
      if (!equalBytes(digest, chunks.digest(place.chunk))) {
        await volume.distrust()
        throw readsBackDifferently(volume.device, place.offset)
      }
      meter.add(chunks.length(place.chunk))
    }
  }
  meter.end()
  return total
}
