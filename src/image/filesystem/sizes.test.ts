import { describe, expect, test } from 'vitest'
import type { Filesystem } from '#shared/domain/disk.ts'
import { SUPERBLOCK_BYTES } from '../used-map/superblock.ts'
import { unmappable } from '../used-map/unmappable.ts'
import { familyOf } from './families.ts'

/** Superblocks as mkfs wrote them (e2fsprogs 1.47.0, ntfs-3g 2022.10.3 …) into a file of
 * 333,333,333 bytes (FAT12: a tenth): where each begins, its bytes, and how large dumpe2fs and the like say that it is. */
const RECORDED: [Filesystem, number, string, number][] = [
  ['ext4', 1024, 'gD0BAJD3BACUPwAAsX8EAHU9AQABAAAAAAAAAAAAAAAAIAAAACAAAPAHAAAAAAAAPsMDawAA//9T7wEAAQAAAD7DA2sAAAAAAAAAAAEAAAAAAAAACwAAAAABAAA8AAAAwgIAAGsEAAA=',
    325_520 * 1024],
  ['ext2', 1024, 'gD0BAJD3BACUPwAAuZ8EAHU9AQABAAAAAAAAAAAAAAAAIAAAACAAAPAHAAAAAAAAPsMDawAA//9T7wEAAQAAAD7DA2sAAAAAAAAAAAEAAAAAAAAACwAAAAABAAA4AAAAAgAAAAMAAAA=',
    325_520 * 1024],
  ['ntfs', 0, '61KQTlRGUyAgICAAAggAAAAAAAAA+AAAAAAAAAAAAAAAAAAAgACAACDvCQAAAAAA', 651_041 * 512],
  ['xfs', 0, 'WEZTQgAAEAAAAAAAAAE95AAAAAAAAAAAAAAAAAAAAAAGg+Mju09FH6Almr8ffOixAAAAAAABAAYAAAAAAAAAgAAAAAAAAACBAAAAAAAAAIIAAAABAABPeQAAAAQAAAAAAABAALSlAgACAAAIAAAAAAAAAAAAAAAADAkJAw8AABkAAAAAAAAAQAAAAAAAAAA9AAAAAAAA/cQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAAAAAAAAAAAAEAAAGKAAABigAAAAAAAAANAAAACwAA', 81_380 * 4096],
  ['btrfs', 65_536, '33KIPAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAq7aVHkv9NbbfeMcIu3yESAAABAAAAAAABAAAAAAAAAF9CSFJmU19NBgAAAAAAAAAAwNIBAAAAAABAUAEAAAAAAAAAAAAAAAAAAAAAAAAAAABA3hMAAAAAAEACAAAAAAAGAAAAAAAAAAEAAAAAAAAAABAAAABAAAAAQAAAABAAAIEAAAAGAAAAAAAAAAAAAAAAAAAAAwAAAAAAAABBAwAAAAAAAAAAAAAAAQAAAAAAAAAAQN4TAAAAAAAAgAUA', 81_380 * 4096],
  ['f2fs', 1024, 'ECD18gEADwAJAAAAAwAAAAwAAAAJAAAAAQAAAAEAAAAAAAAA5D0BAAAAAAA=', 81_380 * 4096],
  ['exfat', 0, '63aQRVhGQVQgICAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIe8JAAAAAAAACAAAgAAAAAAQAAB8JwAABAAAAHHDD38AAQAACQYBgAAA', 651_041 * 512],
  ['fat12', 0, '6zyQbWtmcy5mYXQAAhAQAAIAAkD++BAAIAAEAAAAAAAAAAAAgAAp3OzzM05PIE5BTUUgICAgRkFUMTIgICAOH75b', 65_088 * 512],
  ['fat16', 0, '6zyQbWtmcy5mYXQAAhAQAAIAAgAA+KAAPwAQAAAAAADj7gkAgAAp2Xv0M05PIE5BTUUgICAgRkFUMTYgICAOH75b', 650_979 * 512],
  ['fat32', 0, '61iQbWtmcy5mYXQAAgggAAIAAAAA+AAAPwAQAAAAAADj7gkAgAIAAAAAAAACAAAAAQAGAAAAAAAAAAAAAAAAAIAA', 650_979 * 512],
]

function head(at: number, record: string): DataView {
  const bytes = Buffer.alloc(SUPERBLOCK_BYTES)
  bytes.write(record, at, 'base64')
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

test.each(RECORDED)('the superblock of %s says how large it is', (filesystem, at, record, size) => {
  expect(familyOf(filesystem)!.size(head(at, record))).toBe(size)
})

test('an ext4 of more than 16 TiB has the high half of its blocks’ count elsewhere', () => {
  const view = head(1024, RECORDED[0]![2])
  view.setUint32(1024 + 0x60, 0x2c2, true) // 64bit
  view.setUint32(1024 + 0x150, 1, true)
  expect(familyOf('ext4')!.size(view)).toBe((2 ** 32 + 325_520) * 1024)
})

test('NTFS clusters of more than 128 sectors do not change where it ends', () => {
  const view = head(0, RECORDED[2]![2])
  const size = familyOf('ntfs')!.size(view)
  view.setUint8(13, 0xf4)
  expect(familyOf('ntfs')!.size(view)).toBe(size)
})

describe('unmappable', () => {
  test.each(RECORDED)('%s as it was made can be mapped', (filesystem, at, record) => {
    expect(unmappable(filesystem, head(at, record))).toBeUndefined()
  })

  test.each<[string, Filesystem, (view: DataView) => void, string]>([
    ['clusters of blocks', 'ext4', (view) => view.setUint32(1024 + 0x64, 0x200, true), 'features'],
    ['a feature of tomorrow', 'ext4', (view) => view.setUint32(1024 + 0x60, 0x40_0000, true), 'features'],
    ['two devices', 'btrfs', (view) => view.setBigUint64(65_536 + 0x88, 2n, true), 'multiDevice'],
    ['stripes', 'btrfs', (view) => view.setBigUint64(65_536 + 0xbc, 0x4000n, true), 'features'],
    ['a real-time device', 'xfs', (view) => view.setBigUint64(16, 1n), 'multiDevice'],
    ['a log elsewhere', 'xfs', (view) => view.setBigUint64(48, 0n), 'multiDevice'],
    ['a feature of tomorrow', 'xfs', (view) => view.setUint32(216, 0x80), 'features'],
  ])('%s of %s cannot', (_, filesystem, change, why) => {
    const [, at, record] = RECORDED.find(([name]) => name === filesystem)!
    const view = head(at, record)
    change(view)
    expect(unmappable(filesystem, view)).toBe(why)
  })
})
