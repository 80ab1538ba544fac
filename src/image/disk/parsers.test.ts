import { describe, expect, test } from 'vitest'
import { parseOsRelease } from './installed-system.ts'
import { parseNtfsUsed } from './ntfs.ts'
import { newType } from './partition-type.ts'
import { parseProbe } from './probe.ts'
import { SUPERBLOCK_BYTES } from '../used-map/superblock.ts'
import { decodeUsed } from './superblock.ts'
import { parseTable } from './table.ts'

describe('parseProbe', () => {
  const probe = (lines: Record<string, string>, code = 0) =>
    parseProbe(Object.entries(lines).map(([key, value]) => `${key}=${value}`).join('\n'), code)

  test.each([
    [{ ID_FS_TYPE: 'vfat', ID_FS_VERSION: 'FAT32' }, 'fat32'],
    [{ ID_FS_TYPE: 'BitLocker' }, 'bitlocker'],
    [{ ID_FS_TYPE: 'crypto_LUKS' }, 'luks'],
    [{ ID_FS_TYPE: 'LVM2_member' }, 'lvm'],
    [{ ID_FS_TYPE: 'zfs_member' }, 'unknown'],
    [{ ID_PART_ENTRY_SCHEME: 'gpt' }, 'none'],
  ])('%j is %s', (lines, filesystem) => {
    expect(probe(lines).filesystem).toBe(filesystem)
  })

  test('two signatures at once are nobody’s', () => {
    expect(probe({ ID_FS_AMBIVALENT: 'x' }, 8).filesystem).toBe('unknown')
  })

  test('a hibernated Linux is seen', () => {
    expect(probe({ ID_FS_TYPE: 'swsuspend' })).toMatchObject({ filesystem: 'swap', suspended: true })
  })

  test('decodes labels', () => {
    const label = (text: string): string => probe({ ID_FS_TYPE: 'ext4', ID_FS_LABEL_ENC: text }).label
    expect(label('100%25\\x20ra\\xc3\\xadz')).toBe('100%25 raíz'.replace('%25', '%'))
    expect(label('bad\\xff')).toBe('bad\\xff')
  })
})

describe('parseTable', () => {
  const table = (facts: object) => JSON.stringify({ partitiontable: { device: '/dev/sda', unit: 'sectors', ...facts } })

  test('a label that is not ours counts as none', () => {
    const node = { node: '/dev/sda1', start: 8, size: 8, type: '0' }
    expect(parseTable(table({ label: 'sun', partitions: [node] }), 1e9)).toMatchObject({ label: 'none', partitions: [] })
  })

  test('counts large sectors, and at most 2^32 of them in an MBR', () => {
    const { partitions, lastLba } = parseTable(table({
      label: 'dos', id: '0x1', sectorsize: 4096, partitions: [{ node: '/dev/sda1', start: 256, size: 10, type: 'c' }],
    }), 20e12)
    expect(partitions[0]).toMatchObject({ start: 1024 * 1024, size: 40_960, type: '0c', uuid: '1-01' })
    expect(lastLba).toBe(2 ** 32 - 1)
  })

  test('refuses what is not sfdisk’s', () => {
    expect(() => parseTable('{}', 1)).toThrow('partitiontable')
  })
})

describe('decodeUsed', () => {
  test('says nothing about what it does not know or cannot see', () => {
    const zeros = new Uint8Array(SUPERBLOCK_BYTES)
    expect(decodeUsed('ext4', zeros)).toBeUndefined()
    expect(decodeUsed('fat32', zeros)).toBeUndefined()
    expect(decodeUsed('luks', zeros)).toBeUndefined()
    expect(decodeUsed('ext4', zeros.subarray(1))).toBeUndefined()
  })

  test('counts 64-bit ext4 blocks', () => {
    const bytes = new Uint8Array(SUPERBLOCK_BYTES)
    const view = new DataView(bytes.buffer, 1024)
    view.setUint16(0x38, 0xef53, true)
    view.setUint32(0x60, 0x80, true) // INCOMPAT_64BIT
    view.setUint32(0x18, 2, true) // 4 KiB
    view.setUint32(0x4, 5, true)
    view.setUint32(0x150, 1, true)
    view.setUint32(0xc, 3, true)
    expect(decodeUsed('ext4', bytes)).toBe((2 ** 32 + 2) * 4096)
  })
})

test('parseNtfsUsed takes ntfsinfo’s figures or none', () => {
  expect(parseNtfsUsed('\tCluster Size: 4096\n\tVolume Size in Clusters: 100\n\tFree Clusters: 40 (40%)\n')).toBe(60 * 4096)
  expect(parseNtfsUsed('Failed to mount')).toBeUndefined()
})

test.each([
  ['PRETTY_NAME="Debian GNU/Linux 12"\n', 'Debian GNU/Linux 12'],
  ["NAME='Void'\nID=void\n", 'Void'],
  ['ID=arch\n', 'arch'],
  ['PRETTY_NAME="A \\"quoted\\" one"\n', 'A "quoted" one'],
  ['/etc/os-release: File not found by ext2_lookup', undefined],
])('parseOsRelease %j', (text, name) => {
  expect(parseOsRelease(text)).toBe(name)
})

test.each([
  ['gpt', '0FC63DAF-8483-4772-8E79-3D69D8477DE4', 'ext4', undefined],
  ['gpt', '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709', 'ext4', undefined],
  ['gpt', 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7', 'ext4', '0FC63DAF-8483-4772-8E79-3D69D8477DE4'],
  ['gpt', 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', 'fat32', undefined],
  ['msdos', '83', 'ntfs', '07'],
  ['msdos', '27', 'ntfs', undefined],
  ['msdos', '0b', 'fat32', undefined],
  ['msdos', '07', 'luks', undefined],
  ['none', '', 'ext4', undefined],
] as const)('newType: %s %s for %s → %s', (label, current, filesystem, wanted) => {
  expect(newType(label, current, filesystem)).toBe(wanted)
})
