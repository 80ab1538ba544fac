import { open, truncate } from 'node:fs/promises'
import { partitionDevice } from '#shared/domain/disk.ts'
import { DISK_VOLUME, type VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { deviceSize } from '../device.ts'
import { thisMachine, type Machine } from '../disk/machine.ts'
import { writeTable, writeType } from '../disk/write-table.ts'
import { growTarget, type GrowStep } from '../filesystem/grow-target.ts'
import { forgetMarks } from '../filesystem/shrink-marks.ts'
import { recreateSwap } from '../filesystem/swap.ts'
import { fileError } from '../repository/files.ts'
import { restoreVolumes, type RestoreOptions } from '../restore.ts'
import { sumResults, type RestoreResult } from '../restore/result.ts'
import { AttachedDisk } from './attached-disk.ts'
import type { TargetPlan } from './plan-target.ts'

/** `volumes` come from the plan. */
export interface RestoreJob extends Omit<RestoreOptions, 'volumes'> {
  plan: TargetPlan
  /** Make filesystems as large as what they are in. */
  grow: boolean
  machine?: Machine | undefined
  onGrow?: ((path: string, step: GrowStep) => void) | undefined
}

/** A volume of the image, and where it goes. */
interface Placement {
  facts: VolumeFacts
  path: string
}

/**
 * Does what was planned: table, volumes, boot areas (last, because a disk without them does not start by mistake), size of the
 * filesystems. Killed at any moment, it is continued by doing it again. Phases: those of `restoreVolumes`.
 * @throws what `restoreVolumes` and `growTarget` throw · `inUse` · `noSpace` · `noWriteAccess`
 */
export async function restoreTarget(job: RestoreJob): Promise<RestoreResult> {
  const { plan } = job
  const machine = job.machine ?? thisMachine()
  if (plan.extendTo !== undefined) await extendFile(plan.path, plan.extendTo)
  if (plan.layout === undefined) return restoreVolume(job, machine)
  if (plan.block) return restoreDisk(job, machine, plan.path)
  await using disk = await AttachedDisk.attach(machine, plan.path, plan.layout.sectorSize)
  return await restoreDisk(job, machine, disk.device)
}

/** Without a byte written: what nobody writes to takes no room. */
async function extendFile(path: string, size: number): Promise<void> {
  try {
    await (await open(path, 'a')).close()
    await truncate(path, size)
  } catch (cause) {
    throw fileError(path, cause)
  }
}

async function restoreVolume(job: RestoreJob, machine: Machine): Promise<RestoreResult> {
  const { path, volumes, type } = job.plan
  if (type) await writeType(machine, type.disk, type)
  return restorePlacements(job, volumes.map((facts) => ({ facts, path })))
}

async function restoreDisk(job: RestoreJob, machine: Machine, device: string): Promise<RestoreResult> {
  const { layout, keeps, volumes, bootAreas, spare } = job.plan
  if (layout) await writeTable(machine, device, layout, { keeps, signal: job.signal })
  const figures = await restorePlacements(job, volumes.map((facts) => ({ facts, path: partitionDevice(device, facts.number) })))
  if (!bootAreas) return figures
  const areas = await restoreVolumes({ ...job, volumes: [{ number: DISK_VOLUME, path: device, spare }] })
  return sumResults(figures, areas)
}

async function restorePlacements(job: RestoreJob, placements: readonly Placement[]): Promise<RestoreResult> {
  const figures = await restoreVolumes({ ...job, volumes: placements.map(({ facts, path }) => ({ number: facts.number, path })) })
  for (const placement of placements) await finish(job, placement)
  return figures
}

/**
 * A swap area has no content to restore: it is made anew, as large as its place. Where every sector is what it was on the source, nothing
 * is checked or grown: that would write.
 */
async function finish({ grow, signal, onGrow }: RestoreJob, { facts, path }: Placement): Promise<void> {
  const { filesystem, mode, used, size, uuid, label } = facts
  if (mode === 'sector' && used === size && await deviceSize(path) === size) return
  if (filesystem === 'swap' && used < size) await recreateSwap(path, { uuid, label })
  else if (grow) await growTarget({ path, filesystem, sourceSize: size }, { signal, onStep: (step) => onGrow?.(path, step) })
  else await forgetMarks({ path, filesystem })
}
