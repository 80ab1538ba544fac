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
  const { sectorsize: sectorSize } = table
  const label = table.label === 'gpt' ? 'gpt' : table.label === 'dos' ? 'msdos' : 'none'
  return {
    label,
    id: table.id,
    sectorSize,
    firstLba: table.firstlba ?? 1,
    lastLba: table.lastlba ?? Math.min(Math.floor(size / sectorSize), MSDOS_SECTORS) - 1,
    partitions: label === 'none' ? [] : table.partitions.map((partition) => {
      const number = partitionNumber(table.device, partition.node)
      return {
        number,
        start: partition.start * sectorSize,
        size: partition.size * sectorSize,
        type: label === 'gpt' ? partition.type.toUpperCase() : partition.type.padStart(2, '0').toLowerCase(),
        uuid: label === 'gpt' ? partition.uuid : msdosUuid(table.id, number),
        name: partition.name,
        attributes: partition.attrs,
        bootable: partition.bootable,
      }
    }),
  }
}

/** What Linux takes as PARTUUID where the table has none: disk identifier and number, in hexadecimal. */
export function msdosUuid(id: string, number: number): string {
  return `${id.replace(/^0x/, '')}-${number.toString(16).padStart(2, '0')}`
}

function partitionNumber(disk: string, node: string): number {
  return Number(/^p?(\d+)$/.exec(node.slice(disk.length))?.[1] ?? Number.NaN)
}
