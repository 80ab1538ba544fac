import { setTimeout as sleep } from 'node:timers/promises'
import { partitionDevice } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { CallOptions } from '../store.ts'
import type { LayoutPartition } from '#shared/formats/manifest-facts.ts'
import type { Machine } from './machine.ts'
import { isExtended } from './partition-type.ts'

/** /sys counts in sectors of 512 bytes, whatever the disk's own. */
const KERNEL_SECTOR = 512

/** How long a device node may take to appear (devtmpfs: at once; a device manager: a moment). */
const SETTLE_SECONDS = 10

interface KernelPartition {
  number: number
  start: number
  size: number
}

const nameOf = (device: string): string => device.slice('/dev/'.length)

/** The partitions that the kernel has in mind for a disk, which need not be what is on the disk. */
async function kernelPartitions(machine: Machine, disk: string): Promise<KernelPartition[]> {
  const folder = `/sys/class/block/${nameOf(disk)}`
  const found = await Promise.all((await machine.list(folder)).filter((name) => name.startsWith(nameOf(disk))).map(async (name) => {
    const number = async (file: string): Promise<number> => Number(await machine.text(`${folder}/${name}/${file}`))
    return {
      number: await number('partition'),
      start: await number('start') * KERNEL_SECTOR,
      size: await number('size') * KERNEL_SECTOR,
    }
  }))
  return found.filter(({ number }) => Number.isInteger(number))
}

/** The kernel shows two sectors of an extended partition, whatever its size, so that nobody writes over the whole. */
const same = (kernel: KernelPartition, wanted: LayoutPartition): boolean =>
  kernel.number === wanted.number && kernel.start === wanted.start && (kernel.size === wanted.size || isExtended(wanted))

export async function kernelHasTable(machine: Machine, disk: string, wanted: readonly LayoutPartition[]): Promise<boolean> {
  const known = await kernelPartitions(machine, disk)
  return known.length === wanted.length && wanted.every((partition) => known.some((kernel) => same(kernel, partition)))
}

/**
 * Tells the kernel what the table on the disk says, as far as it takes it. One partition at a time with `partx`: it works for
 * loop devices, which have no partition parser in some kernels, and while another partition of the disk is mounted;
 * `partx --update` of the whole disk stops at the first number that vanished (util-linux 2.38).
 */
export async function updateKernel(
  machine: Machine, disk: string, wanted: readonly LayoutPartition[], { signal }: CallOptions = {},
): Promise<void> {
  const known = await kernelPartitions(machine, disk)
  for (const kernel of known.filter((one) => !wanted.some((partition) => same(one, partition)))) {
    await machine.run(['partx', '--delete', '--nr', String(kernel.number), disk], { accept: [0, 1], signal })
  }
  for (const partition of wanted.filter((one) => !known.some((kernel) => same(kernel, one)))) {
    await machine.run(['partx', '--add', '--nr', String(partition.number), disk], { accept: [0, 1], signal })
  }
}

/**
 * Makes the kernel's partitions those of the table on the disk, and waits until their device nodes are there.
 * @throws `inUse` when the kernel holds on to a partition that changed
 */
export async function showPartitions(
  machine: Machine, disk: string, wanted: readonly LayoutPartition[], { signal }: CallOptions = {},
): Promise<void> {
  await updateKernel(machine, disk, wanted, { signal })
  const deadline = Date.now() + SETTLE_SECONDS * 1000
  while (!(await kernelHasTable(machine, disk, wanted) && await haveNodes(machine, disk, wanted))) {
    if (Date.now() > deadline) {
      throw new ClonaulaError('inUse', `the kernel does not take the new partition table of ${disk}`, { target: disk })
    }
    await sleep(100, undefined, { signal })
  }
}

async function haveNodes(machine: Machine, disk: string, wanted: readonly LayoutPartition[]): Promise<boolean> {
  const first = await Promise.all(wanted.map(({ number }) => machine.bytes(partitionDevice(disk, number), 0, 1)))
  return first.every((bytes) => bytes?.length === 1)
}
