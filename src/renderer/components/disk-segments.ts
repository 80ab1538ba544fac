import type { Disk, Partition } from '#shared/domain/disk.ts'

/** A stretch of a disk, in bytes; without a partition: free. */
export interface Segment {
  start: number
  size: number
  partition?: Partition
}

/** Gaps smaller than this are alignment, not space that anyone could use. */
const SMALLEST_GAP = 16 * 2 ** 20

/**
 * The stretches of a disk in order. A partition that lies inside another (logical ones in their MBR
 * extended partition) is drawn instead of its container.
 */
export function diskSegments(disk: Pick<Disk, 'size' | 'partitions'>): Segment[] {
  const segments: Segment[] = []
  let end = 0
  const gap = (until: number): void => {
    if (until - end >= SMALLEST_GAP) segments.push({ start: end, size: until - end })
  }
  for (const partition of disk.partitions.filter((one) => !isContainer(one, disk.partitions)).sort((a, b) => a.start - b.start)) {
    gap(partition.start)
    segments.push({ start: partition.start, size: partition.size, partition })
    end = Math.max(end, partition.start + partition.size)
  }
  gap(disk.size)
  return segments
}

function isContainer(outer: Partition, all: readonly Partition[]): boolean {
  return all.some((inner) => inner !== outer && inner.start > outer.start && inner.start + inner.size <= outer.start + outer.size)
}
