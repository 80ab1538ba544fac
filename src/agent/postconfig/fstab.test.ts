import { describe, expect, test } from 'vitest'
import { fixFstab, type KnownPartition } from './fstab.ts'

const partition = (device: string, facts: Partial<KnownPartition>): KnownPartition => ({
  disk: '/dev/sda', device, number: Number(/\d+$/.exec(device)?.[0]), type: '', filesystem: 'ext4', filesystemUuid: '', uuid: '', ...facts,
})
const esp = partition('/dev/sda1', { type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', filesystem: 'fat32', filesystemUuid: 'AAAA-1111' })
const root = partition('/dev/sda2', { filesystemUuid: '22222222-root', uuid: 'part-2' })
const swap = partition('/dev/sda3', { filesystem: 'swap', filesystemUuid: '33333333-swap' })
const home = partition('/dev/sda4', { filesystemUuid: '44444444-home' })
const otherSwap = partition('/dev/sdb1', { disk: '/dev/sdb', filesystem: 'swap', filesystemUuid: 'other-swap' })
const facts = { root, known: [esp, root, swap, home, otherSwap] }

describe('fixFstab', () => {
  test.each([
    '# UUID=gone / ext4 defaults 0 1',
    'UUID=22222222-root / ext4 errors=remount-ro 0 1',
    'PARTUUID=PART-2 / ext4 defaults 0 1',
    'UUID="33333333-SWAP" none swap sw 0 0',
    'LABEL=data /data ext4 defaults 0 2',
    'tmpfs /tmp tmpfs nosuid 0 0',
    'server:/home /home nfs rw 0 0',
    '//server/share /mnt cifs guest 0 0',
    'UUID=gone /data ext4 defaults,nofail 0 2',
    '/dev/mapper/vg-home /home ext4 defaults 0 2',
    'not an entry',
    '',
  ])('leaves "%s" as it is', (line) => {
    expect(fixFstab(line, facts)).toEqual({ text: line, changes: [] })
  })

  test.each([
    ['the root by another partition’s UUID', 'UUID=44444444-home / ext4 defaults 0 1', 'UUID=22222222-root / ext4 defaults 0 1'],
    ['the root by a device name', '/dev/sda5  /  ext4  defaults  0  1', 'UUID=22222222-root  /  ext4  defaults  0  1'],
    ['the root by a PARTUUID of the reference', 'PARTUUID=old / ext4 rw 0 1', 'UUID=22222222-root / ext4 rw 0 1'],
    ['the EFI partition of the reference', 'UUID=BBBB-2222 /boot/efi vfat umask=0077 0 1', 'UUID=AAAA-1111 /boot/efi vfat umask=0077 0 1'],
    ['the swap of the reference', 'UUID=gone none swap sw 0 0', 'UUID=33333333-swap none swap sw 0 0'],
    ['a device name of the same disk', '/dev/sda4 /home ext4 defaults 0 2', 'UUID=44444444-home /home ext4 defaults 0 2'],
    ['what is not here', 'UUID=gone /data ext4 defaults 0 2', 'UUID=gone /data ext4 defaults,nofail 0 2'],
  ])('mends %s', (_, before, after) => {
    expect(fixFstab(`${before}\nproc /proc proc defaults 0 0\n`, facts)).toEqual({
      text: `${after}\nproc /proc proc defaults 0 0\n`, changes: [after],
    })
  })
})
