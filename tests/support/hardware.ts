import { Hardware } from '#shared/domain/computer.ts'
import type { Disk, Partition } from '#shared/domain/disk.ts'
import { MacAddress } from '#shared/domain/ids.ts'

const GB = 1e9

export const mac = (last: number): MacAddress => MacAddress.parse(`52:54:00:00:00:${last.toString(16).padStart(2, '0')}`)

export const partition = (number: number, changes: Partial<Partition> = {}): Partition => ({
  number, start: number * GB, size: 20 * GB, type: '83', uuid: '', name: '', attributes: '', bootable: false,
  filesystem: 'ext4', label: '', filesystemUuid: '', ...changes,
})

export const disk = (number: number, changes: Partial<Disk> = {}): Disk => ({
  number, device: `/dev/sd${'abcd'[number - 1]}`, size: 100 * GB, sectorSize: 512, model: 'QEMU HARDDISK', serial: `S${number}`, wwn: '',
  transport: 'sata', removable: false, label: 'msdos', tableId: '0xabcd', partitions: [partition(1), partition(2)], ...changes,
})

/** A small BIOS computer with one disk of two partitions, which boots from `card`. */
export const hardware = (card: MacAddress, changes: Partial<Hardware> = {}): Hardware => Hardware.parse({
  firmware: 'bios', secureBoot: false, manufacturer: 'QEMU', product: 'Standard PC', serial: '', uuid: '', processor: 'QEMU', cores: 2,
  memory: 2 * GB, interfaces: [{ name: 'eth0', mac: card, driver: 'virtio_net', ip: '192.168.7.20', speed: 0 }], disks: [disk(1)],
  ...changes,
})
