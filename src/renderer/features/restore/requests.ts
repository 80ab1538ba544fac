/** From what was decided in the wizard to what the console is asked. Pure. */
import type { CallInput } from '#shared/contract/console.ts'
import type { ClassroomView, ComputerView, RestorePlanRow } from '#shared/contract/views.ts'
import type { DiskTarget } from '#shared/domain/disk.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import type { PartitionGroup } from '#shared/domain/partition-groups.ts'
import type { RestoreOptions } from '#shared/domain/restore-options.ts'
import type { ImageOption } from './image-options.ts'

export type RestoreInput = CallInput<'restore.plan'>

/** What was chosen for one group so far. */
export interface Decision {
  target?: DiskTarget
  image?: ImageOption
  /** Absent: the newest. */
  revision?: number
}

/** What holds for every group. */
export interface RunOptions extends RestoreOptions {
  method: RestoreInput['method']
  postconfigure: boolean
  restart: boolean
}

/** One request for each group that is decided about; undecided groups are left as they are. */
export function restoreRequests(
  groups: readonly PartitionGroup<ComputerView>[],
  decisions: ReadonlyMap<string, Decision>,
  excluded: ReadonlySet<ComputerId>,
  options: RunOptions,
): RestoreInput[] {
  return groups.flatMap(({ key, computers }) => {
    const { target, image, revision } = decisions.get(key) ?? {}
    const chosen = computers.map(({ id }) => id).filter((id) => !excluded.has(id))
    if (!target || !image || chosen.length === 0) return []
    return [{
      computers: chosen,
      target,
      image: image.image.id,
      ...(revision !== undefined && { revision }),
      ...(image.volume && { volume: image.volume.partition }),
      ...options,
    }]
  })
}

/** A request and what the console thinks of it, computer by computer. */
export interface Planned {
  request: RestoreInput
  rows: RestorePlanRow[]
}

/** The same requests for the computers that can; those with none left are gone. */
export function acceptedRequests(planned: readonly Planned[]): RestoreInput[] {
  return planned.flatMap(({ request, rows }) => {
    const computers = rows.filter(({ ok }) => ok).map(({ computerId }) => computerId)
    return computers.length > 0 ? [{ ...request, computers }] : []
  })
}

/** Classrooms of two computers or more that would be erased to the last one. */
export function wholeClassrooms(
  classrooms: readonly ClassroomView[],
  computers: readonly ComputerView[],
  accepted: ReadonlySet<ComputerId>,
): ClassroomView[] {
  return classrooms.filter(({ id }) => {
    const own = computers.filter(({ classroomId }) => classroomId === id)
    return own.length > 1 && own.every((computer) => accepted.has(computer.id))
  })
}
