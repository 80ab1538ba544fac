/** A look at somebody's own disk image (`--golden`) before a classroom is built around it. */
import { open, stat } from 'node:fs/promises'
import type { FirmwareKind } from '../machine/qemu.ts'

const SECTOR = 512
/** The last two bytes of a first sector that BIOS starts, or that protects a GPT. */
const BOOT_SIGNATURE = 0xaa55
/** Bytes of a first sector that are BIOS' to execute; the partition table follows. */
const BOOT_CODE = 440

/** What files of virtual disks begin with, when they are not raw. */
const CONTAINERS: readonly [string, string][] = [
  ['QFI\xfb', 'qcow2'], ['KDMV', 'VMDK'], ['# Disk DescriptorFile', 'VMDK'], ['vhdxfile', 'VHDX'], ['conectix', 'VHD'],
  ['<<< ', 'VDI'],
]

/** Why it cannot be the reference's disk, as a sentence; undefined when it can. */
export async function ownDiskProblem(path: string, firmware: FirmwareKind): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found) return 'there is no such file'
  if (!found.isFile()) return 'it is not a file'
  const head = await firstSector(path)
  const container = CONTAINERS.find(([magic]) => head.toString('latin1', 0, magic.length) === magic)?.[1]
  if (container !== undefined) return `it is a ${container} file; qemu-img convert -O raw makes a raw disk image of it`
  if (found.size === 0 || found.size % SECTOR !== 0) return `${found.size} bytes are no whole number of sectors`
  if (head.readUInt16LE(SECTOR - 2) !== BOOT_SIGNATURE) return 'it has no partition table, so no system to start'
  const silent = head.subarray(0, BOOT_CODE).every((byte) => byte === 0)
  if (firmware === 'bios' && silent) return 'its first sector has no boot loader, so BIOS starts nothing: try --firmware uefi'
  return undefined
}

async function firstSector(path: string): Promise<Buffer> {
  const sector = Buffer.alloc(SECTOR)
  const file = await open(path)
  try {
    await file.read(sector, 0, SECTOR, 0)
  } finally {
    await file.close()
  }
  return sector
}
