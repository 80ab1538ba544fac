import { tableTail } from '#shared/domain/disk-facts.ts'
import { DiskLayout, type LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { refuse } from './problem.ts'

/** The partition table of the disk that a legacy image was made from. */
export interface SourceTable {
  layout: DiskLayout
  /** Whether the size of the disk had to be guessed: an MBR does not say it. */
  sizeGuessed: boolean
}

/** What a table says; numbers that it does not say are left out. Bytes; `firstLba` and `lastLba` in sectors. */
export interface StatedTable {
  label: DiskLayout['label']
  id: string
  sectorSize: number
  firstLba?: number
  lastLba?: number
  /** Of the disk. */
  size?: number
  partitions: readonly LayoutPartition[]
}

const MIB = 1024 * 1024

/** Fills in what a table does not say, as far as it follows. @throws `image` nothing that can be a table */
export function sourceTable(stated: StatedTable): SourceTable {
  const { label, id, sectorSize, partitions } = stated
  const tail = tableTail({ label, sectorSize })
  const end = Math.max(0, ...partitions.map(({ start, size }) => start + size))
  const said = stated.size ?? (label === 'gpt' && stated.lastLba !== undefined ? (stated.lastLba + 1) * sectorSize + tail : undefined)
  const size = said ?? Math.ceil(end / MIB) * MIB + (label === 'gpt' ? MIB : 0)
  const layout = DiskLayout.safeParse({
    label, id, size, sectorSize,
    firstLba: label === 'gpt' ? stated.firstLba ?? 34 : 1,
    lastLba: stated.lastLba ?? Math.floor((size - tail) / sectorSize) - 1,
    partitions,
  })
  if (!layout.success || partitions.length === 0 || end > size || hasTwice(partitions)) {
    throw refuse('unknownTable', 'a partition table that makes no sense')
  }
  return { layout: layout.data, sizeGuessed: said === undefined }
}

function hasTwice(partitions: readonly LayoutPartition[]): boolean {
  return new Set(partitions.map(({ number }) => number)).size !== partitions.length
}
