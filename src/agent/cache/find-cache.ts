import { isCache } from '#shared/domain/cache.ts'
import { partitionDevice, type Partition } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { LocalDisk } from '#image/disk/local-disks.ts'

/** Where the CACHE of a computer is. */
export interface CachePlace {
  disk: LocalDisk['disk']
  partition: Partition
  /** `/dev/sda4` */
  device: string
}

/** The first of the fixed disks that has one; `undefined` when none has. */
export function findCache(disks: readonly LocalDisk[]): CachePlace | undefined {
  for (const { disk } of disks) {
    if (disk.removable) continue
    const partition = disk.partitions.find(isCache)
    if (partition) return { disk, partition, device: partitionDevice(disk.device, partition.number) }
  }
  return undefined
}

/** @throws `noCache` */
export function needCache(disks: readonly LocalDisk[]): CachePlace {
  const place = findCache(disks)
  if (place === undefined) throw new ClonaulaError('noCache', 'none of the disks has a CACHE')
  return place
}
