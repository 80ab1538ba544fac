import { ClonaulaError } from '#shared/domain/errors.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import { equalBytes } from '#shared/formats/bytes.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { placesOf } from '#shared/formats/manifest-runs.ts'
import { MAX_CHUNK } from '#shared/formats/pack.ts'
import { sha256 } from './codecs.ts'
import type { Device } from './device.ts'
import { Meter } from './meter.ts'
import type { Targets } from './targets.ts'

/**
 * Reads the targets and compares every chunk with the manifest, from the medium where that can be had.
 * @returns bytes read. @throws `diskError` with the place where the target differs
 */
export async function verifyTargets(manifest: Manifest, targets: Targets, options: SlowOptions): Promise<number> {
  const total = targets.totalBytes(manifest)
  const meter = new Meter('verify', total, options.onProgress)
  const buffer = Buffer.allocUnsafeSlow(MAX_CHUNK)
  for (const [at, volume] of targets.indexes.entries()) {
    const device = targets.devices[at]!
    await device.dropCache()
    for (const run of manifest.runs[volume] ?? []) {
      for (const { chunk, offset } of placesOf(run, manifest.chunks)) {
        options.signal?.throwIfAborted()
        await compare(device, offset, buffer.subarray(0, manifest.chunks.length(chunk)), manifest.chunks.digest(chunk))
        meter.add(manifest.chunks.length(chunk))
      }
    }
  }
  meter.end()
  return total
}

async function compare(device: Device, offset: number, into: Uint8Array, digest: Uint8Array): Promise<void> {
  await device.read(into, offset)
  if (equalBytes(sha256(into), digest)) return
  throw new ClonaulaError('diskError', `${device.path}: what was written at byte ${offset} reads back differently`,
    { device: device.path, action: 'verify', offset })
}
