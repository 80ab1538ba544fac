import type { DiskLayout, LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { DISK_VOLUME } from '#shared/formats/manifest-facts.ts'
import type { PlannedVolume } from './plan.ts'
import { MadeVolume, RawVolume, type MadePiece } from './raw-volume.ts'
import { encodeSwapHeader } from '../filesystem/swap-header.ts'
import { openPlain } from './decompress/decompress.ts'
import { SectorReader } from './sector-reader.ts'

/** MBR boot code, without disk identifier and table: those are made anew with the table. */
const BOOT_CODE = 440
const SECTOR = 512
/** The gap after an MBR holds a boot loader's second stage. */
const GAP_LIMIT = 1024 * 1024

/**
 * What a BIOS reads before it comes to a partition, as a capture of a disk has it.
 * @param mbr the first sector, or at least its boot code
 * @param gap what follows it on an MBR disk, as far as it was kept
 */
export function bootVolume(layout: DiskLayout, mbr: Uint8Array, gap: Uint8Array = new Uint8Array()): PlannedVolume | undefined {
  if (mbr.length < BOOT_CODE) return undefined
  const pieces: MadePiece[] = [{ offset: 0, bytes: mbr.subarray(0, BOOT_CODE) }]
  const room = Math.min(...layout.partitions.map(({ start }) => start), GAP_LIMIT) - SECTOR
  if (layout.label === 'msdos' && room > 0 && gap.length > 0) pieces.push({ offset: SECTOR, bytes: gap.subarray(0, room) })
  const last = pieces.at(-1)!
  return {
    number: DISK_VOLUME, files: [],
    open: async () => new MadeVolume(pieces, { filesystem: 'none', size: layout.size, minimumSize: last.offset + last.bytes.length }),
  }
}

/** A swap area: its header, made from what was kept of it. */
export function swapVolume({ number, size }: LayoutPartition, identity: { uuid: string; label: string }): PlannedVolume {
  return {
    number, files: [],
    open: async () => new MadeVolume([{ offset: 0, bytes: encodeSwapHeader({ size, ...identity }) }], {
      filesystem: 'swap', ...identity, size, minimumSize: size,
    }),
  }
}

/** Every sector of a partition. */
export function rawVolume({ number, size }: LayoutPartition, files: readonly string[]): PlannedVolume {
  return { number, files, open: async (options) => new RawVolume(SectorReader.plain(await openPlain(files, options)), size) }
}
