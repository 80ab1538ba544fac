import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { sfdiskScript } from '../disk/sfdisk-script.ts'
import { parseSfdiskDump } from './sfdisk-dump.ts'

const refused = expect.objectContaining({ name: 'ClonaulaError', code: 5, params: { reason: 'unknownTable' } })
const MIB = 1024 * 1024

const GPT = `label: gpt
label-id: 5FBB9B8C-4F3B-4A5D-8A3B-0E7B5F0D1C11
device: /dev/nvme0n1
unit: sectors
first-lba: 34
last-lba: 204766
sector-size: 512

/dev/nvme0n1p1 : start=        2048, size=       65536, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=0DDC6E2E-1111-4F5C-9D2E-0242AC120002, name="EFI, \\x22system\\x22", attrs="RequiredPartition GUID:63"
/dev/nvme0n1p3 : start=       67584, size=      131072, type=0fc63daf-8483-4772-8e79-3d69d8477de4, uuid=0DDC6E2E-2222-4F5C-9D2E-0242AC120002
`
const MBR = `label: dos
label-id: 0x1b2c3d4e
device: /dev/sda
unit: sectors
sector-size: 512

/dev/sda1 : start=        2048, size=      102400, type=7, bootable
/dev/sda2 : start=      104448, size=       98304, type=5
/dev/sda5 : start=      106496, size=       20480, type=82
`
const OLD = `# partition table of /dev/sda
unit: sectors

/dev/sda1 : start=       63, size=   102400, Id= 7, bootable
/dev/sda2 : start=   102463, size=    20480, Id=83
/dev/sda3 : start=        0, size=        0, Id= 0
/dev/sda4 : start=        0, size=        0, Id= 0
`

describe('what sfdisk -d printed', () => {
  test('of GPT', () => {
    const { layout, sizeGuessed } = parseSfdiskDump(GPT)
    expect(sizeGuessed).toBe(false)
    expect(layout).toMatchObject({ label: 'gpt', id: '5FBB9B8C-4F3B-4A5D-8A3B-0E7B5F0D1C11', size: 204_800 * 512, firstLba: 34, lastLba: 204_766 })
    expect(layout.partitions).toEqual([
      {
        number: 1, start: MIB, size: 32 * MIB, type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', uuid: '0DDC6E2E-1111-4F5C-9D2E-0242AC120002',
        name: 'EFI, "system"', attributes: 'RequiredPartition GUID:63', bootable: false,
      },
      {
        number: 3, start: 33 * MIB, size: 64 * MIB, type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', uuid: '0DDC6E2E-2222-4F5C-9D2E-0242AC120002',
        name: '', attributes: '', bootable: false,
      },
    ])
  })

  test('names that are not ASCII, which sfdisk writes as bytes in the C locale', () => {
    const { layout } = parseSfdiskDump(GPT.replace('name="EFI, ', 'name="Partici\\xc3\\xb3n, '))
    expect(layout.partitions[0]!.name).toBe('Partición, "system"')
  })

  test('of an MBR, whose disk is as large as something else says', () => {
    const { layout, sizeGuessed } = parseSfdiskDump(MBR, 500 * MIB)
    expect(sizeGuessed).toBe(false)
    expect(layout).toMatchObject({ label: 'msdos', id: '0x1b2c3d4e', size: 500 * MIB })
    expect(layout.partitions.map(({ number, type, uuid, bootable }) => [number, type, uuid, bootable])).toEqual([
      [1, '07', '1b2c3d4e-01', true], [2, '05', '1b2c3d4e-02', false], [5, '82', '1b2c3d4e-05', false],
    ])
    expect(parseSfdiskDump(MBR)).toMatchObject({ sizeGuessed: true, layout: { size: 99 * MIB } })
  })

  test('before 2014', () => {
    expect(parseSfdiskDump(OLD).layout.partitions).toMatchObject([
      { number: 1, start: 63 * 512, size: 50 * MIB, type: '07', bootable: true }, { number: 2, type: '83', bootable: false },
    ])
  })

  test('comes back as the script that makes the same table', () => {
    const { layout } = parseSfdiskDump(GPT)
    const script = sfdiskScript(layout, '/dev/nvme0n1')
    expect(parseSfdiskDump(`${script}\nlast-lba: 204766`).layout.partitions).toEqual(layout.partitions)
  })

  test.each([
    ['nothing', ''],
    ['another kind of table', 'label: sun\nunit: sectors\n/dev/sda1 : start=0, size=100, type=83\n'],
    ['other units', 'label: dos\nunit: bytes\n/dev/sda1 : start=1, size=100, type=83\n'],
    ['a line that is none', 'label: dos\nunit: sectors\n/dev/sda1 start 1\n'],
    ['no numbers', 'label: dos\nunit: sectors\n/dev/sda1 : start=a, size=b, type=83\n'],
    ['a partition twice', 'label: dos\nunit: sectors\n/dev/sda1 : start=1, size=10, type=83\n/dev/sda1 : start=11, size=10, type=83\n'],
    ['a type that would say more to sfdisk', 'label: dos\nunit: sectors\n/dev/sda1 : start=1, size=10, type=83;x\n'],
    ['partition 9999', 'label: dos\nunit: sectors\n/dev/sda9999 : start=1, size=10, type=83\n'],
  ])('with %s is refused', (_, text) => {
    expect(() => parseSfdiskDump(text)).toThrow(refused)
  })

  test('behind the end of its disk is refused', () => {
    expect(() => parseSfdiskDump(MBR, 50 * MIB)).toThrow(refused)
  })

  test('is refused or makes sense whatever is changed in it', () => {
    const edit = fc.record({ at: fc.nat(), text: fc.string({ maxLength: 3 }) })
    fc.assert(fc.property(fc.constantFrom(GPT, MBR, OLD), fc.array(edit, { minLength: 1, maxLength: 5 }), (dump, edits) => {
      const changed = edits.reduce<string>((text, { at, text: inserted }) => {
        const place = at % text.length
        return text.slice(0, place) + inserted + text.slice(place + 1)
      }, dump)
      expect(sound(changed)).toBe(true)
    }))
  })
})

/** Whether a table is refused as one, or has only partitions on its disk. */
function sound(text: string): boolean {
  try {
    const { layout } = parseSfdiskDump(text)
    return layout.partitions.every(({ start, size }) => start >= 0 && size > 0 && start + size <= layout.size)
  } catch (error) {
    return error instanceof ClonaulaError && error.code === 5
  }
}
