import type { LocalDisk } from '../disk/local-disks.ts'
import { partitionDevice } from '#shared/domain/disk.ts'
import { bringBack } from '../filesystem/bring-back.ts'
import type { SourceNote } from '../filesystem/notes.ts'
import { findMark } from '../filesystem/shrink-marks.ts'
import type { SourceVolume } from '../used-map/check-source.ts'

export interface BringBackOptions {
  /** A capture that was cut short left this one small, and its size is about to be given back; a tool that is still at work is waited for. */
  onBegin?: ((path: string) => void) | undefined
  onNote: (note: SourceNote) => void
  /** Its size could not be given back. The others' turn comes all the same. */
  onProblem: (path: string, problem: unknown) => void
}

/** The filesystems of a disk. */
export function volumesOf({ disk }: LocalDisk): SourceVolume[] {
  return disk.partitions.map(({ number, filesystem }) => ({ path: partitionDevice(disk.device, number), filesystem }))
}

/**
 * Gives their sizes back to filesystems that captures left small when they were killed, or the power failed. Where there are none it reads
 * 70 KB of each.
 * @returns how many there were
 */
export async function bringBackVolumes(
  volumes: readonly SourceVolume[], { onBegin, onNote, onProblem }: BringBackOptions,
): Promise<number> {
  let found = 0
  for (const volume of volumes) {
    try {
      if (!await findMark(volume)) continue
      found += 1
      onBegin?.(volume.path)
      const note = await bringBack(volume)
      if (note) onNote(note)
    } catch (problem) {
      onProblem(volume.path, problem)
    }
  }
  return found
}
