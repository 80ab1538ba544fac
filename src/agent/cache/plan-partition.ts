import { CACHE_TYPE, freeCacheNumber, isCache, LAST_CACHE_NUMBER } from '#shared/domain/cache.ts'
import type { Partition } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { LocalDisk } from '#image/disk/local-disks.ts'

const MIB = 1024 * 1024
/** Less than this keeps no image. */
const SMALLEST = 64 * MIB

/** A partition that is to be made. Bytes. */
export interface CachePartition {
  number: number
  start: number
  size: number
  type: string
  /** What becomes of the CACHE that the disk has: it stays as large as it is, or makes place for this one. */
  existing?: 'stays' | 'goes'
}

/**
 * Finds a place for the CACHE: the free space nearest to the end of the disk that is large enough, at its end. Only free space,
 * and that of the CACHE that is there already, is ever taken. Pure.
 * @param size bytes; unless said, that of the CACHE that is there, or else all of the last free space
 * @throws ClonaulaError `partition` no table · `noSpace` · `outOfLimit` no number is free, or the size is absurd
 */
export function planCachePartition(local: LocalDisk, size?: number): CachePartition {
  const { disk } = local
  if (disk.label === 'none') throw new ClonaulaError('partition', `${disk.device} has no partition table`, { target: disk.device })
  if (size !== undefined && size < SMALLEST) throw new ClonaulaError('outOfLimit', 'too small', { problem: `${size} < ${SMALLEST}` })
  const existing = disk.partitions.find(isCache)
  if (existing && (size === undefined || wholeMiB(size) === existing.size)) {
    const { number, start, type } = existing
    return { number, start, size: existing.size, type, existing: 'stays' }
  }
  if (existing && disk.label === 'msdos' && existing.number > LAST_CACHE_NUMBER.msdos) {
    throw new ClonaulaError('outOfLimit', 'the CACHE is a logical partition', { problem: `${disk.device}: ${existing.number} > ${LAST_CACHE_NUMBER.msdos}` })
  }
  const others = disk.partitions.filter((partition) => partition !== existing)
  const gaps = freeSpace(local, others).filter((gap) => gap.end - gap.start >= (size ?? SMALLEST))
  const gap = gaps.at(-1)
  if (gap === undefined) {
    const available = Math.max(0, ...freeSpace(local, others).map(({ start, end }) => end - start))
    throw new ClonaulaError('noSpace', `no free space of that size on ${disk.device}`, { needed: size ?? SMALLEST, available })
  }
  const number = existing?.number ?? freeCacheNumber(disk.label, others.map((partition) => partition.number))
  if (number === undefined) throw new ClonaulaError('outOfLimit', 'no partition number is free', { problem: `${others.length}` })
  const length = wholeMiB(size ?? gap.end - gap.start)
  return {
    number,
    start: gap.end - length,
    size: length,
    type: CACHE_TYPE[disk.label],
    ...(existing && { existing: 'goes' }),
  }
}

const wholeMiB = (bytes: number): number => Math.floor(bytes / MIB) * MIB

interface Gap {
  start: number
  end: number
}

/** What no partition covers, in whole MiB, in order. What an extended partition has free inside is its own. */
function freeSpace({ disk, firstLba, lastLba }: LocalDisk, partitions: readonly Partition[]): Gap[] {
  const gaps: Gap[] = []
  let at = Math.max(firstLba * disk.sectorSize, MIB)
  const add = (end: number): void => {
    const gap = { start: Math.ceil(at / MIB) * MIB, end: wholeMiB(end) }
    if (gap.end > gap.start) gaps.push(gap)
  }
  for (const { start, size } of partitions.toSorted((a, b) => a.start - b.start)) {
    add(start)
    at = Math.max(at, start + size)
  }
  add((lastLba + 1) * disk.sectorSize)
  return gaps
}
