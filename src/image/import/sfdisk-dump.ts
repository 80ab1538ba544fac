import { DiskLayout, type LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { refuse } from './problem.ts'

export interface DumpedTable {
  layout: DiskLayout
  /** Whether the size of the disk had to be guessed: an MBR does not say it. */
  sizeGuessed: boolean
}

const MIB = 1024 * 1024
const SECTOR = 512
/** Behind the last sector that partitions may use: the second header and its 128 entries of 128 bytes (UEFI 2.10, 5.3.2). */
const gptTail = (sectorSize: number): number => sectorSize + 128 * 128

/**
 * A partition table as `sfdisk -d` writes it; also as it did before util-linux 2.26, which knew MBR only (`Id= 7`).
 * @param diskSize bytes, where something else says them
 * @throws `image` nothing that can be a table
 */
export function parseSfdiskDump(text: string, diskSize?: number): DumpedTable {
  const fields = new Map<string, string>()
  const lines: string[] = []
  for (const line of text.split(/\r?\n/)) {
    const [, key, value] = /^([a-z-]+):\s*(.*)$/.exec(line) ?? []
    if (key !== undefined && value !== undefined) fields.set(key, value.trim())
    else if (line.startsWith('/dev/')) lines.push(line)
  }
  const label = fields.get('label') ?? 'dos'
  if ((label !== 'dos' && label !== 'gpt') || (fields.get('unit') ?? 'sectors') !== 'sectors') {
    throw refuse('unknownTable', `a partition table of the kind ${label}`)
  }
  const sectorSize = Number(fields.get('sector-size') ?? SECTOR)
  const id = fields.get('label-id') ?? ''
  const partitions = lines.flatMap((line) => parseLine(line, label === 'gpt', sectorSize, id) ?? [])
  const end = Math.max(0, ...partitions.map(({ start, size }) => start + size))
  const lastLba = Number(fields.get('last-lba') ?? Number.NaN)
  const said = diskSize ?? (label === 'gpt' && lastLba > 0 ? (lastLba + 1) * sectorSize + gptTail(sectorSize) : undefined)
  const size = said ?? Math.ceil(end / MIB) * MIB + (label === 'gpt' ? MIB : 0)
  const layout = DiskLayout.safeParse({
    label: label === 'gpt' ? 'gpt' : 'msdos', id, size, sectorSize,
    firstLba: label === 'gpt' ? Number(fields.get('first-lba') ?? 34) : 1,
    lastLba: lastLba > 0 ? lastLba : Math.floor((size - (label === 'gpt' ? gptTail(sectorSize) : 0)) / sectorSize) - 1,
    partitions,
  })
  if (!layout.success || partitions.length === 0 || end > size || hasTwice(partitions)) {
    throw refuse('unknownTable', 'a partition table that makes no sense')
  }
  return { layout: layout.data, sizeGuessed: said === undefined }
}

/** `/dev/sda1 : start= 2048, size= 1024, type=83, bootable`; nothing for an entry that is not used. */
function parseLine(line: string, gpt: boolean, sectorSize: number, id: string): LayoutPartition | undefined {
  const [, number, rest] = /^\/dev\/\S*?(\d+)\s*:\s*(.*)$/.exec(line) ?? []
  if (number === undefined || rest === undefined) throw refuse('unknownTable', `not a line of a table: ${line.slice(0, 100)}`)
  const fields = new Map<string, string>()
  for (const [, key = '', quoted, plain] of rest.matchAll(/([A-Za-z]+)\s*(?:=\s*(?:"([^"]*)"|([^,\s]*)))?(?:\s*,\s*|$)/g)) {
    fields.set(key.toLowerCase(), quoted === undefined ? plain ?? '' : unescape(quoted))
  }
  const size = Number(fields.get('size') ?? Number.NaN) * sectorSize
  const type = fields.get('type') ?? fields.get('id') ?? ''
  if (size === 0) return undefined
  return {
    number: Number(number),
    start: Number(fields.get('start') ?? Number.NaN) * sectorSize,
    size,
    type: gpt ? type.toUpperCase() : type.padStart(2, '0').toLowerCase(),
    uuid: gpt ? fields.get('uuid') ?? '' : `${id.replace(/^0x/, '')}-${Number(number).toString(16).padStart(2, '0')}`,
    name: fields.get('name') ?? '',
    attributes: fields.get('attrs') ?? '',
    bootable: fields.has('bootable'),
  }
}

/** sfdisk writes what has a meaning in its own syntax as `\x22`. */
function unescape(text: string): string {
  return text.replaceAll(/\\x([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

function hasTwice(partitions: readonly LayoutPartition[]): boolean {
  return new Set(partitions.map(({ number }) => number)).size !== partitions.length
}
