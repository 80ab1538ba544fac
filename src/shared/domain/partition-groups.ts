/**
 * Which computers can be decided about together: those whose fixed disks are divided in the same way.
 * One decision (destination, image) then means the same on every computer of a group.
 */
import type { Hardware } from './computer.ts'
import type { Disk, Partition } from './disk.ts'

/** What must be equal besides the number, order and type of the partitions; leaving one out makes larger groups. */
export const GROUPING_CRITERIA = ['size', 'filesystem', 'system'] as const
export type GroupingCriterion = (typeof GROUPING_CRITERIA)[number]

export interface PartitionGroup<C> {
  /** Equal for computers of the same group, and only for them. */
  key: string
  /** Fixed disks as the first computer of the group has them; empty: no inventory has been received. */
  disks: Disk[]
  computers: C[]
}

/** Groups in order of size, larger first; computers keep the order that they were given in. */
export function partitionGroups<C extends { hardware?: Hardware | undefined }>(
  computers: readonly C[],
  criteria: readonly GroupingCriterion[] = GROUPING_CRITERIA,
): PartitionGroup<C>[] {
  const groups = new Map<string, PartitionGroup<C>>()
  for (const computer of computers) {
    const disks = fixedDisks(computer.hardware)
    const key = JSON.stringify(disks.map((disk) => diskKey(disk, criteria)))
    const group = groups.get(key)
    if (group) group.computers.push(computer)
    else groups.set(key, { key, disks, computers: [computer] })
  }
  return [...groups.values()].sort((a, b) => b.computers.length - a.computers.length)
}

/** Removable media are never a target, and a forgotten stick must not set a computer apart. */
function fixedDisks(hardware: Hardware | undefined): Disk[] {
  return hardware?.disks.filter((disk) => !disk.removable) ?? []
}

function diskKey(disk: Disk, criteria: readonly GroupingCriterion[]): unknown[] {
  return [
    disk.number,
    disk.label,
    criteria.includes('size') ? disk.size : null,
    disk.partitions.map((partition) => partitionKey(partition, criteria)),
  ]
}

function partitionKey(partition: Partition, criteria: readonly GroupingCriterion[]): unknown[] {
  return [
    partition.number,
    partition.type,
    criteria.includes('size') ? partition.size : null,
    criteria.includes('filesystem') ? partition.filesystem : null,
    criteria.includes('system') ? (partition.system?.name ?? '') : null,
  ]
}
