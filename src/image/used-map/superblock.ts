import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Filesystem } from '#shared/domain/disk.ts'

/** How a filesystem was left, as far as its first sectors say. */
export type Superblock = 'clean' | 'dirty' | 'other'

/** Enough of a volume's start for every superblock: that of btrfs ends at 68 KiB. */
export const SUPERBLOCK_BYTES = 68 * 1024

/** Filesystems that are recognised here; NTFS and XFS keep elsewhere whether they were unmounted. */
const INSPECTORS: Partial<Record<Filesystem, (view: DataView) => Superblock>> = {
  ext2: ext, ext3: ext, ext4: ext,
  fat12: (view) => fat(view, 37), fat16: (view) => fat(view, 37), fat32: (view) => fat(view, 65),
  exfat: (view) => (text(view, 3, 'EXFAT   ') ? dirtyIf((view.getUint16(106, true) & 0b10) !== 0) : 'other'),
  ntfs: (view) => (text(view, 3, 'NTFS    ') ? 'clean' : 'other'),
  xfs: (view) => (text(view, 0, 'XFSB') ? 'clean' : 'other'),
  f2fs: (view) => (view.getUint32(1024, true) === 0xf2f52010 ? 'clean' : 'other'),
}

/**
 * Tells from the first bytes of a volume whether it is the filesystem that it is said to be, and whether it was
 * unmounted. `other`: it is something else. What is not recognised here is taken as it is said to be.
 */
export function inspectSuperblock(filesystem: Filesystem, bytes: Uint8Array): Superblock {
  const view = viewOf(bytes)
  return INSPECTORS[filesystem]?.(view) ?? 'clean'
}

/** ext: `s_state` (bit 0 valid, bit 1 errors), and the incompatible feature "needs recovery" of a journal in use. */
function ext(view: DataView): Superblock {
  if (view.getUint16(1024 + 0x38, true) !== 0xef53) return 'other'
  const state = view.getUint16(1024 + 0x3a, true)
  const needsRecovery = (view.getUint32(1024 + 0x60, true) & 0x4) !== 0
  return dirtyIf((state & 0b11) !== 0b01 || needsRecovery)
}

/** FAT: bit 0 of the boot sector's "current head" byte (at `headByte`), which Linux and Windows set while it is mounted. */
function fat(view: DataView, headByte: number): Superblock {
  if (view.getUint16(510, true) !== 0xaa55 || text(view, 3, 'NTFS    ') || text(view, 3, 'EXFAT   ')) return 'other'
  return dirtyIf((view.getUint8(headByte) & 1) !== 0)
}

/** Where NTFS ends: its last sector, after the ones that its boot sector counts, is a copy of the boot sector. */
export function ntfsBackupSector(bytes: Uint8Array): { offset: number; length: number } {
  const view = viewOf(bytes)
  const sectorSize = view.getUint16(11, true)
  const sectors = Number(view.getBigUint64(40, true))
  if (!Number.isSafeInteger(sectors * sectorSize)) throw new ClonaulaError('filesystem', 'NTFS of an absurd size')
  return { offset: sectors * sectorSize, length: sectorSize }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function dirtyIf(dirty: boolean): Superblock {
  return dirty ? 'dirty' : 'clean'
}

function text(view: DataView, offset: number, expected: string): boolean {
  return Array.from(expected).every((character, at) => view.getUint8(offset + at) === character.charCodeAt(0))
}
