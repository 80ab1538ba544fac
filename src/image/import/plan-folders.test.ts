/** What importers make of folders before they read more than small files. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { planImport } from './import-image.ts'
import type { ImportPlan, PlannedVolume } from './plan.ts'

const MIB = 1024 * 1024
const UUID = '6a1f5c9e-2b64-4c0b-9a51-3f0d7c5b8e21'
const MBR = `label: dos
label-id: 0x1b2c3d4e
unit: sectors

/dev/sda1 : start=        2048, size=      102400, type=7, bootable
/dev/sda2 : start=      104448, size=      100352, type=5
/dev/sda5 : start=      106496, size=       20480, type=83
/dev/sda6 : start=      129024, size=       20480, type=82
`
const GPT = `label: gpt
label-id: 5FBB9B8C-4F3B-4A5D-8A3B-0E7B5F0D1C11
unit: sectors
first-lba: 34
last-lba: 204766

/dev/nvme0n1p1 : start=        2048, size=       65536, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=0DDC6E2E-1111-4F5C-9D2E-0242AC120002
/dev/nvme0n1p2 : start=       67584, size=      131072, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=0DDC6E2E-2222-4F5C-9D2E-0242AC120002
`

let path: string
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'clonaula-legacy-'))
})
afterEach(async () => {
  await rm(path, { recursive: true, force: true })
})

async function plan(files: Record<string, string | Uint8Array>): Promise<ImportPlan> {
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content)
  return planImport(path, 'auto')
}

/** Numbers of the volumes, with the names of their files. */
function volumes({ volumes }: ImportPlan): [number, ...string[]][] {
  return volumes.map(({ number, files }) => [number, ...files.map((file) => file.slice(path.length + 1))])
}

/** All that is in the boot areas, one after another. */
async function bootAreas({ volumes }: ImportPlan): Promise<Buffer> {
  const opened = await (volumes.find(({ number }) => number === 0) as PlannedVolume).open({ onRead: () => {} })
  const pieces: Uint8Array[] = []
  for (const { offset, length } of opened.extents) {
    const piece = new Uint8Array(length)
    await opened.read(piece, offset)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

const sector = (byte: number, length = 512): Buffer => Buffer.alloc(length, byte)
/** A first sector with the table of a disk that has two partitions of 50 MiB, and code before it. */
function firstSector(code: number): Buffer {
  const bytes = sector(code)
  bytes.fill(0, 440)
  for (const [at, start] of [[446, 2048], [462, 104_448]] as const) {
    bytes[at + 4] = 7
    bytes.writeUInt32LE(start, at + 8)
    bytes.writeUInt32LE(102_400, at + 12)
  }
  bytes.writeUInt16LE(0xaa55, 510)
  return bytes
}

describe('FOG', () => {
  const IMAGES = { 'd1p1.img': '', 'd1p5.img': '' }
  const DISK = { ...IMAGES, 'd1.mbr': firstSector(0xeb), 'd1.partitions': MBR, 'd1.size': `1:${200 * MIB}\n`, 'd1.original.swapuuids': `6 ${UUID}\n` }

  test('says all of a disk: nothing but the sums is missing', async () => {
    const quiet = { 'd1.minimum.partitions': MBR, 'd1.shrunken.partitions': MBR, 'd1.fixed_size_partitions': '1:2', 'd1.original.fstypes': '', 'd1.has_grub': '', '.mntcheck': '' }
    const found = await plan({ ...DISK, ...quiet, 'd1p2.ebr': sector(0), 'd1p5.ebr': sector(7) })
    expect(volumes(found)).toEqual([[0], [1, 'd1p1.img'], [5, 'd1p5.img'], [6]])
    expect(found).toMatchObject({ disk: { size: 200 * MIB }, notes: [{ kind: 'noSums' }] })
  })

  test('lists the partitions under another name in old versions, and does not say how large the disk was', async () => {
    const found = await plan({ ...IMAGES, 'd1.mbr': firstSector(0xeb), 'd1.original.partitions': MBR, 'd1.original.swapuuids': '6 none\n' })
    expect(volumes(found)).toEqual([[0], [1, 'd1p1.img'], [5, 'd1p5.img']])
    expect(found.disk!.size).toBe(100 * MIB)
    expect(found.notes).toEqual([{ kind: 'diskSizeGuessed' }, { kind: 'notSaved', partition: 'd1p6' }, { kind: 'noSums' }])
  })

  test('has no list at all in older ones: the table is in what it starts from', async () => {
    const found = await plan({ 'd1.mbr': firstSector(0xeb), 'd1p1.img': '', 'd1p2.img.000': '', 'd1p2.img.001': '' })
    expect(volumes(found)).toEqual([[0], [1, 'd1p1.img'], [2, 'd1p2.img.000', 'd1p2.img.001']])
    expect(found).toMatchObject({ disk: { label: 'msdos', partitions: [{ number: 1, start: MIB, size: 50 * MIB }, { number: 2, start: 51 * MIB }] } })
  })

  test('names swap areas without saying which one it was', async () => {
    const found = await plan({ ...DISK, 'd1.original.swapuuids': '', 'd1.original.fstypes': '/dev/sda6 swap\n' })
    expect(volumes(found)).toContainEqual([6])
    expect(found.notes).toContainEqual({ kind: 'swapWithoutIdentity', partition: 'd1p6' })
  })

  test('keeps no boot sector, or code in an extended partition’s record: both are said', async () => {
    const { 'd1.mbr': _, ...rest } = DISK
    const found = await plan({ ...rest, 'd1p2.ebr': sector(0xeb) })
    expect(volumes(found)).toEqual([[1, 'd1p1.img'], [5, 'd1p5.img'], [6]])
    expect(found.notes).toEqual([{ kind: 'noBootCode' }, { kind: 'logicalBootCode', file: 'd1p2.ebr' }, { kind: 'noSums' }])
  })

  test('keeps what GRUB starts from apart on a GPT disk', async () => {
    const disk = { 'd1.partitions': GPT, 'd1p1.img': '', 'd1p2.img': '', 'd1.mbr': sector(1) }
    expect(await bootAreas(await plan(disk))).toEqual(sector(1, 440))
    const found = await plan({ ...disk, 'd1.grub.mbr': sector(2, 34 * 512) })
    expect(await bootAreas(found)).toEqual(sector(2, 440))
    expect(found.notes).toEqual([{ kind: 'noSums' }])
  })

  test('keeps logical volumes each in a file of its own, which can be imported alone', async () => {
    const { 'd1p5.img': _, ...rest } = DISK
    const found = await plan({ ...rest, 'd1p5.lvm': 'LVMFORMAT 2', 'd1p5.lvm.vgcfg': '', 'd1p5.root.img': '', 'd1p5.home.img.000': '', 'd1p5.home.img.001': '' })
    expect(found.notes).toContainEqual({ kind: 'lvm', partition: 'd1p5', files: ['d1p5.home.img.000', 'd1p5.root.img'] })
    expect(found.notes.map(({ kind }) => kind)).not.toContain('otherFiles')
  })

  test('has files of which nothing is made: they are said, but for those of a second disk', async () => {
    const found = await plan({ ...DISK, 'd1p9.img': '', 'notes.doc': '', 'd2.partitions': GPT, 'd2p1.img': '' })
    expect(found.notes).toContainEqual({ kind: 'otherDisk', disk: 'd2' })
    expect(found.notes).toContainEqual({ kind: 'otherFiles', files: ['d1p9.img', 'notes.doc'], more: 0 })
    const many = await plan(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`extra-${at}`, ''])))
    expect(many.notes).toContainEqual(expect.objectContaining({ kind: 'otherFiles', more: 22 }))
  })

  describe('before 1.0', () => {
    test.each<[string[], [number, ...string[]][]]>([
      [['sys.img.000', 'sys.img.001'], [[1, 'sys.img.000', 'sys.img.001']]],
      [['rec.img.000', 'sys.img.000'], [[1, 'rec.img.000'], [2, 'sys.img.000']]],
      [['rec.img.000', 'rec.img.001', 'sys.img.000'], [[1, 'rec.img.000'], [2, 'rec.img.001'], [3, 'sys.img.000']]],
    ])('kept Windows 7 as %j: its partitions, without a disk', async (names, expected) => {
      const found = await plan(Object.fromEntries(names.map((name) => [name, ''])))
      expect(volumes(found)).toEqual(expected)
      expect(found.disk).toBeUndefined()
      expect(found.notes).toEqual([{ kind: 'partitionsOnly' }, { kind: 'noSums' }])
    })

    test('kept the table with it at times: the disk is whole', async () => {
      const found = await plan({ 'rec.img.000': '', 'sys.img.000': '', 'd1.mbr': firstSector(0xeb) })
      expect(volumes(found)).toEqual([[0], [1, 'rec.img.000'], [2, 'sys.img.000']])
      expect(found).toMatchObject({ disk: { partitions: [{ number: 1 }, { number: 2 }] } })
    })

    test.each([['rec.img.000'], ['sys.img.001']])('%s alone is not all of it', async (name) => {
      await expect(plan({ [name]: '' })).rejects.toMatchObject({ code: 33, params: { reason: 'missingPart' } })
    })
  })
})

describe('Clonezilla', () => {
  const MARK = { 'clonezilla-img': '' }
  const DISK = {
    ...MARK, disk: 'sda\n', parts: 'sda1 sda5 sda6\n', 'sda-pt.sf': MBR, 'sda-mbr': firstSector(0xeb), MD5SUMS: '',
    'sda-pt.parted': `Disk /dev/sda: ${400 * 2048}s\nSector size (logical/physical): 512B/512B\n`,
    'sda1.ntfs-ptcl-img.gz.aa': '', 'sda5.ext4-ptcl-img.zst': '', 'swappt-sda6.info': `UUID="${UUID}"\nLABEL="swap"\n`,
  }
  const NVME = { ...MARK, disk: 'nvme0n1\n', parts: 'nvme0n1p1 nvme0n1p2\n', 'nvme0n1-pt.sf': GPT, 'nvme0n1p1.vfat-ptcl-img.gz.aa': '' }

  test('says all of a disk: nothing is missing but the sums, which no line is of', async () => {
    const quiet = { 'Info-dmi.txt': '', 'blkid.list': '', 'dev-fs.list': '', 'sda-chs.sf': '', 'sda-pt.parted.compact': '', 'sda2-ebr': sector(0) }
    const found = await plan({ ...DISK, ...quiet })
    expect(volumes(found)).toEqual([[0], [1, 'sda1.ntfs-ptcl-img.gz.aa'], [5, 'sda5.ext4-ptcl-img.zst'], [6]])
    expect(found).toMatchObject({ disk: { size: 400 * MIB }, notes: [{ kind: 'noSums' }] })
  })

  test('keeps code in an extended partition’s record, no size, no identity of a swap area: all is said', async () => {
    const { 'sda-pt.parted': _, ...rest } = DISK
    const found = await plan({ ...rest, 'sda2-ebr': sector(0xeb), 'swappt-sda6.info': '' })
    expect(found.notes).toEqual([
      { kind: 'diskSizeGuessed' }, { kind: 'logicalBootCode', file: 'sda2-ebr' }, { kind: 'swapWithoutIdentity', partition: 'sda6' }, { kind: 'noSums' },
    ])
    expect(volumes(found)).toContainEqual([6])
  })

  test('has the boot sector of a GPT disk among its first 34 at times, and at times nowhere', async () => {
    const found = await plan({ ...NVME, 'nvme0n1p2.ext4-ptcl-img.gz.aa': '', 'nvme0n1-gpt-1st': sector(3, 34 * 512), 'nvme0n1-gpt-2nd': '' })
    expect(await bootAreas(found)).toEqual(sector(3, 440))
    expect(found.notes).toEqual([{ kind: 'noSums' }])
    await rm(join(path, 'nvme0n1-gpt-1st'))
    expect((await plan({})).notes).toEqual([{ kind: 'noBootCode' }, { kind: 'noSums' }])
  })

  test('keeps what is in logical and in encrypted volumes in files of their own, which can be imported alone', async () => {
    const lvm = { 'lvm_vg_dev.list': 'vg0 /dev/nvme0n1p2 i20UTQ-OaX3\n', 'lvm_logv.list': '', 'lvm_vg0.conf': '', 'nvme0n1-mbr': sector(1) }
    const found = await plan({ ...NVME, ...lvm, 'vg0-root.ext4-ptcl-img.gz.aa': '', 'vg0-root.ext4-ptcl-img.gz.ab': '', 'vg0-home.xfs-ptcl-img.zst': '' })
    expect(found.notes).toEqual([
      { kind: 'lvm', partition: 'nvme0n1p2', files: ['vg0-home.xfs-ptcl-img.zst', 'vg0-root.ext4-ptcl-img.gz.aa'] }, { kind: 'noSums' },
    ])
    await Promise.all(['lvm_vg_dev.list', 'vg0-root.ext4-ptcl-img.gz.aa', 'vg0-root.ext4-ptcl-img.gz.ab', 'vg0-home.xfs-ptcl-img.zst'].map((name) => rm(join(path, name))))
    const encrypted = await plan({ 'luks-dev.list': '/dev/nvme0n1p2 /dev/mapper/ocs_luks_H8y\n', 'ocs_luks_H8y.ext4-ptcl-img.gz.aa': '' })
    expect(encrypted.notes).toContainEqual({ kind: 'luks', partition: 'nvme0n1p2', files: ['ocs_luks_H8y.ext4-ptcl-img.gz.aa'] })
    await rm(join(path, 'ocs_luks_H8y.ext4-ptcl-img.gz.aa'))
    expect((await plan({ 'luks-dev.list': '/dev/nvme0n1p2\n' })).notes).toContainEqual({ kind: 'luks', partition: 'nvme0n1p2', files: [] })
  })

  test('has a second disk, and files of which nothing is made', async () => {
    const found = await plan({ ...DISK, disk: 'sda sdb\n', 'sdb-pt.sf': GPT, 'sdb1.ext4-ptcl-img.gz.aa': '', 'sda7.xfs-ptcl-img.gz.aa': '', 'own notes': '' })
    expect(found.notes).toEqual([{ kind: 'otherDisk', disk: 'sdb' }, { kind: 'noSums' }, { kind: 'otherFiles', files: ['own notes', 'sda7.xfs-ptcl-img.gz.aa'], more: 0 }])
  })
})

describe('OpenGnsys', () => {
  test('keeps other versions and boot sectors beside an image, which are said', async () => {
    for (const name of ['Win10.img', 'Win10.img.sum', 'Win10.img.ant', 'Win10.img.diff', 'Win10.mbr', 'Win10.gpt']) await writeFile(join(path, name), '0'.repeat(32))
    expect((await planImport(join(path, 'Win10.img'), 'auto')).notes).toEqual([
      { kind: 'lastMegabyteOnly', file: 'Win10.img' },
      { kind: 'otherVersions', file: 'Win10.img.ant' }, { kind: 'otherVersions', file: 'Win10.img.diff' },
      { kind: 'otherBootSector', file: 'Win10.mbr' }, { kind: 'otherBootSector', file: 'Win10.gpt' },
    ])
  })
})
