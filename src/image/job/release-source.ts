import { localDisks } from '../disk/local-disks.ts'
import { thisMachine, type Machine } from '../disk/machine.ts'
import type { SourceNote } from '../filesystem/notes.ts'
import type { SourceVolume } from '../used-map/check-source.ts'
import { AttachedDisk } from './attached-disk.ts'
import { bringBackVolumes, volumesOf } from './bring-back-volumes.ts'
import { findPlace } from './place.ts'

export interface ReleaseJob {
  /** What was captured: partition, disk, loop device, or a plain file of a filesystem or of a disk. */
  path: string
  machine?: Machine | undefined
  onNote?: ((note: SourceNote) => void) | undefined
}

/**
 * Gives a source back the size of what a capture that was cut short left small in it. One that is as its owner wanted it stays so.
 * @returns what was done
 * @throws `notFound` · `invalidRequest` · `noWriteAccess` not root · what `bringBack` throws, after all of it was tried
 */
export async function releaseSource(job: ReleaseJob): Promise<SourceNote[]> {
  const machine = job.machine ?? thisMachine()
  const place = await findPlace(machine, job.path)
  if (place.kind === 'volume') return release([{ path: place.path, filesystem: place.probe.filesystem }], job)
  if (place.block) return release(await volumesIn(machine, place.path), job)
  await using disk = await AttachedDisk.attach(machine, place.path)
  const notes = await release(await volumesIn(machine, disk.device), job)
  await machine.run(['blockdev', '--flushbufs', disk.device])
  return notes
}

async function volumesIn(machine: Machine, disk: string): Promise<SourceVolume[]> {
  return (await localDisks(machine, [disk])).flatMap(volumesOf)
}

async function release(volumes: readonly SourceVolume[], { onNote }: ReleaseJob): Promise<SourceNote[]> {
  const notes: SourceNote[] = []
  const problems: unknown[] = []
  await bringBackVolumes(volumes, {
    onNote: (note) => {
      notes.push(note)
      onNote?.(note)
    },
    onProblem: (_, problem) => problems.push(problem),
  })
  if (problems.length > 0) throw problems[0]
  return notes
}
