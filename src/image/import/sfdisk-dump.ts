import type { LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { msdosUuid } from '../disk/table.ts'
import { refuse } from './problem.ts'
import { sourceTable, type SourceTable } from './source-table.ts'

const SECTOR = 512

/**
 * A partition table as `sfdisk -d` writes it; also as it did before util-linux 2.26, which knew MBR only (`Id= 7`).
 * @param diskSize bytes, where something else says them
 * @throws `image` nothing that can be a table
 */
export function parseSfdiskDump(text: string, diskSize?: number): SourceTable {
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
  const lastLba = Number(fields.get('last-lba') ?? Number.NaN)
  return sourceTable({
    label: label === 'gpt' ? 'gpt' : 'msdos', id, sectorSize,
    ...(fields.has('first-lba') ? { firstLba: Number(fields.get('first-lba')) } : {}),
    ...(lastLba > 0 ? { lastLba } : {}),
    ...(diskSize === undefined ? {} : { size: diskSize }),
    partitions: lines.flatMap((line) => parseLine(line, label === 'gpt', sectorSize, id) ?? []),
  })
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
    uuid: gpt ? fields.get('uuid') ?? '' : msdosUuid(id, Number(number)),
    name: fields.get('name') ?? '',
    attributes: fields.get('attrs') ?? '',
    bootable: fields.has('bootable'),
  }
}

/** sfdisk writes what has a meaning in its own syntax as `\x22`, and in the C locale every byte that is not ASCII: `\xc3\xb1`. */
function unescape(text: string): string {
  return text.replaceAll(/(?:\\x[0-9A-Fa-f]{2})+/g, (codes) => Buffer.from(codes.replaceAll('\\x', ''), 'hex').toString('utf8'))
}
