import type { LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { isBiosBoot, isExtended } from '#image/disk/partition-type.ts'

/** GRUB's boot.img: "GRUB " among its messages, and at 0x5c the sector of its second stage (GRUB_BOOT_MACHINE_KERNEL_SECTOR). */
const KERNEL_SECTOR = 0x5c
const SIGNATURE = 0x1fe

/**
 * Whether a BIOS would get into GRUB from this disk as far as can be seen without starting it: boot.img is in the MBR, and the
 * sector that it loads lies where a second stage may be and is not empty.
 * @param mbr The disk's first 512 bytes.
 * @param read Reads one sector.
 * @returns `undefined` when all is well, otherwise what is wrong.
 */
export async function grubProblem(
  mbr: Uint8Array, sectorSize: number, partitions: readonly LayoutPartition[], read: (offset: number) => Promise<Uint8Array>,
): Promise<string | undefined> {
  const bytes = Buffer.from(mbr)
  if (bytes.length < 512 || bytes.readUInt16LE(SIGNATURE) !== 0xaa55) return 'the disk has no boot signature'
  if (!bytes.includes('GRUB ')) return 'the boot sector is not GRUB’s'
  const offset = Number(bytes.readBigUInt64LE(KERNEL_SECTOR)) * sectorSize
  const home = partitions.find(({ start, size }) => offset >= start && offset < start + size)
  const inGap = home === undefined && offset >= sectorSize
  if (!inGap && !(home !== undefined && (isBiosBoot(home) || isExtended(home)))) {
    return `GRUB’s second stage is in partition ${home?.number ?? '?'} or nowhere`
  }
  const sector = await read(offset)
  return sector.some((byte) => byte !== 0) ? undefined : 'GRUB’s second stage is empty'
}
