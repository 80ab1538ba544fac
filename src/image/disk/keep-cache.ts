import { CACHE_LABEL, CACHE_TYPE } from '#shared/domain/cache.ts'
import type { Disk } from '#shared/domain/disk.ts'
import { diskFacts } from '#shared/domain/disk-facts.ts'
import { keptCache, type KeptCache } from '#shared/domain/kept-cache.ts'
import type { DiskLayout, LayoutPartition, VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { msdosUuid } from './table.ts'

/** How the CACHE of a disk stands in the table of an image that goes there; `undefined`: there is none, or it cannot stay. */
export function cacheToKeep(disk: Disk, layout: DiskLayout, volumes: readonly VolumeFacts[]): LayoutPartition | undefined {
  const kept = keptCache(disk, diskFacts(layout, volumes), [...layout.partitions, ...volumes].map(({ number }) => number))
  return kept && inTable(kept, layout, disk.label === layout.label)
}

/** @param sameKind whether the disk has such a table already */
function inTable({ number, partition }: KeptCache, { label, id }: DiskLayout, sameKind: boolean): LayoutPartition {
  const { start, size, type, uuid, name, attributes } = partition
  const place = { number, start, size, type: sameKind ? type : CACHE_TYPE[label], bootable: false }
  if (label === 'msdos') return { ...place, uuid: msdosUuid(id, number), name: '', attributes: '' }
  return sameKind ? { ...place, uuid, name, attributes } : { ...place, uuid: '', name: CACHE_LABEL, attributes: '' }
}
