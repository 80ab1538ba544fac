import { partitionDevice, type Disk, type Partition } from '#shared/domain/disk.ts'
import type { LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { installedSystem } from './installed-system.ts'
import { kernelHasTable, updateKernel } from './kernel-table.ts'
import { lsblkCommand, parseLsblk, uses, type BlockDevice } from './lsblk.ts'
import type { Machine } from './machine.ts'
import { ntfsinfoCommand, parseNtfsUsed } from './ntfs.ts'
import { isExtended } from './partition-type.ts'
import { BLKID_ANSWERS, blkidCommand, parseProbe, type Probe } from './probe.ts'
import { SUPERBLOCK_BYTES } from '../used-map/superblock.ts'
import { decodeUsed } from './superblock.ts'
import { parseTable, sfdiskCommand, type Table } from './table.ts'

/** A disk with what only this computer needs to know about it. */
export interface LocalDisk {
  disk: Disk
  /** First and last sector that partitions may use. */
  firstLba: number
  lastLba: number
  /** What is mounted from it or built on it, in words, by partition number; 0 is the disk itself. */
  inUse: ReadonlyMap<number, readonly string[]>
  /** Partitions that hold the memory of a hibernated Linux. */
  suspended: readonly number[]
}

/** Milliseconds that a tool may look at one partition. */
const PATIENCE = 60_000

/**
 * Looks at disks and what is on them; writes nothing. In a stable order: the fixed ones first, each kind by where it is plugged in.
 * @param only Devices that are all of the computer's disks (loop devices too); the fixed and removable disks otherwise.
 */
export async function localDisks(machine: Machine, only: readonly string[] = []): Promise<LocalDisk[]> {
  const listed = parseLsblk((await machine.run(lsblkCommand(only))).stdout)
  const chosen = listed.filter((device) => only.includes(device.path) || isDisk(device))
  const placed = await Promise.all(chosen.map(async (device) => ({
    device,
    removable: await isRemovable(machine, device),
    place: only.length > 0 ? String(only.indexOf(device.path)) : await slot(machine, device),
  })))
  placed.sort((a, b) => Number(a.removable) - Number(b.removable) || byNumbers.compare(a.place, b.place))
  const disks: LocalDisk[] = []
  for (const [index, { device, removable }] of placed.slice(0, 64).entries()) {
    disks.push(await readDisk(machine, device, index + 1, removable))
  }
  return disks
}

/** `ata2` before `ata10`. */
const byNumbers = new Intl.Collator('en', { numeric: true })

/** Not optical drives, RAM disks, floppies or empty card readers. */
function isDisk(device: BlockDevice): boolean {
  return device.type === 'disk' && device.size > 0 && !/^(ram|zram|fd|nbd|md|dm-)/.test(device.name)
}

/**
 * Where the disk hangs on the computer's buses. Kernel names (sda, sdb) follow the order in which controllers answered, which
 * may differ from one start to the next: disk 1 must not become another disk.
 */
async function slot(machine: Machine, device: BlockDevice): Promise<string> {
  return await machine.link(`/sys/class/block/${device.name}`) ?? device.name
}

async function isRemovable(machine: Machine, device: BlockDevice): Promise<boolean> {
  if (device.rm || device.tran === 'usb' || device.tran === 'ieee1394') return true
  // An SD card says `SD`, soldered eMMC says `MMC`.
  return device.name.startsWith('mmcblk') && await machine.text(`/sys/class/block/${device.name}/device/type`) === 'SD'
}

async function readDisk(machine: Machine, device: BlockDevice, number: number, removable: boolean): Promise<LocalDisk> {
  const table = await readTable(machine, device)
  if (!await kernelHasTable(machine, device.path, table.partitions)) await updateKernel(machine, device.path, table.partitions)
  const partitions: Partition[] = []
  const suspended: number[] = []
  for (const layout of table.partitions.filter((partition) => partition.number <= 256)) {
    const { partition, probe } = await readPartition(machine, device.path, layout)
    partitions.push(partition)
    if (probe.suspended) suspended.push(partition.number)
  }
  const inUse = new Map([[0, uses({ ...device, children: device.children.filter((child) => child.type !== 'part') })]])
  for (const { number: part } of partitions) {
    const node = device.children.find((child) => child.path === partitionDevice(device.path, part))
    inUse.set(part, node === undefined ? [] : uses(node))
  }
  return {
    disk: {
      number,
      device: device.path,
      size: device.size,
      sectorSize: table.sectorSize,
      model: device.model.slice(0, 200),
      serial: (device.serial || await serialNumber(machine, device)).slice(0, 200),
      wwn: (device.wwn || await worldWideName(machine, device)).slice(0, 100),
      transport: device.tran.slice(0, 20),
      removable,
      label: table.label,
      tableId: table.id,
      partitions,
    },
    firstLba: table.firstLba,
    lastLba: table.lastLba,
    inUse,
    suspended,
  }
}

async function readTable(machine: Machine, device: BlockDevice): Promise<Table> {
  const { code, stdout } = await machine.run(sfdiskCommand(device.path), { accept: [0, 1] })
  if (code === 0) return parseTable(stdout, device.size)
  return { label: 'none', id: '', sectorSize: device['log-sec'], firstLba: 0, lastLba: 0, partitions: [] }
}

/** lsblk asks udev, which the live system does not run; the drive's own page 0x80 (SPC-4: unit serial number) needs nobody. */
async function serialNumber(machine: Machine, device: BlockDevice): Promise<string> {
  const page = await machine.bytes(`/sys/class/block/${device.name}/device/vpd_pg80`, 0, 256)
  if (page !== undefined && page.length > 4) return Buffer.from(page.subarray(4, 4 + (page[3] ?? 0))).toString('latin1').trim()
  return await machine.text(`/sys/class/block/${device.name}/serial`) ?? ''
}

/** In the form that udev gives it: `0x5000c50015ea71ac`, `eui.0025385b71b07c3a`. */
async function worldWideName(machine: Machine, device: BlockDevice): Promise<string> {
  const folder = `/sys/class/block/${device.name}`
  const id = await machine.text(`${folder}/device/wwid`) ?? await machine.text(`${folder}/wwid`) ?? ''
  // Otherwise (`t10.ATA …`, `nvme.1b36-…`) it is put together from model and serial number, which are there already.
  return id.startsWith('naa.') ? id.replace('naa.', '0x') : id.startsWith('eui.') ? id : ''
}

async function readPartition(
  machine: Machine, disk: string, layout: LayoutPartition,
): Promise<{ partition: Partition; probe: Probe }> {
  const device = partitionDevice(disk, layout.number)
  const probe = await probePartition(machine, device, layout)
  const { filesystem } = probe
  // A damaged filesystem or a dying disk keeps these back, and nothing else: the rest of the computer is to be seen.
  const used = await usedBytes(machine, device, probe).catch(() => undefined)
  const system = await installedSystem(machine, device, filesystem).catch(() => undefined)
  return {
    probe,
    partition: {
      ...layout,
      filesystem,
      label: probe.label.slice(0, 200),
      filesystemUuid: probe.uuid.slice(0, 64),
      ...(used !== undefined && { used }),
      ...(system !== undefined && { system }),
    },
  }
}

async function probePartition(machine: Machine, device: string, layout: LayoutPartition): Promise<Probe> {
  if (isExtended(layout)) return { filesystem: 'none', label: '', uuid: '', suspended: false }
  const { code, stdout } = await machine.run(blkidCommand(device), { accept: BLKID_ANSWERS, timeout: PATIENCE })
  return parseProbe(stdout, code)
}

async function usedBytes(machine: Machine, device: string, { filesystem }: Probe): Promise<number | undefined> {
  if (filesystem === 'none' || filesystem === 'swap') return undefined
  if (filesystem === 'ntfs') {
    return parseNtfsUsed((await machine.run(ntfsinfoCommand(device), { accept: [0, 1], timeout: PATIENCE })).stdout)
  }
  const first = await machine.bytes(device, 0, SUPERBLOCK_BYTES)
  return first === undefined ? undefined : decodeUsed(filesystem, first)
}
