import { expect, test } from 'vitest'
import { swapPaths } from './linux.ts'

test('swap files of an fstab are found, and nothing else', () => {
  expect(swapPaths(`# /etc/fstab: static file system information.
UUID=0a3407de-014b-458b-b5c1-848e92a327a3 /     ext4 errors=remount-ro 0 1
  /swapfile   none   swap   sw   0 0
/swap.img	none	swap	sw	0	0
/var/swap\\040files/one none swap sw 0 0
/dev/mapper/vg-swap none swap sw 0 0
UUID=b411dc99-f0a0-4c87-9e05-184977be8539 none swap sw 0 0
/../../etc/shadow none swap sw 0 0
#/old none swap sw 0 0
relative none swap sw 0 0
`)).toEqual(['/swapfile', '/swap.img', '/var/swap files/one'])
})
