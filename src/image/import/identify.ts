import type { Filesystem } from '#shared/domain/disk.ts'

/** What the first bytes of a volume say of its filesystem, in blkid's words. */
export interface Identity {
  filesystem: Filesystem
  label: string
  uuid: string
  /** Bytes that it says to have; less than its partition at times. */
  size?: number
}

/** Bytes from the start that are looked at: btrfs has its superblock at 64 KiB. */
export const IDENTITY_BYTES = 72 * 1024

/** `undefined`: another filesystem. */
type Identify = (view: DataView, bytes: Uint8Array) => Identity | undefined

/** Which filesystem this is; `undefined` when it is none of those that are known. @param bytes at least `IDENTITY_BYTES`, or all there are */
export function identifyFilesystem(bytes: Uint8Array): Identity | undefined {
  const padded = new Uint8Array(IDENTITY_BYTES)
  padded.set(bytes.subarray(0, IDENTITY_BYTES))
  const view = new DataView(padded.buffer)
  for (const identify of [luks, bitlocker, ntfs, exfat, xfs, ext, btrfs, f2fs, swap, lvm, fat]) {
    const identity = identify(view, padded)
    if (identity) return identity
  }
  return undefined
}

const ntfs: Identify = (view, bytes) => {
  if (ascii(bytes, 3, 8) !== 'NTFS    ') return undefined
  // The sectors that it counts, and the copy of the boot sector behind them.
  const size = (number64(view, 40, true) + 1) * view.getUint16(11, true)
  return { filesystem: 'ntfs', label: '', uuid: hex(bytes.slice(72, 80).reverse()).toUpperCase(), ...sane(size) }
}

const exfat: Identify = (view, bytes) => {
  if (ascii(bytes, 3, 8) !== 'EXFAT   ') return undefined
  const size = number64(view, 72, true) * 2 ** view.getUint8(108)
  return { filesystem: 'exfat', label: '', uuid: serial(view.getUint32(100, true)), ...sane(size) }
}

const xfs: Identify = (view, bytes) => {
  if (ascii(bytes, 0, 4) !== 'XFSB') return undefined
  return { filesystem: 'xfs', label: text(bytes, 108, 12), uuid: guid(bytes, 32), ...sane(number64(view, 8, false) * view.getUint32(4)) }
}

/** ext2 has no journal; ext4 has features that ext3 does not know. */
const ext: Identify = (view, bytes) => {
  if (view.getUint16(1024 + 0x38, true) !== 0xef53) return undefined
  const [compatible, incompatible, readOnly] = [0x5c, 0x60, 0x64].map((at) => view.getUint32(1024 + at, true)) as [number, number, number]
  const journal = (compatible & 0x4) !== 0
  const filesystem = (incompatible & ~0x1e) !== 0 || (readOnly & ~0x7) !== 0 ? 'ext4' : journal ? 'ext3' : 'ext2'
  const blocks = view.getUint32(1024 + 4, true) + ((incompatible & 0x80) !== 0 ? view.getUint32(1024 + 0x150, true) * 2 ** 32 : 0)
  const size = blocks * 1024 * 2 ** (view.getUint32(1024 + 0x18, true) & 7)
  return { filesystem, label: text(bytes, 1024 + 0x78, 16), uuid: guid(bytes, 1024 + 0x68), ...sane(size) }
}

const btrfs: Identify = (view, bytes) => {
  const start = 64 * 1024
  if (ascii(bytes, start + 0x40, 8) !== '_BHRfS_M') return undefined
  return {
    filesystem: 'btrfs', label: text(bytes, start + 0x12b, 256), uuid: guid(bytes, start + 0x20),
    ...sane(number64(view, start + 0x70, true)),
  }
}

const f2fs: Identify = (view, bytes) => {
  if (view.getUint32(1024, true) !== 0xf2f52010) return undefined
  const label = new TextDecoder('utf-16le').decode(bytes.subarray(1024 + 0x7c, 1024 + 0x7c + 1024))
  const size = number64(view, 1024 + 0x24, true) * 2 ** (view.getUint32(1024 + 0x10, true) & 31)
  return { filesystem: 'f2fs', label: printableLabel(upToZero(label)), uuid: guid(bytes, 1024 + 0x6c), ...sane(size) }
}

const swap: Identify = (_view, bytes) => {
  if (ascii(bytes, 4086, 10) !== 'SWAPSPACE2') return undefined
  return { filesystem: 'swap', label: text(bytes, 1024 + 28, 16), uuid: guid(bytes, 1024 + 12) }
}

/** LUKS 1 and 2 alike (on-disk format 2, section 2.1). */
const luks: Identify = (_view, bytes) => {
  if (ascii(bytes, 0, 6) !== 'LUKS\xba\xbe') return undefined
  const uuid = text(bytes, 168, 40)
  return { filesystem: 'luks', label: '', uuid: /^[0-9a-f-]{36}$/.test(uuid) ? uuid : '' }
}

const bitlocker: Identify = (_view, bytes) => (ascii(bytes, 3, 8) === '-FVE-FS-' ? { filesystem: 'bitlocker', label: '', uuid: '' } : undefined)

/** The label of a physical volume is in one of the first four sectors. */
const lvm: Identify = (_view, bytes) => {
  const sector = [0, 512, 1024, 1536].find((at) => ascii(bytes, at, 8) === 'LABELONE' && ascii(bytes, at + 24, 8) === 'LVM2 001')
  return sector === undefined ? undefined : { filesystem: 'lvm', label: '', uuid: '' }
}

/** FAT by the number of clusters, as its specification demands (fatgen103, "FAT type determination"). */
const fat: Identify = (view, bytes) => {
  const sectorSize = view.getUint16(11, true)
  const perCluster = view.getUint8(13)
  const tables = view.getUint8(16)
  if (view.getUint16(510, true) !== 0xaa55 || ![512, 1024, 2048, 4096].includes(sectorSize) || perCluster === 0
    || (perCluster & (perCluster - 1)) !== 0 || tables === 0 || tables > 2) return undefined
  const sectors = view.getUint16(19, true) || view.getUint32(32, true)
  const tableSectors = view.getUint16(22, true) || view.getUint32(36, true)
  const rootSectors = Math.ceil((view.getUint16(17, true) * 32) / sectorSize)
  const clusters = Math.floor((sectors - view.getUint16(14, true) - tables * tableSectors - rootSectors) / perCluster)
  const filesystem = clusters < 4085 ? 'fat12' : clusters < 65_525 ? 'fat16' : 'fat32'
  const extended = filesystem === 'fat32' ? 64 : 36
  if (bytes[extended + 2] !== 0x29) return undefined
  const label = ascii(bytes, extended + 7, 11).trim()
  return {
    filesystem, label: label === 'NO NAME' ? '' : printableLabel(label), uuid: serial(view.getUint32(extended + 3, true)),
    ...sane(sectors * sectorSize),
  }
}

function sane(size: number): { size?: number } {
  return Number.isSafeInteger(size) && size > 0 ? { size } : {}
}

function number64(view: DataView, at: number, little: boolean): number {
  return Number(view.getBigUint64(at, little))
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length))
}

/** UTF-8 up to the first zero. */
function text(bytes: Uint8Array, at: number, length: number): string {
  return printableLabel(upToZero(new TextDecoder().decode(bytes.subarray(at, at + length))))
}

function upToZero(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

/** Labels are shown and written to manifests, which take 200 characters of them. */
function printableLabel(label: string): string {
  return label.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '').slice(0, 200)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function guid(bytes: Uint8Array, at: number): string {
  return hex(bytes.subarray(at, at + 16)).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** As blkid writes the serial numbers of FAT and exFAT. */
function serial(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0').replace(/^(.{4})/, '$1-')
}
