import { expect, test } from 'vitest'
import { parseMountInfo } from './mount-table.ts'

test('reads mounts as the kernel writes them', () => {
  const text = [
    String.raw`36 35 98:0 / /mnt/aula\0403 rw,noatime master:1 - ext4 /dev/loop3 rw,errors=continue`,
    String.raw`40 35 0:50 /sub /media/a\303\261o rw shared:2 master:1 - fuse.nbdfuse nbdfuse rw`,
    '41 35 0:51 / /x rw - fuseblk /tmp/clonaula-browse-1-a/file/volume rw',
    'nonsense', '',
  ].join('\n')
  expect(parseMountInfo(text)).toEqual([
    { place: '/mnt/aula 3', filesystem: 'ext4', source: '/dev/loop3' },
    { place: '/media/año', filesystem: 'fuse.nbdfuse', source: 'nbdfuse' },
    { place: '/x', filesystem: 'fuseblk', source: '/tmp/clonaula-browse-1-a/file/volume' },
  ])
})
