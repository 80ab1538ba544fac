/** From what was decided in the wizard to what the console is asked. Pure. */
import type { CallInput } from '#shared/contract/console.ts'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import type { PartitionGroup } from '#shared/domain/partition-groups.ts'
import type { WriteOptions } from '#shared/domain/restore-options.ts'
import type { Decision } from '../../components/imaging/image-options.ts'

export type RestoreInput = CallInput<'restore.plan'>

/** What holds for every group. */
export interface RunOptions extends WriteOptions {
  method: RestoreInput['method']
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
