/**
 * The CACHE of a disk that gets the image of a whole disk stays, with all that is in it: later restores, and that very one, read from
 * there. The image's last partition then ends where the CACHE begins.
 */
import { freeCacheNumber, isCache } from './cache.ts'
import type { Disk, Partition } from './disk.ts'
import { tableTail, usableEnd, type DiskFacts } from './disk-facts.ts'
import { ClonaulaError } from './errors.ts'

type Needs = Pick<DiskFacts, 'label' | 'sectorSize' | 'minimumSize' | 'end'>

export interface KeptCache {
  partition: Partition
  /** The one that it has in the new table: another one where a partition of the image has its number. */
  number: number
}

/**
 * `undefined`: there is no CACHE, or the image needs its place, or the last free number of an MBR.
 * @param numbers of the image's partitions, with an extended one
 */
export function keptCache(
  disk: Pick<Disk, 'size' | 'partitions'>, needs: Needs, numbers: readonly number[],
): KeptCache | undefined {
  const partition = disk.partitions.find(isCache)
  if (partition === undefined) return undefined
  const isFree = bytesBefore(needs) <= partition.start && partition.start + partition.size <= usableEnd(needs, disk.size)
  const number = freeCacheNumber(needs.label, numbers, partition.number)
  return isFree && number !== undefined ? { partition, number } : undefined
}

/** What is said when an image can only go where the CACHE is that it would be read from. */
export function cacheInTheWay(disk: Pick<Disk, 'device' | 'partitions'>, needs: Needs): ClonaulaError {
  const [needed, available] = [bytesBefore(needs), disk.partitions.find(isCache)?.start ?? 0]
  const room = needed > available ? { needed, available } : {}
  return new ClonaulaError('cacheInTheWay', `${disk.device}: the image needs the place of the CACHE`, { target: disk.device, ...room })
}

/** What the image needs of a disk in front of what comes behind its partitions. */
function bytesBefore(needs: Needs): number {
  return needs.end ?? needs.minimumSize - tableTail(needs)
}
