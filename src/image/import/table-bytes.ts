/**
 * The partition table in the first sectors of a disk, and in what `sgdisk -b` writes: all that there is of it in folders
 * whose program kept no list of the partitions.
 */
import { crc32 } from 'node:zlib'
import type { LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { isExtended } from '../disk/partition-type.ts'
import { msdosUuid } from '../disk/table.ts'
import { refuse } from './problem.ts'
import { sourceTable, type SourceTable } from './source-table.ts'

const SECTOR = 512
const SIGNATURE = 0xaa55
const FIRST_ENTRY = 446
const PROTECTIVE = 0xee
const GPT_MAGIC = 'EFI PART'
/** Bytes of a GPT header that are its own (UEFI 2.10, table 5.5). */
const HEADER = 92
/** More than any disk has: 128 are usual. */
const MAX_ENTRIES = 1024

/** Logical partitions are this or more. */
const FIRST_LOGICAL = 5
const MOST_LOGICAL = 128

export interface TableContext {
  /** Bytes, where something else says them; a GPT does itself. */
  diskSize?: number | undefined
  /** The logical partitions of an MBR, from `readLogical`. */
  logical?: readonly LayoutPartition[]
}

/**
 * @param bytes from the disk's first sector on; or the backup, which has the MBR, both headers and the entries one after another
 * @throws `image` no table, a damaged one, or one whose logical partitions are elsewhere
 */
export function parseTableBytes(bytes: Uint8Array, context: TableContext = {}): SourceTable {
  const view = checkedSector(bytes)
  const types = [0, 1, 2, 3].map((at) => bytes[FIRST_ENTRY + at * 16 + 4])
  return types.includes(PROTECTIVE) ? parseGpt(view, bytes) : parseMbr(view, context)
}

function parseMbr(view: DataView, { diskSize, logical = [] }: TableContext): SourceTable {
  const id = diskIdentifier(view)
  const primary = [1, 2, 3, 4].flatMap((number) => entry(view, number - 1, 0, number, id) ?? [])
  if (primary.some(isExtended) && logical.length === 0) throw refuse('noTable', 'logical partitions are not in the first sector')
  return sourceTable({
    label: 'msdos', id, sectorSize: SECTOR, partitions: [...primary, ...logical], ...(diskSize === undefined ? {} : { size: diskSize }),
  })
}

/**
 * The logical partitions of an MBR disk, none where there are none. Each has a record with an entry for it, and one for the next record.
 * @param first the disk's first sector, at least
 * @param read fills with the disk's bytes from an offset, which never goes back
 * @throws `image` no table, or records that make no sense · what `read` throws
 */
export async function readLogical(
  first: Uint8Array, read: (into: Uint8Array, offset: number) => Promise<void>,
): Promise<LayoutPartition[]> {
  const table = checkedSector(first)
  const id = diskIdentifier(table)
  const extended = [0, 1, 2, 3].flatMap((at) => entry(table, at, 0, at + 1, id) ?? []).find(isExtended)
  if (extended === undefined) return []
  const logical: LayoutPartition[] = []
  for (let record: number | undefined = extended.start; record !== undefined; ) {
    const bytes = new Uint8Array(SECTOR)
    await read(bytes, record)
    const view = checkedSector(bytes)
    const partition = entry(view, 0, record, FIRST_LOGICAL + logical.length, id)
    const next = entry(view, 1, extended.start, 0, id)
    if (partition) logical.push(partition)
    if (logical.length > MOST_LOGICAL || (next && next.start <= record)) throw refuse('unknownTable', 'logical partitions without an end')
    record = next?.start
  }
  return logical
}

/** Nothing for an entry that is not used. @param from what its start is counted from */
function entry(view: DataView, index: number, from: number, number: number, id: string): LayoutPartition | undefined {
  const at = FIRST_ENTRY + index * 16
  const [flag, type, start, sectors] = [view.getUint8(at), view.getUint8(at + 4), view.getUint32(at + 8, true), view.getUint32(at + 12, true)]
  if (type === 0 || sectors === 0) return undefined
  return {
    number, start: from + start * SECTOR, size: sectors * SECTOR, type: type.toString(16).padStart(2, '0'),
    uuid: msdosUuid(id, number), name: '', attributes: '', bootable: (flag & 0x80) !== 0,
  }
}

/** As sfdisk writes it. */
function diskIdentifier(view: DataView): string {
  return `0x${view.getUint32(440, true).toString(16).padStart(8, '0')}`
}

function checkedSector(bytes: Uint8Array): DataView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < SECTOR || view.getUint16(SECTOR - 2, true) !== SIGNATURE) throw refuse('unknownTable', 'no boot signature')
  return view
}

function parseGpt(view: DataView, bytes: Uint8Array): SourceTable {
  if (!isHeader(bytes, SECTOR)) throw refuse('unknownTable', 'a GPT without its header, or a damaged one')
  const header = new DataView(view.buffer, view.byteOffset + SECTOR, HEADER)
  const count = header.getUint32(80, true)
  const length = header.getUint32(84, true)
  // In sgdisk's backup the second header comes before the entries, wherever they are on the disk.
  const from = isHeader(bytes, 2 * SECTOR) ? 3 * SECTOR : number64(header, 72) * SECTOR
  const entries = count > MAX_ENTRIES || length < 128 || length > SECTOR ? undefined : bytes.subarray(from, from + count * length)
  if (entries?.length !== count * length || crc32(entries) !== header.getUint32(88, true)) {
    throw refuse('unknownTable', 'a GPT without its entries, or with damaged ones')
  }
  return sourceTable({
    label: 'gpt', id: guidText(bytes.subarray(SECTOR + 56, SECTOR + 72)), sectorSize: SECTOR,
    firstLba: number64(header, 40), lastLba: number64(header, 48), size: (number64(header, 32) + 1) * SECTOR,
    partitions: Array.from({ length: count }, (_, at) => parseEntry(entries.subarray(at * length, (at + 1) * length), at + 1)).flat(),
  })
}

/** Nothing for an entry that is not used. */
function parseEntry(entry: Uint8Array, number: number): LayoutPartition[] {
  const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength)
  if (entry.subarray(0, 16).every((byte) => byte === 0)) return []
  const start = number64(view, 32) * SECTOR
  return [{
    number, start, size: (number64(view, 40) + 1) * SECTOR - start,
    type: guidText(entry.subarray(0, 16)), uuid: guidText(entry.subarray(16, 32)),
    name: new TextDecoder('utf-16le').decode(entry.subarray(56, 128)).replace(/\0.*$/s, ''),
    attributes: attributes(view.getUint32(48, true), view.getUint32(52, true)), bootable: false,
  }]
}

const COMMON_ATTRIBUTES = ['RequiredPartition', 'NoBlockIOProtocol', 'LegacyBIOSBootable']
/** From here on attributes mean what the partition's type has them mean. */
const OWN_ATTRIBUTES = 48

/** As sfdisk prints them: `RequiredPartition GUID:60,63`. */
function attributes(low: number, high: number): string {
  const common = COMMON_ATTRIBUTES.filter((_, bit) => (low & (1 << bit)) !== 0)
  const own = Array.from({ length: 64 - OWN_ATTRIBUTES }, (_, at) => OWN_ATTRIBUTES + at).filter((bit) => ((high >>> (bit - 32)) & 1) !== 0)
  return [...common, ...(own.length > 0 ? [`GUID:${own.join(',')}`] : [])].join(' ')
}

/** Whether there is a header whose checksum, reckoned with zeros in its own place, is right. */
function isHeader(bytes: Uint8Array, at: number): boolean {
  const header = Uint8Array.from(bytes.subarray(at, at + HEADER))
  if (header.length < HEADER || String.fromCharCode(...header.subarray(0, 8)) !== GPT_MAGIC) return false
  const view = new DataView(header.buffer)
  const expected = view.getUint32(16, true)
  view.setUint32(16, 0, true)
  return view.getUint32(12, true) === HEADER && crc32(header) === expected
}

/** A GUID as EFI stores it: its first three fields are little-endian (UEFI 2.10, appendix A). @param bytes 16 of them */
function guidText(bytes: Uint8Array): string {
  const hex = Buffer.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((at) => bytes[at] ?? 0)).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5').toUpperCase()
}

function number64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true))
}
