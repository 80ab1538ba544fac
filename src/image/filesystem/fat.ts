import type { FilesystemFamily } from './family.ts'

/**
 * FAT12, FAT16, FAT32. The table's length is fixed when it is formatted and the data begins right after it, so growing moves
 * everything.
 */
export const fat: FilesystemFamily = {
  // BPB_BytsPerSec, BPB_TotSec16, BPB_TotSec32.
  size: (head) => (head.getUint16(19, true) || head.getUint32(32, true)) * head.getUint16(11, true),
}

/** exFAT: as FAT, its regions have the lengths that they were formatted with. */
export const exfat: FilesystemFamily = {
  // VolumeLength, BytesPerSectorShift.
  size: (head) => Number(head.getBigUint64(72, true)) * 2 ** head.getUint8(108),
}
