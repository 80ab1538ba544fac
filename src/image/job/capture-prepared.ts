import type { CaptureOptions as Choice } from '#shared/domain/image.ts'
import { captureVolumes, type CaptureOptions, type CaptureResult, type CaptureVolume } from '../capture.ts'
import { bringBack } from '../filesystem/bring-back.ts'
import type { SourceNote } from '../filesystem/notes.ts'
import { prepareSource, type PreparedSource } from '../filesystem/prepare-source.ts'
import { Fingerprint } from '../fingerprint.ts'

export interface PreparedCapture extends CaptureOptions, Choice {
  /** What holds the volumes besides, and has to stay as it is while they are read. */
  around?: Around | undefined
  onNote?: ((note: SourceNote) => void) | undefined
}

/** A plain file that is a disk. */
export interface Around {
  path: string
  /** Has what was written to the disk reach the file. */
  flush: () => Promise<unknown>
}

/**
 * Captures volumes. What an earlier capture left small gets its size back before; in mode `filesystem` they are cleaned and shrunk first,
 * and brought back to what they were, whatever happens.
 * Phases: those of `prepareSource` and `captureVolumes`.
 * @throws what those two and `bringBack` throw · `grow` a source could not be given its size back: its data is there, and the next capture tries again
 */
export async function capturePrepared(job: PreparedCapture): Promise<CaptureResult> {
  const { around } = job
  const prepared: PreparedSource[] = []
  try {
    const volumes: CaptureVolume[] = []
    for (const volume of job.volumes) volumes.push(await prepareVolume(volume, job, prepared))
    await around?.flush()
    const file = around && await Fingerprint.of(around.path)
    const result = await captureVolumes({ ...job, volumes })
    await file?.check()
    return result
  } finally {
    await releaseAll(prepared)
  }
}

/** @param prepared gets what has to be released */
async function prepareVolume(volume: CaptureVolume, job: PreparedCapture, prepared: PreparedSource[]): Promise<CaptureVolume> {
  if (job.mode !== 'filesystem' || volume.mode !== 'used') {
    const brought = volume.areas ? undefined : await bringBack(volume)
    if (brought) job.onNote?.(brought)
    return volume
  }
  const source = await prepareSource(volume, job)
  prepared.push(source)
  return source.minimumSize === undefined ? volume : { ...volume, minimumSize: source.minimumSize }
}

/** All of them, also when one cannot be: a source that kept its small size matters more than why the capture ended. */
async function releaseAll(prepared: readonly PreparedSource[]): Promise<void> {
  const failures: unknown[] = []
  for (const source of prepared.toReversed()) {
    await source.release().catch((cause: unknown) => failures.push(cause))
  }
  if (failures.length > 0) throw failures[0]
}
