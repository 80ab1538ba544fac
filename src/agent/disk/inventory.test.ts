import { describe, expect, test } from 'vitest'
import { Hardware } from '#shared/domain/computer.ts'
import { recordedInventory, recording, type MachineName } from '../../../tests/fixtures/machines/machines.ts'
import { replay } from '../../../tests/fixtures/machines/recording.ts'
import { takeInventory } from './inventory.ts'

const brief = async (name: MachineName) => (await recordedInventory(name)).hardware.disks.map((disk) => [
  disk.number, disk.device, disk.label, disk.model, disk.serial, disk.wwn, disk.transport, disk.removable,
  disk.partitions.map(({ number, filesystem, label, type }) => `${number} ${filesystem} ${label} ${type.slice(0, 8)}`),
])

describe('the recorded machines', () => {
  test.each(['uefi-nvme-usb', 'bios-sata-msdos'] as const)('%s satisfies the contract', async (name) => {
    const { hardware } = await recordedInventory(name)
    expect(Hardware.parse(hardware)).toEqual(hardware)
  })

  test('uefi-nvme-usb: the stick is removable and comes after the fixed disk', async () => {
    expect(await brief('uefi-nvme-usb')).toEqual([
      [1, '/dev/nvme0n1', 'gpt', 'QEMU NVMe Ctrl', 'S4EVNX0N', '', 'nvme', false, [
        '1 none  21686148', '2 fat16 ESP C12A7328', '3 ntfs Windows EBD0A0A2', '5 swap swap 0657FD6D', '6 ext4 root 0FC63DAF',
      ]],
      // A FAT without a table ends in 55AA too, so sfdisk takes its first sector for an empty MBR.
      [2, '/dev/sda', 'msdos', 'QEMU HARDDISK', '', '', 'usb', true, []],
    ])
  })

  test('bios-sata-msdos: logical partitions, a label with ñ and í, a world-wide name', async () => {
    expect(await brief('bios-sata-msdos')).toEqual([
      [1, '/dev/sda', 'msdos', 'TESTDISK', 'WD-0001', '0x5000c50015ea71ac', 'sata', false, [
        '1 ntfs Datos ñ 07', '2 none  05', '5 swap  82', '6 ext4 raíz 83',
      ]],
      [2, '/dev/sdb', 'none', 'QEMU HARDDISK', 'WD-0002', '', 'sata', false, []],
    ])
  })

  test('identifiers, systems and use of partitions', async () => {
    const gpt = (await recordedInventory('uefi-nvme-usb')).hardware.disks[0]?.partitions
    expect(gpt?.map(({ system }) => system?.name)).toEqual([undefined, undefined, 'Windows', undefined, 'Debian GNU/Linux 12 (bookworm)'])
    expect(gpt?.[2]).toMatchObject({ name: 'Windows, ñ', attributes: 'GUID:63', used: (15359 - 13954) * 4096 })
    expect(gpt?.[4]).toMatchObject({ uuid: '66666666-7777-4888-9999-AAAAAAAAAAAA', start: 229376 * 512, size: 409600 * 512 })
    const msdos = (await recordedInventory('bios-sata-msdos')).hardware.disks[0]?.partitions
    expect(msdos?.map(({ uuid, bootable }) => [uuid, bootable])).toEqual([
      ['deadbeef-01', true], ['deadbeef-02', false], ['deadbeef-05', false], ['deadbeef-06', false],
    ])
  })

  test('the rest of the computer', async () => {
    const { hardware } = await recordedInventory('bios-sata-msdos')
    expect(hardware).toMatchObject({
      firmware: 'bios', secureBoot: false, manufacturer: 'Dell Inc.', product: 'OptiPlex 3020', serial: '1A2B3C4',
      uuid: '11111111-2222-3333-4444-555555555555', cores: 2,
      interfaces: [{ name: 'eth0', mac: '52:54:00:12:34:56', driver: 'e1000', ip: '10.0.2.15', speed: 1000, duplex: 'full', mtu: 1500 }],
    })
    expect((await recordedInventory('uefi-nvme-usb')).hardware.interfaces).toMatchObject([{ speed: 0, mtu: 1500 }])
    expect((await recordedInventory('uefi-nvme-usb')).hardware.interfaces[0]).not.toHaveProperty('duplex')
    expect((await recordedInventory('uefi-nvme-usb')).hardware.firmware).toBe('uefi')
  })

  test('what is mounted, encrypted or grouped is in use', async () => {
    const recorded = recording('bios-sata-msdos')
    const lsblk = Object.entries(recorded.commands).find(([command]) => command.startsWith('lsblk'))?.[1]
    const listing = JSON.parse(lsblk?.stdout ?? '')
    const sda = listing.blockdevices.find(({ name }: { name: string }) => name === 'sda')
    sda.children[0].mountpoints = ['/mnt']
    sda.children[2].children = [{ ...sda.children[2], name: 'swap', path: '/dev/mapper/swap', type: 'crypt' }]
    if (lsblk) lsblk.stdout = JSON.stringify(listing)
    const { disks } = await takeInventory(replay(recorded))
    expect([...disks[0]?.inUse ?? []].filter(([, uses]) => uses.length > 0)).toEqual([
      [1, ['/dev/sda1: /mnt']], [5, ['/dev/sda5: crypt']],
    ])
  })
})
