import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Device } from '../device.ts'
import { mergeExtents, type Extent } from '../extents.ts'
import type { CallOptions } from '../store.ts'
import type { DomainMap } from './domain-map.ts'

/** Microsoft's FAT specification 1.03: where things are, from the boot sector. Bytes. */
interface Layout {
  size: number
  /** Bits of a table entry. */
  bits: 12 | 16 | 32
  /** The table that counts. */
  table: number
  firstCluster: number
  cluster: number
  clusters: number
}

/** Table bytes that are read at once: whole entries of each width. */
const STEP = 3 * 256 * 1024

/**
 * The used blocks of FAT12, FAT16 and FAT32, read from the table itself: everything before the first cluster, and the clusters that
 * are not free. (partclone 0.3.23 leaves out clusters of FAT12 that are in use.) Bad clusters are left out: nothing is in them.
 * @throws `filesystem` the boot sector makes no sense · `diskError`
 */
export async function fatMap(device: Device, { signal }: CallOptions = {}): Promise<DomainMap> {
  const layout = decodeLayout(await bytesOf(device, 0, 512), device)
  const used: Extent[] = [{ offset: 0, length: layout.firstCluster }]
  const perStep = (STEP * 8) / layout.bits
  for (let first = 0; first < layout.clusters + 2; first += perStep) {
    signal?.throwIfAborted()
    const count = Math.min(perStep, layout.clusters + 2 - first)
    const table = await bytesOf(device, layout.table + (first * layout.bits) / 8, Math.ceil((count * layout.bits) / 8))
    for (let at = first < 2 ? 2 : 0; at < count; at += 1) {
      if (isUsed(entry(table, at, layout.bits), layout.bits)) add(used, layout, first + at)
    }
  }
  return { size: layout.size, used: mergeExtents(used) }
}

/** Clusters count from 2. Neighbours become one extent at once: there may be millions of them. */
function add(used: Extent[], { firstCluster, cluster }: Layout, number: number): void {
  const offset = firstCluster + (number - 2) * cluster
  const last = used.at(-1)
  if (last && last.offset + last.length === offset) last.length += cluster
  else used.push({ offset, length: cluster })
}

function entry(table: DataView, at: number, bits: Layout['bits']): number {
  if (bits === 32) return table.getUint32(at * 4, true) & 0x0fff_ffff
  if (bits === 16) return table.getUint16(at * 2, true)
  const pair = table.getUint8(Math.floor(at * 1.5)) | (table.getUint8(Math.floor(at * 1.5) + 1) << 8)
  return at % 2 === 0 ? pair & 0xfff : pair >>> 4
}

function isUsed(value: number, bits: Layout['bits']): boolean {
  const bad = { 12: 0xff7, 16: 0xfff7, 32: 0x0fff_fff7 }[bits]
  return value !== 0 && value !== bad
}

function decodeLayout(boot: DataView, device: Device): Layout {
  const sector = boot.getUint16(11, true)
  const perCluster = boot.getUint8(13)
  const tables = boot.getUint8(16)
  const rootBytes = boot.getUint16(17, true) * 32
  const short = boot.getUint16(22, true)
  // FAT32 has no short count of the table's sectors; FAT12 is what has fewer clusters than fit into its entries.
  const tableSectors = short || boot.getUint32(36, true)
  const sectors = boot.getUint16(19, true) || boot.getUint32(32, true)
  const reserved = boot.getUint16(14, true)
  const data = reserved + tables * tableSectors + Math.ceil(rootBytes / sector)
  const clusters = Math.floor((sectors - data) / perCluster)
  const bits = short === 0 ? 32 : clusters < 4085 ? 12 : 16
  const sound = isPowerOfTwo(sector) && sector >= 512 && sector <= 4096 && isPowerOfTwo(perCluster) && tables > 0 && reserved > 0
    && clusters > 0 && ((clusters + 2) * bits) / 8 <= tableSectors * sector && sectors * sector <= device.size
  if (!sound) throw new ClonaulaError('filesystem', `${device.path}: its FAT boot sector makes no sense`, { target: device.path })
  return {
    size: sectors * sector, bits, clusters,
    table: (reserved + activeTable(boot, bits, tables) * tableSectors) * sector,
    firstCluster: data * sector,
    cluster: perCluster * sector,
  }
}

/** BPB_ExtFlags of FAT32: bit 7 says that only one table is kept up to date, bits 0–3 which one. */
function activeTable(boot: DataView, bits: Layout['bits'], tables: number): number {
  const flags = boot.getUint16(40, true)
  return bits === 32 && (flags & 0x80) !== 0 && (flags & 0xf) < tables ? flags & 0xf : 0
}

const isPowerOfTwo = (value: number): boolean => value > 0 && (value & (value - 1)) === 0

/** One byte more than asked for, so that the last entry of FAT12 can be read as a pair. */
async function bytesOf(device: Device, offset: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length + 1)
  await device.read(bytes.subarray(0, length), offset)
  return new DataView(bytes.buffer)
}
