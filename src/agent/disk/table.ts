import { z } from 'zod'
import type { TableLabel } from '#shared/domain/disk.ts'
import type { LayoutPartition } from '#shared/formats/manifest-facts.ts'

const SfdiskPartition = z.object({
  node: z.string(),
  start: z.number(),
  size: z.number(),
  type: z.string(),
  uuid: z.string().default(''),
  name: z.string().default(''),
  attrs: z.string().default(''),
  bootable: z.boolean().default(false),
})

const SfdiskOutput = z.object({
  partitiontable: z.object({
    label: z.string(),
    id: z.string().default(''),
    device: z.string(),
    firstlba: z.number().optional(),
    lastlba: z.number().optional(),
    sectorsize: z.number().default(512),
    partitions: z.array(SfdiskPartition).default([]),
  }),
})

/** A partition table: identifiers and types as in the domain, sizes in bytes, `firstLba`/`lastLba` in sectors. */
export interface Table {
  label: TableLabel
  id: string
  sectorSize: number
  firstLba: number
  lastLba: number
  partitions: LayoutPartition[]
}

export function sfdiskCommand(device: string): [string, ...string[]] {
  return ['sfdisk', '--json', device]
}

/** A 32-bit sector number is all that an MBR entry has. */
const MSDOS_SECTORS = 2 ** 32

/**
 * What `sfdisk --json` printed. A label that Clonaula does not know (sun, bsd …) counts as no table: nothing of it can be
 * captured or kept.
 * @param size Bytes of the disk.
 */
export function parseTable(json: string, size: number): Table {
  const { partitiontable: table } = SfdiskOutput.parse(JSON.parse(json))
  const label = table.label === 'gpt' ? 'gpt' : table.label === 'dos' ? 'msdos' : 'none'
  const sectors = Math.floor(size / table.sectorsize)
  return {
    label,
    id: table.id,
    sectorSize: table.sectorsize,
    firstLba: table.firstlba ?? 1,
    lastLba: table.lastlba ?? Math.min(sectors, MSDOS_SECTORS) - 1,
    partitions: label === 'none' ? [] : table.partitions.map((partition) => ({
      number: partitionNumber(table.device, partition.node),
      start: partition.start * table.sectorsize,
      size: partition.size * table.sectorsize,
      type: label === 'gpt' ? partition.type.toUpperCase() : partition.type.padStart(2, '0').toLowerCase(),
      uuid: partition.uuid,
      name: partition.name,
      attributes: partition.attrs,
      bootable: partition.bootable,
    })),
  }
}

function partitionNumber(disk: string, node: string): number {
  return Number(/^p?(\d+)$/.exec(node.slice(disk.length))?.[1] ?? Number.NaN)
}
