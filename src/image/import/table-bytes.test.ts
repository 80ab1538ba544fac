import * as fc from 'fast-check'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { parseTableBytes, readLogical } from './table-bytes.ts'

const MIB = 1024 * 1024

const unpacked = (base64: string): Buffer => gunzipSync(Buffer.from(base64.replaceAll(/\s/g, ''), 'base64'))

/** `sgdisk -b` of a disk of 32 MiB. */
const BACKUP = unpacked(`
  H4sIAAAAAAACA+3UMUjDQBTG8ZeA4FIhLoIIDR1ERLI4BgIVLVSHititpQgOItKl4OLiVhAHFwcpQnEUcbRUBxUE6VZclTo5CQW3
  0uVMyUVSFxEcDPx/EO4uuTt4fI+IIM5M6SqlDH+m1O9P58+XMll7Nb22LmJIwX+zs7v9PPhi6B1ft44GQ0evD2s3JTdXXD5wx/ZK
  iSnL1Nv29eN0vWPS+f++5/9wOdmM5h72wU/5vyryj6OZyux9svdkXa9IveW1XKf8krCsQu7UMRcuxv3fi85dTQTjSNg3kpGszIkt
  H7IhZdmUfizrP6u339+a84vVu62rxvTJ46D+VCpSv63rvx06dkTnAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD+0icxJ7qwAEYAAA==`)
/** The first sector of another one. */
const MBR = unpacked('H4sIAAAAAAACA2NgGAVDEfjZ6kgzMDQoKDKwJyoyMHAAhQSwKGtiZmjm52FmUACyF2BKh64CAGfOFgMAAgAA')
/** The same GPT as it lies on the disk: the entries behind the first header. */
const SECTORS = Buffer.concat([BACKUP.subarray(0, 1024), BACKUP.subarray(1536)])

const refused = (reason: string): unknown => expect.objectContaining({ code: 5, params: { reason } })

describe('the bytes of a partition table', () => {
  test.each([['that sgdisk kept', BACKUP], ['that lie on a disk', SECTORS]])('of GPT %s say what sfdisk says of it', (_, bytes) => {
    expect(parseTableBytes(bytes)).toEqual({
      sizeGuessed: false,
      layout: {
        label: 'gpt', id: '5FBB9B8C-4F3B-4A5D-8A3B-0E7B5F0D1C11', size: 32 * MIB, sectorSize: 512, firstLba: 2048, lastLba: 65_502,
        partitions: [
          {
            number: 1, start: MIB, size: 2 * MIB, type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', uuid: '0DDC6E2E-1111-4F5C-9D2E-0242AC120002',
            name: 'EFI, ñandú', attributes: 'RequiredPartition LegacyBIOSBootable', bootable: false,
          },
          {
            number: 3, start: 4 * MIB, size: 20 * MIB, type: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7', uuid: '0DDC6E2E-2222-4F5C-9D2E-0242AC120002',
            name: '', attributes: 'GUID:60,63', bootable: false,
          },
        ],
      },
    })
  })

  test('of an MBR say all but how large the disk is', () => {
    const { layout, sizeGuessed } = parseTableBytes(MBR)
    expect(sizeGuessed).toBe(true)
    expect(layout).toMatchObject({ label: 'msdos', id: '0x1b2c3d4e', size: 24 * MIB })
    expect(layout.partitions).toMatchObject([
      { number: 1, start: MIB, size: 2 * MIB, type: '07', uuid: '1b2c3d4e-01', bootable: true },
      { number: 3, start: 4 * MIB, size: 20 * MIB, type: '83', uuid: '1b2c3d4e-03', bootable: false },
    ])
    expect(parseTableBytes(MBR, { diskSize: 32 * MIB })).toMatchObject({ sizeGuessed: false, layout: { size: 32 * MIB } })
  })

  test('of an MBR do not say where its logical partitions are', () => {
    const extended = Buffer.from(MBR)
    extended[446 + 2 * 16 + 4] = 0x0f
    expect(() => parseTableBytes(extended)).toThrow(refused('noTable'))
  })

  describe('with logical partitions', () => {
    /** A sector with entries of a type, a start and a length. */
    function record(...entries: [number, number, number][]): Buffer {
      const bytes = Buffer.alloc(512)
      for (const [at, [type, start, sectors]] of entries.entries()) {
        bytes[446 + at * 16 + 4] = type
        bytes.writeUInt32LE(start, 446 + at * 16 + 8)
        bytes.writeUInt32LE(sectors, 446 + at * 16 + 12)
      }
      bytes.writeUInt16LE(0xaa55, 510)
      return bytes
    }
    const FIRST = record([7, 2048, 2048], [0x0f, 4096, 20_480])
    const reading = (records: Record<number, Buffer>) => async (into: Uint8Array, offset: number): Promise<void> => {
      into.set(records[offset / 512] ?? Buffer.alloc(512))
    }

    test('follows their records, each counted from itself, to the last one', async () => {
      const logical = await readLogical(FIRST, reading({ 4096: record([0x83, 2048, 4096], [5, 8192, 6144]), 12_288: record([0x82, 63, 4096]) }))
      expect(parseTableBytes(FIRST, { logical }).layout.partitions).toMatchObject([
        { number: 1, start: MIB }, { number: 2, start: 2 * MIB, type: '0f' },
        { number: 5, start: 3 * MIB, size: 2 * MIB, type: '83', uuid: '00000000-05' }, { number: 6, start: (12_288 + 63) * 512, type: '82' },
      ])
    })

    test('has none where no entry is for them', async () => {
      expect(await readLogical(MBR, reading({}))).toEqual([])
      expect(await readLogical(BACKUP, reading({}))).toEqual([])
    })

    test.each([
      ['that lead back', { 4096: record([0x83, 2048, 100], [5, 8192, 100]), 12_288: record([0x83, 63, 100], [5, 0, 100]) }],
      ['that lead to themselves', { 4096: record([0x83, 2048, 100], [5, 0, 100]) }],
      ['that are none', {}],
    ])('refuses records %s', async (_, records) => {
      await expect(readLogical(FIRST, reading(records))).rejects.toEqual(refused('unknownTable'))
    })
  })

  test.each([
    ['no signature', MBR.subarray(0, 510)], ['a GPT cut short', BACKUP.subarray(0, 3000)], ['a GPT without its header', BACKUP.subarray(0, 512)],
    ['nothing', Buffer.alloc(0)], ['an empty table', Buffer.from([...Buffer.alloc(510), 0x55, 0xaa])],
  ])('%s: refused', (_, bytes) => {
    expect(() => parseTableBytes(bytes)).toThrow(refused('unknownTable'))
  })

  test('are refused or make sense whatever is changed in them', () => {
    const edit = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
    fc.assert(fc.property(fc.constantFrom(BACKUP, SECTORS, MBR), fc.array(edit, { minLength: 1, maxLength: 6 }), (bytes, edits) => {
      const changed = Buffer.from(bytes)
      for (const [at, byte] of edits) changed[at % bytes.length] = byte
      expect(sound(changed)).toBe(true)
    }))
  })
})

/** Whether a table is refused as one, or has only partitions on its disk. */
function sound(bytes: Uint8Array): boolean {
  try {
    const { layout } = parseTableBytes(bytes)
    return layout.partitions.every(({ start, size }) => start >= 0 && size > 0 && start + size <= layout.size)
  } catch (error) {
    return error instanceof ClonaulaError && error.code === 5
  }
}
